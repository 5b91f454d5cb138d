"""How the room of a terminal is shared among the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ledger.cli.output.text_widths import width_of

if TYPE_CHECKING:
    from ledger.cli.output.tables import Column

Shown = tuple[str, str, int]
"""A cell: the text that is shown, its style, and how many columns it takes."""

_FEWEST: Final = 8
"""Columns that words get at least, before a table is given up."""
_LONG_WORD: Final = 12
"""Columns; up to here no word is cut."""


class ColumnWidths:
    """How wide each column is. As wider cells come, columns widen while there is room.

    Attributes:
        each: the widths, by column.
    """

    def __init__(self, columns: Sequence[Column], widths: Sequence[int], room: int) -> None:
        self.each = list(widths)
        self._columns = columns
        self._spare = room - sum(widths)

    def widen(self, number: int, text: str, size: int) -> bool:
        """Widen a column towards what a cell wants, and say whether that was possible.

        What must not be cut takes room from words that may be.
        """
        column, wide = self._columns[number], self.each[number]
        missing = size - wide
        if not column.words:
            self._spare += self._given_by_words(missing)
        elif column.whole:
            longest = max(map(width_of, text.split()), default=0)
            self._spare += self._given_by_words(max(0, longest - wide))
        given = min(missing, self._spare)
        self.each[number] += given
        self._spare -= given
        return given > 0

    def _given_by_words(self, missing: int) -> int:
        """How much room columns of words give up, the widest first."""
        given = 0
        words = [place for place, column in enumerate(self._columns) if column.is_cut]
        for place in sorted(words, key=lambda place: -self.each[place]):
            more = max(0, min(missing - self._spare - given, self.each[place] - _FEWEST))
            self.each[place] -= more
            given += more
        return given


def fitting(
    columns: Sequence[Column], rows: Sequence[Sequence[Shown]], room: int, *, cut: bool
) -> ColumnWidths | None:
    """How wide each column of some rows is; None where there is too little room for a table.

    Args:
        room: columns of the terminal, without those between the columns of the table.
        cut: whether words that are too long are cut, and not put on several lines.
    """
    longest = [max((row[n][2] for row in rows), default=0) for n in range(len(columns))]
    wanted = [max(len(each.heading), long) for each, long in zip(columns, longest, strict=True)]
    if sum(wanted) <= room:
        return ColumnWidths(columns, wanted, room)
    # First long words are cut, then a time stands under its date, and then there is no table.
    for long_word, split in ((room, False), (_LONG_WORD, False), (_LONG_WORD, True)):
        least = [
            max(
                _least(
                    column, [row[number] for row in rows], longest[number], long_word, split, cut
                ),
                *map(len, column.heading.split()),
                0,
            )
            for number, column in enumerate(columns)
        ]
        if sum(least) <= room:
            return ColumnWidths(columns, _shared(least, wanted, room), room)
    return None


def _least(
    column: Column, cells: Sequence[Shown], longest: int, long_word: int, split: bool, cut: bool
) -> int:
    """How narrow a column may be.

    Args:
        longest: of its cells.
        long_word: how wide a word may be that is not cut.
        split: whether times may stand under their dates.
        cut: whether its words are cut anyhow.
    """
    if not column.words and not (column.time and split):
        return longest
    if column.is_cut:
        # A name is cut rather than that it takes a second line.
        fewest = min(longest, _FEWEST)
        return (
            fewest
            if cut or column.ids is not None
            else max(fewest, min(_longest_word(cells), long_word))
        )
    return _longest_word(cells)


def _longest_word(cells: Sequence[Shown]) -> int:
    return max((width_of(word) for text, _, _ in cells for word in text.split()), default=0)


def _shared(least: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """How wide each column is: what it wants, or where there is too little room, its even share.

    Args:
        least: fits into the room.
    """
    widths, spare = list(least), room - sum(least)
    short = sorted(range(len(widths)), key=lambda number: wanted[number] - least[number])
    for done, number in enumerate(short):
        more = min(wanted[number] - least[number], spare // (len(short) - done))
        widths[number] += more
        spare -= more
    return widths
