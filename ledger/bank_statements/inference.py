"""Completing a format from the statement itself. What is inferred is shown, and can be saved."""

from __future__ import annotations

from itertools import chain

import msgspec
from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import infer_marks, is_blank
from ledger.bank_statements.cells.clock_times import clock_time
from ledger.bank_statements.cells.dates import infer_date_format, looks_like_date
from ledger.bank_statements.columns.column_currencies import check_column_signs
from ledger.bank_statements.columns.column_roles import with_columns
from ledger.bank_statements.columns.direction import ALL_IN
from ledger.bank_statements.columns.extra_columns import repeated_ids, with_extra_columns
from ledger.bank_statements.columns.header_search import with_table
from ledger.bank_statements.rows.earlier_rules import (
    check_cut_lines,
    check_encoding,
    rows_above,
    rules_to_keep,
)
from ledger.bank_statements.rows.left_out import LeftOut, leave_out
from ledger.bank_statements.rows.proven_entries import with_proven_entries
from ledger.bank_statements.rules.format_checks import check_format
from ledger.bank_statements.rules.statement_format import LOCAL, StatementFormat
from ledger.bank_statements.text.cut_off import check_last_date, check_not_cut_off
from ledger.bank_statements.text.decoding import decode
from ledger.bank_statements.text.table import Row, Table, split_lines
from ledger.bank_statements.text.table_reading import check_widths, read_table


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
    format = with_table(lines, format)
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
    check_last_date(lines, table, _is_moment)
    format = _with_spelling(table, format, currency)
    left_out = with_proven_entries(table, left_out, format)
    table = replace(table, rows=left_out.table.rows)
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


def _is_moment(text: str) -> bool:
    return looks_like_date(text) or (":" in text and clock_time(text) is not None)


def _unbooked(table: Table, left_out: LeftOut) -> list[Row]:
    """The rows that are left out, and have the columns of an entry all the same."""
    others = {each.row.line for each in left_out.balances}
    others |= {row.line for row in left_out.table.rows}
    return [row for row in table.rows if row.line not in others and not row.missing]


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
