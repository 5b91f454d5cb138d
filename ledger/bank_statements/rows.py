"""From the text of a statement to its rows, each with the line that it starts at."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final, NamedTuple

from ledger.errors import InvalidLine

QUOTE: Final = '"'


class Row(NamedTuple):
    """The cells of a row, without blanks around them; ``line`` is 1-based, and its first one."""

    line: int
    cells: list[str]


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, whichever these are; blank ones at the end are left."""
    lines = list(StringIO(text, newline=""))
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def rows_of(
    lines: Sequence[str],
    *,
    delimiter: str,
    quote: str = QUOTE,
    skip_top: int = 0,
    skip_bottom: int = 0,
) -> Iterator[Row]:
    """The rows of a table that have anything in them. A quoted text may run over several lines.

    Raises:
        InvalidLine: quotes are wrong or have no end; the line where the row starts is named.
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
    while True:
        line = skip_top + reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidLine(
                f"the row that starts here cannot be read: {error}",
                advice='is there one quote too many? If quotes mean nothing, add: quote = ""',
            ).at_line(line) from None
        if any(cells):
            yield Row(line, cells)


def no_table() -> InvalidLine:
    return InvalidLine("the file has no table", advice="see skip_top and skip_bottom in the rules")


def check_width(row: Row, width: int) -> Row:
    """Give back a row that has as many cells as the table has columns; empty ones may follow.

    Raises:
        InvalidLine: it has fewer, or more.
    """
    if len(row.cells) < width or any(row.cells[width:]):
        count = len(row.cells)
        raise InvalidLine(
            f"there {'is' if count == 1 else 'are'} {count} column{'' if count == 1 else 's'} here,"
            f" and {width} in the first line of the table",
            advice="a line that is no entry is left out by skip_top or skip_bottom in the rules",
        ).at_line(row.line)
    return row
