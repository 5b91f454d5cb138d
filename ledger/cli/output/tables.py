"""Tables for people, written row by row.

Up to a thousand rows are looked at before the first is written, and give the widths of the columns.
A table that has no more puts words on several lines where there is too little room. Of a larger one
no more is ever kept, and what is too long for its column is cut there, with `…`. A word is not
broken in its middle: one that is wider than its column is cut, too. Ids, numbers and times never
are: where one needs a wider column, it is wider from there on.

In a pipe or file a table is as wide as one on a terminal of 100 columns, or of as many as COLUMNS
says, so that it can be mailed and printed. Who wants one line for each row has `plain` and `csv`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise, zip_longest
from typing import Final, NamedTuple

from ledger.cli.environment import Environment
from ledger.cli.output.column_widths import ColumnWidths, Shown, fitting
from ledger.cli.output.text_widths import breaks, cut, width_of, words_cut, wrapped
from ledger.domain.money import format_minor_units
from ledger.eventstore.records import Head
from ledger.visible import visible

_MEASURED: Final = 1_000
"""Rows that are looked at before the first is written."""
_AT_ONCE: Final = 200
"""Rows; a terminal takes many small writes much slower than a few large ones."""
_PAGE: Final = 100
"""Columns of what goes into a pipe or file."""
_WIDEST: Final = 1_000_000
_GAP: Final = "  "
"""What is between two columns."""
_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "bold red": "1;31",
    "bold yellow": "1;33",
}
"""What a terminal is sent for each style (SGR, ECMA-48)."""


class Column(NamedTuple):
    """A column's heading, and what its cells are.

    They stay whole on one line, as an id does, unless they are something else.

    Attributes:
        number: numbers, which stand to the right.
        words: words that may run over several lines; where there is too little room they are cut.
        whole: words among which are ids or numbers, so that none of them is cut.
        time: dates with a time, which may stand under them.
        spare: the column is left out where there is too little room for all.
        ids: of a column of names with a line each, so that they are cut: those that are not, and
            have a line to themselves where they are too long.
    """

    heading: str
    number: bool = False
    words: bool = False
    whole: bool = False
    time: bool = False
    spare: bool = False
    ids: Collection[str] | None = None

    @property
    def is_cut(self) -> bool:
        """Whether a cell may lose its end."""
        return self.words and not self.whole

    def has_id(self, text: str) -> bool:
        """Whether it is one of the names that are never cut."""
        return self.ids is not None and text.strip() in self.ids


class Cell(NamedTuple):
    """A text, and the style it is shown in where there are colours."""

    text: str
    style: str = ""


def show_table(
    environment: Environment,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | str]],
    *,
    caption: str = "",
) -> None:
    """Draw a table on stdout; where the terminal is too narrow for it, a block of lines a row.

    Args:
        rows: taken one at a time, as they are drawn.
    """
    canvas = _Canvas(environment)
    coming = map(_shown, rows)
    first = list(islice(coming, _MEASURED))
    more = list(islice(coming, 1))
    everything = chain(first, more, coming)
    drawn, left_out = _drawn(canvas, columns, first, everything, cut=bool(more))
    while some := list(islice(drawn, _AT_ONCE)):
        environment.write("\n".join(some) + "\n")
    if left_out:
        caption = "; ".join(filter(None, (caption, f"no room for: {', '.join(left_out)}")))
    for line in wrapped(visible(caption), canvas.width) if caption else ():
        environment.write(f"{canvas.painted(line, 'dim')}\n")


def _drawn(
    canvas: _Canvas,
    columns: Sequence[Column],
    first: Sequence[Sequence[Shown]],
    rows: Iterable[Sequence[Shown]],
    *,
    cut: bool,
) -> tuple[Iterator[str], list[str]]:
    """The lines of a table, and the headings of the columns that are left out of it.

    Args:
        first: the first of the rows, which give the widths.
    """
    kept = list(range(len(columns)))
    spare = [place for place in kept if columns[place].spare]
    while True:
        some = [columns[place] for place in kept]
        look = first if len(kept) == len(columns) else [[row[n] for n in kept] for row in first]
        widths = fitting(some, look, canvas.width - len(_GAP) * (len(kept) - 1), cut=cut)
        if widths is not None:
            lines = _Table(canvas, some, widths).lines(
                rows if look is first else ([row[n] for n in kept] for row in rows), cutting=cut
            )
            return lines, [each.heading for each in columns if each not in some]
        if not spare:
            return _blocks(canvas, columns, rows), []
        kept.remove(spare.pop())


class _Canvas:
    """Where lines are drawn.

    Attributes:
        width: in columns.
    """

    def __init__(self, environment: Environment) -> None:
        terminal = environment.stdout.isatty()
        columns = "" if terminal else os.environ.get("COLUMNS", "")
        self.width = shutil.get_terminal_size().columns if terminal else _PAGE
        if columns.isascii() and columns.isdigit():
            self.width = min(int(columns[:9]), _WIDEST) or _PAGE
        self._encoding = environment.stdout.encoding
        self._coloured = environment.colours(environment.stdout)

    def painted(self, text: str, style: str) -> str:
        """A text in a style, where there are colours."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and text and self._coloured else text

    @cached_property
    def cut_mark(self) -> str:
        """What stands for the rest of a text that is cut."""
        return self._or_ascii("…", "...")

    @cached_property
    def rule(self) -> str:
        """What a line is drawn of."""
        return self._or_ascii("─", "-")

    def _or_ascii(self, mark: str, ascii_mark: str) -> str:
        try:
            mark.encode(self._encoding)
        except UnicodeEncodeError:
            return ascii_mark
        return mark


class _Table:
    """A table whose rows become lines."""

    def __init__(self, canvas: _Canvas, columns: Sequence[Column], widths: ColumnWidths) -> None:
        self._canvas = canvas
        self._columns = columns
        self._widths = widths
        self._to_the_right = [column.number for column in columns]

    def lines(self, rows: Iterable[Sequence[Shown]], *, cutting: bool) -> Iterator[str]:
        """Heading, rule and rows."""
        each = self._widths.each
        headings = _shown([Cell(column.heading, "bold") for column in self._columns])
        yield from self._wrapped(headings, heading=True)
        yield self._canvas.rule * (sum(each) + len(_GAP) * (len(each) - 1))
        for row in rows:
            line = self._line(row)
            if line is None and cutting:
                row = self._made_to_fit(row)
                line = self._line(row)
            if line is None:
                yield from self._wrapped(row)
            else:
                yield line

    def _made_to_fit(self, row: Sequence[Shown]) -> Sequence[Shown]:
        """A row for one line: its columns are widened, or its words cut, where that is possible."""
        widths, each = self._widths, self._widths.each
        for number, (text, style, size) in enumerate(row):
            if size <= each[number]:
                continue
            if widths.widen(number, text, size):
                return self._made_to_fit(row)
            if self._columns[number].is_cut and not self._columns[number].has_id(text):
                text = cut(text, each[number], self._canvas.cut_mark)
                row = [*row[:number], (text, style, width_of(text)), *row[number + 1 :]]
        return row

    def _wrapped(self, row: Sequence[Shown], *, heading: bool = False) -> Iterator[str]:
        """A row over as many lines as it needs."""
        for number, (text, style, size) in () if heading else enumerate(row):
            if size > self._widths.each[number] and self._columns[number].has_id(text):
                yield self._canvas.painted(text, style)
                row = [*row[:number], ("", "", 0), *row[number + 1 :]]
        pieces = [
            wrapped(text, width) if heading else self._pieces(column, text, width)
            for column, (text, _, _), width in zip(
                self._columns, row, self._widths.each, strict=True
            )
        ]
        for line in zip_longest(*pieces, fillvalue=""):
            both = zip(line, row, strict=True)
            yield self._joined([(piece, style, width_of(piece)) for piece, (_, style, _) in both])

    def _pieces(self, column: Column, text: str, width: int) -> list[str]:
        """What of a cell stands on each line; of an id nothing is ever broken off."""
        if column.ids is not None and width_of(text) > width:
            return [cut(text, width, self._canvas.cut_mark)]
        if column.is_cut:
            return wrapped(words_cut(text, width, self._canvas.cut_mark), width)
        if not (column.words or column.time):
            return [text]
        return wrapped(text, max(width, *map(width_of, text.split()), 0))

    def _line(self, row: Sequence[Shown]) -> str | None:
        """A row on one line; None where it does not fit."""
        fits = all(cell[2] <= wide for cell, wide in zip(row, self._widths.each, strict=True))
        return self._joined(row) if fits else None

    def _joined(self, row: Sequence[Shown]) -> str:
        cells, each = [], self._widths.each
        for number, (text, style, size) in enumerate(row):
            room = " " * (each[number] - size)
            if style:
                text = self._canvas.painted(text, style)
            cells.append(room + text if self._to_the_right[number] else text + room)
        return _GAP.join(cells).rstrip(" ")


def _blocks(
    canvas: _Canvas, columns: Sequence[Column], rows: Iterable[Sequence[Shown]]
) -> Iterator[str]:
    """Of each row a line for each cell, with its heading; an empty line between two rows."""
    headings = _shown([f"{column.heading}: " for column in columns])
    more = (" ", "", 1)
    before = ""
    for row in rows:
        lines: list[list[Shown]] = []
        for column, heading, cell in zip(columns, headings, row, strict=True):
            if not cell[0]:
                continue
            if not lines and not column.heading:
                lines.append([cell])
            elif column.heading:
                lines.append([heading, cell])
            else:
                lines[-1] += [more, cell]
        yield before + "\n".join([_over_lines(canvas, parts) for parts in lines])
        before = "\n"


def _over_lines(canvas: _Canvas, parts: Sequence[Shown]) -> str:
    """Differently styled parts of a line, over as many lines as they need."""
    line, used = "", 0
    for text, style, size in parts:
        line += canvas.painted(text, style) if style else text
        used += size
    if used <= canvas.width:
        return line
    whole = "".join([text for text, _, _ in parts])
    starts = [0, *breaks(whole, canvas.width)]
    lines = []
    for start, end in zip_longest(starts, starts[1:], fillvalue=len(whole)):
        line = ""
        for text, style, _ in parts:
            line += canvas.painted(text[start if start > 0 else 0 : end if end > 0 else 0], style)
            start, end = start - len(text), end - len(text)
        lines.append(line.rstrip(" "))
    return "\n".join(lines)


def show_line(environment: Environment, *parts: Cell | str) -> None:
    """Draw one line of differently styled parts, or more where a terminal is too narrow."""
    canvas = _Canvas(environment)
    shown = _shown(parts)
    whole = "".join([text for text, _, _ in shown])
    too_wide = environment.stdout.isatty() and width_of(whole) > canvas.width
    starts = breaks(whole, canvas.width) if too_wide else []
    painted, place = [], 0
    for text, style, _ in shown:
        cuts = [start - place for start in starts if place <= start < place + len(text)]
        pieces = [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]
        pieces[:-1] = [piece.rstrip(" ") for piece in pieces[:-1]]
        painted.append("\n".join([canvas.painted(piece, style) for piece in pieces]))
        place += len(text)
    environment.write("".join(painted).rstrip(" ") + "\n")


def show_origin(environment: Environment) -> None:
    """Say of an answer whose times it shows, if not the ledger's own, and that it is of a test
    ledger."""
    zone, test = environment.foreign_zone, environment.mark.strip()
    if zone or test:
        times = f"times are shown in {zone} " if zone else ""
        show_line(environment, Cell(times, "dim"), Cell(test, "bold yellow"))


def show_head(environment: Environment, head: Head) -> None:
    """Say which log it is about that was proved, copied or compared; see also `show_origin`."""
    zone = environment.foreign_zone
    times = f"; times are shown in {zone}" if zone else ""
    show_line(
        environment, Cell(f"head {head.short}{times}", "dim"), Cell(environment.mark, "bold yellow")
    )


def _shown(cells: Sequence[Cell | str]) -> list[Shown]:
    both = [(cell, "") if isinstance(cell, str) else cell for cell in cells]
    whole = "".join([text for text, _ in both])
    if whole.isascii() and whole.isprintable():  # as nearly all are; one look is the fastest
        return [(text, style, len(text)) for text, style in both]
    return [
        (text, style, len(text))
        if text.isascii() and text.isprintable()
        else (safe := visible(text), style, width_of(safe))
        for text, style in both
    ]


def money_cell(
    environment: Environment, minor_units: int, decimals: int, *, signed: bool = False
) -> Cell:
    """An amount, in red where money is less."""
    text = environment.amount(format_minor_units(minor_units, decimals))
    if signed and minor_units > 0:
        text = f"+{text}"
    return Cell(text, "red" if minor_units < 0 else "")
