"""Completing a format from the statement itself. What is inferred is shown, and can be saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from ledger.bank_statements.amounts import (
    check_directions,
    infer_marks,
    is_blank,
    split_amount,
)
from ledger.bank_statements.column_currencies import check_column_signs
from ledger.bank_statements.columns import (
    NamedColumn,
    column_at,
    direction_words,
    find_column,
    template_field,
)
from ledger.bank_statements.cut_off import check_not_cut_off
from ledger.bank_statements.dates import infer_date_format, looks_like_date
from ledger.bank_statements.decoding import Decoded, decode
from ledger.bank_statements.header_search import with_table
from ledger.bank_statements.statement_format import LOCAL, Column, StatementFormat, check_format
from ledger.bank_statements.table import Row, Table, split_lines
from ledger.bank_statements.table_reading import check_widths, read_table


class InferredFormat(msgspec.Struct, frozen=True):
    """A statement's table, and the complete format to read it by.

    Attributes:
        guessed: the names of the rules that were not given.
        notes: what a person should know about the guesses.
    """

    table: Table
    format: StatementFormat
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
    decoded = decode(content, check_format(given).encoding, currency)
    lines = split_lines(decoded.text)
    format = replace(given, encoding=decoded.encoding)
    format = with_table(lines, format)
    table, quote = read_table(lines, format)
    format, table = _without_footer(lines, replace(format, quote=quote), table)
    format = _with_columns(table, format)
    check_widths(table, format)
    if format.currency is None and currency is not None:
        check_column_signs(table, format, currency)
    format = _with_spelling(table, format, currency)
    check_not_cut_off(lines, table, format)
    guessed = tuple(
        rule
        for rule in StatementFormat.__struct_fields__
        if getattr(given, rule) is None and getattr(format, rule) is not None
    )
    if format.currency is None and format.currency_column is None:
        format = replace(format, currency=currency)  # the account's is not a guess
    return InferredFormat(table, format, guessed, tuple(_notes(decoded, table, given, format)))


# ── where the table is ──────────────────────────────────────────────────────────────────────────


def _without_footer(
    lines: Sequence[str], format: StatementFormat, table: Table
) -> tuple[StatementFormat, Table]:
    """Leave out the lines at the end that have neither all columns nor a date."""
    if format.skip_bottom is not None:
        return format, table
    found = find_column("date", table.header or ()) if format.date is None else None
    date = table.index_of(format.date or 1) if found is None else found.index
    rows = list(table.rows)
    while rows and _is_footer(rows[-1], date):
        rows.pop()
    left_out = len(lines) - table.rows[len(rows)].line + 1 if len(rows) < len(table.rows) else 0
    return replace(format, skip_bottom=left_out), replace(table, rows=rows)


def _is_footer(row: Row, date: int) -> bool:
    # An entry that was cut off is no footer: it begins with a date, or a part of one.
    cells = row.cells[date : date + 1]
    return row.missing > 0 and not any(
        cell[:1].isdigit() or looks_like_date(cell) for cell in cells
    )


# ── what the columns are ────────────────────────────────────────────────────────────────────────


def _with_columns(table: Table, format: StatementFormat) -> StatementFormat:
    """The format with the columns that the header shows."""
    header = table.header
    if header is None:
        return format
    found: dict[str, NamedColumn] = {}
    wanted = ["date"] if format.date is None else []
    if format.amount is None and format.debit is None:
        one = find_column("amount", header) is not None
        wanted += ["amount"] if one else ["debit", "credit"]
    for role in wanted:
        column = find_column(role, header)
        if column is not None:
            found[role] = column
    currency = next((each.currency for each in found.values() if each.currency), None)
    if format.currency is None and format.currency_column is None:
        column = find_column("currency", header)
        if column is not None:
            found["currency_column"] = column
        elif currency is not None:
            format = replace(format, currency=currency)
    format = replace(
        format, **{role: column_at(column.index, header) for role, column in found.items()}
    )
    if format.description is None:
        format = replace(format, description=_description(table, format, header))
    return _with_direction(table, format, header)


def _description(table: Table, format: StatementFormat, header: Sequence[str]) -> str:
    taken = {
        table.index_of(column)
        for column in (
            format.date,
            format.amount,
            format.debit,
            format.credit,
            format.currency_column,
        )
        if column is not None
    }
    free = ["" if index in taken else name for index, name in enumerate(header)]
    columns = (find_column("payee", free), find_column("memo", free))
    return ": ".join(template_field(column.index, header) for column in columns if column)


def _with_direction(
    table: Table, format: StatementFormat, header: Sequence[str]
) -> StatementFormat:
    """The format with the column of directions, if the amounts themselves have no sign."""
    if format.amount is None or format.money_out is not None or format.direction is not None:
        return format
    column = find_column("direction", header)
    if column is not None and not _has_minus(table, format.amount):
        words = direction_words({row.cells[column.index] for row in table.rows})
        if words is not None:
            return replace(
                format,
                direction=column_at(column.index, header),
                direction_out=words[0],
                direction_in=words[1],
            )
    if check_directions(table.cells(format.amount)):
        return format  # a rule would be for amounts without a word
    return replace(format, money_out="negative")


def _has_minus(table: Table, amount: Column) -> bool:
    amounts = (split_amount(text) for _, text in table.cells(amount))
    return any(each is not None and each.negative for each in amounts)


def _notes(
    decoded: Decoded, table: Table, given: StatementFormat, format: StatementFormat
) -> Iterator[str]:
    """What a person should know about the guesses."""
    if decoded.note:
        yield decoded.note
    guessed_sign = given.money_out is None and format.money_out is not None
    if guessed_sign and format.amount and table.rows and not _has_minus(table, format.amount):
        yield (
            "no amount is negative, so all are taken as money in; if another column says which way "
            "the money goes, name it with the rules direction, direction_out and direction_in"
        )


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
