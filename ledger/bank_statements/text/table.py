"""From the text of a statement to its table: rows, each with the line that it starts at."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ledger.bank_statements.rules.statement_format import Column
from ledger.bank_statements.text.quoting import unwrapped
from ledger.errors import InvalidLine, LedgerError

QUOTE: Final = '"'

MOST_LINES: Final = 1_000_000
LONGEST_LINE: Final = 1_048_576
"""Characters."""
_MOST_LISTED: Final = 10


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row of a table.

    Attributes:
        line: its first one, counted from 1.
        cells: stripped of spaces; in a table there is one for each column, and empty ones may
            follow.
        missing: how many cells at its end the file does not have.
    """

    line: int
    cells: list[str]
    missing: int = 0


class Table(msgspec.Struct, frozen=True):
    """The rows of a statement below its header, and the header, if it has one.

    Attributes:
        header_line: of the header, or of the first row where there is none.
        width: how many columns there are.
    """

    header: list[str] | None
    header_line: int
    width: int
    rows: list[Row]

    def index_of(self, column: Column) -> int:
        """The index of a column, from 0.

        Raises:
            InvalidLine: there is no such column; the error names the line of the header.
        """
        try:
            return index_of(column, self.header, self.width)
        except LedgerError as refusal:
            raise refusal.at_line(self.header_line) from None

    def cells(self, column: Column) -> list[tuple[int, str]]:
        """(line, text) of the cells of a column, without empty ones."""
        index = self.index_of(column)
        return [(row.line, row.cells[index]) for row in self.rows if row.cells[index]]


def index_of(column: Column, header: Sequence[str] | None, width: int) -> int:
    """The index of a column, from 0.

    Raises:
        InvalidLine: there is no such column, or there are several of the name.
    """
    if isinstance(column, int):
        if 1 <= column <= width:
            return column - 1
        raise InvalidLine(
            f"there is no column {column}; the statement has {width}",
            advice="columns are numbered from 1",
        )
    if header is None:
        raise InvalidLine(
            f"there is no column {column!r}: the table has no header",
            advice="give columns by number, from 1, or, if there is a header, add the rule: "
            "header = true",
            rule="header",
        )
    for wanted, names in ((column, header), (column.casefold(), [n.casefold() for n in header])):
        if names.count(wanted) == 1:
            return names.index(wanted)
        if wanted in names:
            numbers = [str(number) for number, name in enumerate(names, 1) if name == wanted]
            raise InvalidLine(
                f"there are {len(numbers)} columns {column!r}",
                advice=f"give the right one by its number: {listed(numbers, ' or ')}",
            )
    raise InvalidLine(
        f"there is no column {column!r}",
        advice=f"the columns are {listed([repr(name) for name in header if name], ', ')}",
    )


def listed(columns: Sequence[str], between: str) -> str:
    """Columns for a message, which names the first ones and how many more there are."""
    more = len(columns) - _MOST_LISTED
    if more < 2:
        return between.join(columns)
    return f"{between.join(columns[:_MOST_LISTED])} and {more} more"


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, whichever these are, without blank ones at the end.

    Raises:
        InvalidLine: there are more lines than any statement has, or a longer one.
    """
    if text.count("\n") + text.count("\r") - text.count("\r\n") > MOST_LINES:
        raise InvalidLine(
            f"the file has over {MOST_LINES:,} lines",
            advice="check that it is a bank statement; a long one can be imported in parts",
        )
    lines = re.findall(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++", text)
    if max(map(len, lines), default=0) > LONGEST_LINE:
        number = next(n for n, line in enumerate(lines, 1) if len(line) > LONGEST_LINE)
        raise InvalidLine(
            f"this line has over {LONGEST_LINE:,} characters",
            advice="check that the file is a bank statement as CSV, with a line for each entry",
        ).at_line(number)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def read_rows(
    lines: Sequence[str],
    *,
    delimiter: str,
    quote: str = QUOTE,
    skip_top: int = 0,
    skip_bottom: int = 0,
) -> Iterator[Row]:
    """The rows of a table, without empty ones. A quoted text may run over several lines.

    Raises:
        InvalidLine: quotes are wrong or unclosed; the error names the line where the row starts.
    """
    table = lines[skip_top : max(len(lines) - skip_bottom, 0)]
    reader = csv.reader(
        table,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        skipinitialspace=delimiter != " ",
        strict=True,
    )
    formulas = any('="' in line for line in table)
    while True:
        line = skip_top + reader.line_num + 1
        try:
            cells = list(map(str.strip, next(reader)))
            if formulas:
                cells = list(map(unwrapped, cells))
        except StopIteration:
            return
        except csv.Error as error:
            why = str(error)
            if "field limit" in why:
                why = f"a cell has over {csv.field_size_limit():,} characters"
            raise wrong_quotes(line, f"the row that starts here cannot be read: {why}") from None
        if any(cells):
            yield Row(line, cells)


def wrong_quotes(line: int, message: str) -> LedgerError:
    return InvalidLine(
        message,
        advice="look for a quotation mark too many; if they are ordinary characters in this file, "
        'add the rule: quote = ""',
        rule="quote",
    ).at_line(line)


def table_of(rows: Sequence[Row], *, has_header: bool) -> Table:
    """The table of rows, of which the first may be the header.

    Columns at the end that have no name count where a row has a text in them.

    Raises:
        InvalidLine: there is no row.
    """
    if not rows:
        raise no_table()
    first = rows[0]
    if not has_header:
        return Table(None, first.line, len(first.cells), _padded(rows, len(first.cells)))
    width = len(first.cells)
    while (
        width
        and not first.cells[width - 1]
        and not any(any(r.cells[width - 1 : width]) for r in rows)
    ):
        width -= 1
    return Table(first.cells[:width], first.line, width, _padded(rows[1:], width))


def _padded(rows: Sequence[Row], width: int) -> list[Row]:
    return [
        row
        if (missing := width - len(row.cells)) <= 0
        else Row(row.line, [*row.cells, *("",) * missing], missing)
        for row in rows
    ]


def no_table() -> InvalidLine:
    return InvalidLine(
        "the file has no table",
        advice="check the rules skip_top and skip_bottom",
        rule="skip_top",
    )
