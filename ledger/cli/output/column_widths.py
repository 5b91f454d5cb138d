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
"""Columns; up to here no word is broken."""


class ColumnWidths:
    """How wide each column is. As wider cells come, columns widen while there is room.

    Attributes:
        each: the widths, by column.
    """

    def __init__(self, columns: Sequence[Column], widths: Sequence[int], room: int) -> None:
        self.each = list(widths)
        self._columns = columns
        self._spare = room - sum(widths)

    def widen(self, number: int, wanted: int) -> bool:
        """Widen a column towards what a cell wants, and say whether that was possible.

        What is no words takes room from words, too, so that it need not be cut.
        """
        missing = wanted - self.each[number]
        if not self._columns[number].words:
            self._spare += self._given_by_words(missing)
        given = min(missing, self._spare)
        self.each[number] += given
        self._spare -= given
        return given > 0

    def _given_by_words(self, missing: int) -> int:
        """How much room columns of words give up, the widest first."""
        given = 0
        words = [place for place, column in enumerate(self._columns) if column.words]
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
    least = []
    for number, column in enumerate(columns):
        shortest = longest[number]
        if column.words:
            words = [] if cut else [word for row in rows for word in row[number][0].split()]
            longest_word = max(map(width_of, words), default=0)
            shortest = max(min(shortest, _FEWEST), min(longest_word, _LONG_WORD))
        least.append(max(shortest, *map(len, column.heading.split()), 0))
    if sum(least) > room:
        return None
    return ColumnWidths(columns, _shared(least, wanted, room), room)


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
