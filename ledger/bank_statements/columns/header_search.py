"""Finding the table of a statement: its delimiter, and its header among the first lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ledger.bank_statements.columns.columns import is_header
from ledger.bank_statements.rules.format_checks import DELIMITERS
from ledger.bank_statements.rules.statement_format import Column, StatementFormat
from ledger.bank_statements.text.table import QUOTE, Row, no_table
from ledger.bank_statements.text.table_reading import first_rows
from ledger.errors import InvalidLine, LedgerError

_LETTER = re.compile(r"[^\W\d_]").search
_FIRST_ROWS = 1_000
"""Rows among which the header is looked for."""
_ANY_ROWS = 60
"""Of these, all may be the header, whatever their cells look like."""
_FIRST_LINES = 10_000
"""Lines that these can take."""
_MOST_COLUMNS = 1_000
"""No bank has a tenth of it."""
_SHOWN_CELLS = 20


def with_table(lines: Sequence[str], format: StatementFormat) -> StatementFormat:
    """The format with the delimiter, and the line at which the table starts.

    Raises:
        InvalidLine: no row is a header.
    """
    if format.header is not False:
        header = _find_header(lines, format)
        if header is not None:
            return header
    if format.header is not True and _all_by_number(format):
        return _without_header(lines, format)
    raise _no_header(lines, format)


def _find_header(lines: Sequence[str], format: StatementFormat) -> StatementFormat | None:
    found: list[tuple[int, StatementFormat]] = []
    for delimiter in _delimiters(format):
        for number, row in enumerate(_first_rows(lines, format, delimiter)):
            if number > _ANY_ROWS and _has_figures(row):
                continue
            if format.header is None and _all_by_number(format) and _is_dated(row, format.date):
                break
            if len(row.cells) > _MOST_COLUMNS:
                break
            if _has_words(row) and is_header(row.cells, format):
                complete = replace(format, delimiter=delimiter, skip_top=row.line - 1, header=True)
                found.append((len(row.cells), complete))
                break
            if format.skip_top is not None:
                break
    return max(found, key=lambda each: each[0])[1] if found else None


def _delimiters(format: StatementFormat) -> Sequence[str]:
    return DELIMITERS if format.delimiter is None else (format.delimiter,)


def _all_by_number(format: StatementFormat) -> bool:
    """Whether date and amount columns are given by number, so that no header is needed."""
    amounts = [each for each in (format.amount, format.debit, format.credit) if each is not None]
    return bool(amounts) and all(isinstance(each, int) for each in (format.date, *amounts))


def _is_dated(row: Row, date: Column | None) -> bool:
    """Whether a row is an entry, not a header; the date column is given by number."""
    cells = row.cells[date - 1 : date] if isinstance(date, int) else ()
    return any(character.isdigit() for cell in cells for character in cell)


def _has_figures(row: Row) -> bool:
    """Whether a row looks like an entry, so that its cells need not be compared with names."""
    return len(row.cells) < 2 or any(cell[:1].isdigit() for cell in row.cells)


def _has_words(row: Row) -> bool:
    return any(map(_LETTER, row.cells))


def _first_rows(lines: Sequence[str], format: StatementFormat, delimiter: str) -> Iterator[Row]:
    """The first rows by a delimiter; those of a single cell are only counted as lines."""
    skip_top = min(format.skip_top or 0, len(lines))
    quote = QUOTE if format.quote is None else format.quote
    rows = first_rows(lines[: skip_top + _FIRST_LINES], delimiter, quote, skip_top)
    left = _FIRST_ROWS
    for row in rows:
        yield row
        left -= len(row.cells) > 1
        if not left:
            return


def _without_header(lines: Sequence[str], format: StatementFormat) -> StatementFormat:
    """The format for a table whose columns are all given by number."""
    delimiter, _ = _widest(lines, format)
    return replace(format, delimiter=delimiter, skip_top=format.skip_top or 0, header=False)


def _widest(lines: Sequence[str], format: StatementFormat) -> tuple[str, Row]:
    """The first row with the most columns by any delimiter, and that delimiter.

    Raises:
        InvalidLine: there is no row.
    """
    rows = [
        (delimiter, row)
        for delimiter in _delimiters(format)
        for row in _first_rows(lines, format, delimiter)
    ]
    if not rows:
        raise no_table()
    return max(rows, key=lambda each: len(each[1].cells))


def _no_header(lines: Sequence[str], format: StatementFormat) -> LedgerError:
    _, row = _widest(lines, format)
    given = [
        f"{role} = {column!r}"
        for role in ("date", "amount", "debit", "credit")
        if (column := getattr(format, role)) is not None
    ]
    return InvalidLine(
        "no header has a date column and an amount column"
        + (f" ({', '.join(given)})" if given else "")
        + f"; this line has {_cells(row)}",
        advice="name the columns with rules: date = … and amount = …, or date = … and debit = … "
        "and credit = …; each is a name, or, without a header, a number from 1",
        rule="date",
    ).at_line(row.line)


def _cells(row: Row) -> str:
    shown = [repr(_short(cell)) for cell in row.cells[:_SHOWN_CELLS]]
    more = f" and so on, {len(row.cells):,} cells" if len(row.cells) > _SHOWN_CELLS else ""
    return ", ".join(shown) + more


def _short(cell: str) -> str:
    return cell if len(cell) <= 30 else cell[:27] + "..."
