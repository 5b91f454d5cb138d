"""Completing a format from the statement itself. What is inferred is shown, and can be saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from ledger.bank_statements.amounts import infer_marks, is_blank
from ledger.bank_statements.column_currencies import check_column_signs
from ledger.bank_statements.column_roles import with_columns
from ledger.bank_statements.columns import is_header
from ledger.bank_statements.cut_off import check_not_cut_off
from ledger.bank_statements.dates import infer_date_format
from ledger.bank_statements.decoding import decode
from ledger.bank_statements.direction import ALL_IN
from ledger.bank_statements.earlier_rules import (
    check_cut_lines,
    check_encoding,
    rows_above,
    rules_to_keep,
)
from ledger.bank_statements.extra_columns import repeated_ids, with_extra_columns
from ledger.bank_statements.format_checks import DELIMITERS, check_format
from ledger.bank_statements.left_out import LeftOut, leave_out
from ledger.bank_statements.statement_format import LOCAL, Column, StatementFormat
from ledger.bank_statements.table import QUOTE, Row, Table, no_table, split_lines
from ledger.bank_statements.table_reading import check_widths, first_rows, read_table
from ledger.errors import InvalidLine, LedgerError

_LETTER = re.compile(r"[^\W\d_]").search
_FIRST_ROWS = 1_000
"""Rows among which the header is looked for."""
_FIRST_LINES = 10_000
"""Lines that these can take."""
_MOST_COLUMNS = 1_000
"""No bank has a tenth of it."""
_SHOWN_CELLS = 20


class InferredFormat(msgspec.Struct, frozen=True):
    """A statement's table, and the complete format to read it by.

    Attributes:
        table: without the rows that are no entries.
        left_out: those rows.
        above: the rows above the table.
        kept: the rules of the format that fit other statements of the bank too.
        guessed: the names of those that were not given.
        notes: what a person should know about the guesses.
    """

    table: Table
    left_out: LeftOut
    above: list[Row]
    format: StatementFormat
    kept: StatementFormat
    guessed: tuple[str, ...]
    notes: tuple[str, ...]


def infer_format(
    content: bytes, given: StatementFormat, currency: str | None = None
) -> InferredFormat:
    """Complete a format from a statement.

    Args:
        given: rules that are not to be changed.
        currency: the account's, where it is known.

    Raises:
        InvalidInput: the file is not a statement, or does not settle how to read it; the error says
            which rule to write.
    """
    check_encoding(content, check_format(given).encoding)
    decoded = decode(content, given.encoding, currency)
    lines = split_lines(decoded.text)
    format = replace(given, encoding=decoded.encoding)
    format = _with_table(lines, format)
    table, quote = read_table(lines, format)
    format = replace(format, quote=quote)
    check_cut_lines(lines, table, replace(given, delimiter=format.delimiter))
    left_out = leave_out(table, given)
    unbooked = _unbooked(table, left_out)
    table = left_out.table
    format, found = with_columns(table, format, currency, unbooked)
    check_widths(table, format)
    if format.currency is None and currency is not None:
        check_column_signs(table, format, currency)
    format = _with_spelling(table, format, currency)
    check_not_cut_off(lines, table, format)
    format = with_extra_columns(table, format)
    kept = rules_to_keep(table, format, given, left_out)
    guessed = tuple(
        rule
        for rule in StatementFormat.__struct_fields__
        if getattr(kept, rule) is not None and getattr(kept, rule) != getattr(given, rule)
    )
    if ALL_IN in found:  # the next statement may show which way the money goes
        kept = replace(kept, money_out=None)
    notes = (decoded.note, *found, *left_out.notes, *repeated_ids(table, format))
    above = rows_above(lines, format)
    return InferredFormat(table, left_out, above, format, kept, guessed, tuple(filter(None, notes)))


def _unbooked(table: Table, left_out: LeftOut) -> list[Row]:
    """The rows that are left out, and have the columns of an entry all the same."""
    others = {each.row.line for each in left_out.balances}
    others |= {row.line for row in left_out.table.rows}
    return [row for row in table.rows if row.line not in others and not row.missing]


# ── where the table is ──────────────────────────────────────────────────────────────────────────


def _with_table(lines: Sequence[str], format: StatementFormat) -> StatementFormat:
    """The format with the delimiter, and the line at which the table starts."""
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
        for row in _first_rows(lines, format, delimiter):
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


# ── how dates and amounts are written ───────────────────────────────────────────────────────────


def _with_spelling(table: Table, format: StatementFormat, currency: str | None) -> StatementFormat:
    """The format with the time zone, and how dates and amounts are written."""
    if format.time_zone is None:
        format = replace(format, time_zone=LOCAL)
    if None not in (format.date_format, format.decimal_mark, format.thousands_mark):
        return format
    columns = [each for each in (format.amount, format.debit, format.credit) if each is not None]
    amounts = [
        (line, text)
        for line, text in sorted(chain.from_iterable(map(table.cells, columns)))
        if not is_blank(text)
    ]
    assert format.date is not None
    if format.date_format is None:
        of_entries = dict(amounts)
        dates = [cell for cell in table.cells(format.date) if cell[0] in of_entries]
        format = replace(format, date_format=infer_date_format(dates))
    if format.decimal_mark is None or format.thousands_mark is None:
        decimal_mark, thousands_mark = infer_marks(
            amounts,
            format.currency or currency,
            decimal_mark=format.decimal_mark,
            thousands_mark=format.thousands_mark,
        )
        format = replace(format, decimal_mark=decimal_mark, thousands_mark=thousands_mark)
    return format
