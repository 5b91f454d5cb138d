"""Completing rules from the statement itself. What is guessed is shown, and can be saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from ledger.bank_statements.amounts import infer_marks, take_apart
from ledger.bank_statements.columns import (
    NamedColumn,
    direction_words,
    find_column,
    in_braces,
    is_table_header,
    reference,
)
from ledger.bank_statements.dates import infer_date_format, looks_like_date
from ledger.bank_statements.decoding import Decoded, decode
from ledger.bank_statements.entries import Table, read_table
from ledger.bank_statements.rows import QUOTE, Row, check_width, lines_of, no_table, rows_of
from ledger.bank_statements.statement_format import LOCAL, Column, StatementFormat
from ledger.errors import InvalidLine, LedgerError

_DELIMITERS = (";", ",", "\t", "|")
_LOOKED_AT = 60
"""Lines in which the names of the columns are looked for."""


class InferredFormat(msgspec.Struct, frozen=True):
    """A statement's table, and the complete rules to read it by.

    Attributes:
        guessed: the names of the rules that were not given.
        notes: what a person should know of the guesses.
    """

    table: Table
    rules: StatementFormat
    guessed: tuple[str, ...]
    notes: tuple[str, ...]


def infer_format(
    content: bytes, given: StatementFormat, currency: str | None = None
) -> InferredFormat:
    """Complete the rules for a statement.

    Args:
        given: rules that stand.
        currency: the account's, where it is known.

    Raises:
        InvalidInput: the file is no statement, or leaves open what it means; the error says which
            rule to write.
    """
    decoded = decode(content, given.encoding)
    lines = lines_of(decoded.text)
    rules = msgspec.structs.replace(given, encoding=decoded.encoding)
    rules = _with_table(lines, rules)
    table = read_table(lines, rules)
    rules, table = _without_footer(lines, rules, table)
    for row in table.rows:
        check_width(row, table.width)
    rules = _with_columns(table, rules)
    rules = _with_formats(table, rules, currency)
    guessed = tuple(
        name
        for name in StatementFormat.__struct_fields__
        if getattr(given, name) is None and getattr(rules, name) is not None
    )
    if rules.currency is None and rules.currency_column is None:
        rules = msgspec.structs.replace(rules, currency=currency)  # the account's is no guess
    return InferredFormat(table, rules, guessed, tuple(_notes(decoded, table, given, rules)))


# ── where the table is ──────────────────────────────────────────────────────────────────────────


def _with_table(lines: Sequence[str], rules: StatementFormat) -> StatementFormat:
    """The rules with the delimiter, and the line that the table starts at."""
    if rules.quote is None:
        rules = msgspec.structs.replace(rules, quote=QUOTE)
    if rules.header is not False:
        header = _find_header(lines, rules)
        if header is not None:
            return header
    if rules.header is not True and _all_by_number(rules):
        return _without_header(lines, rules)
    raise _no_header(lines, rules)


def _find_header(lines: Sequence[str], rules: StatementFormat) -> StatementFormat | None:
    found: list[tuple[int, StatementFormat]] = []
    for delimiter in _delimiters(rules):
        for row in _first_rows(lines, rules, delimiter):
            if rules.header is None and _all_by_number(rules) and _is_dated(row, rules.date):
                break
            if _has_words(row) and is_table_header(row.cells, rules):
                complete = msgspec.structs.replace(
                    rules, delimiter=delimiter, skip_top=row.line - 1, header=True
                )
                found.append((len(row.cells), complete))
                break
            if rules.skip_top is not None:
                break
    return max(found, key=lambda each: each[0])[1] if found else None


def _delimiters(rules: StatementFormat) -> Sequence[str]:
    return _DELIMITERS if rules.delimiter is None else (rules.delimiter,)


def _all_by_number(rules: StatementFormat) -> bool:
    """Whether the columns that matter need no names to be found by."""
    amounts = [each for each in (rules.amount, rules.debit, rules.credit) if each is not None]
    return bool(amounts) and all(isinstance(each, int) for each in (rules.date, *amounts))


def _is_dated(row: Row, date: Column | None) -> bool:
    """Whether a row is an entry and has no names in it; the column of dates is a number."""
    return isinstance(date, int) and _has_digit(row.cells[date - 1 : date])


def _has_digit(cells: Sequence[str]) -> bool:
    return any(mark.isdigit() for cell in cells for mark in cell)


def _has_words(row: Row) -> bool:
    return any(mark.isalpha() for cell in row.cells for mark in cell)


def _first_rows(lines: Sequence[str], rules: StatementFormat, delimiter: str) -> Iterator[Row]:
    """The first rows by a delimiter, up to one that cannot be read by it."""
    rows = rows_of(
        lines, delimiter=delimiter, quote=rules.quote or "", skip_top=rules.skip_top or 0
    )
    try:
        yield from islice(rows, _LOOKED_AT)
    except InvalidLine:
        return


def _without_header(lines: Sequence[str], rules: StatementFormat) -> StatementFormat:
    """The rules for a table whose columns are all given by number."""
    delimiter, _ = _widest(lines, rules)
    return msgspec.structs.replace(
        rules, delimiter=delimiter, skip_top=rules.skip_top or 0, header=False
    )


def _widest(lines: Sequence[str], rules: StatementFormat) -> tuple[str, Row]:
    """The first row with the most columns by any delimiter, and that delimiter.

    Raises:
        InvalidLine: there is no row.
    """
    rows = [
        (delimiter, row)
        for delimiter in _delimiters(rules)
        for row in _first_rows(lines, rules, delimiter)
    ]
    if not rows:
        raise no_table()
    return max(rows, key=lambda each: len(each[1].cells))


def _no_header(lines: Sequence[str], rules: StatementFormat) -> LedgerError:
    _, row = _widest(lines, rules)
    given = [
        f"{role} = {column!r}"
        for role in ("date", "amount", "debit", "credit")
        if (column := getattr(rules, role)) is not None
    ]
    return InvalidLine(
        "no line names a column of dates and one of amounts"
        + (f" ({', '.join(given)})" if given else "")
        + f"; this one has {', '.join(repr(_short(cell)) for cell in row.cells)}",
        advice="name them in a rules file: date = … and amount = …, or debit = … and credit = …, "
        "each a name, or a number from 1 where there are no names",
        rule="date",
    ).at_line(row.line)


def _short(cell: str) -> str:
    return cell if len(cell) <= 30 else cell[:27] + "..."


def _without_footer(
    lines: Sequence[str], rules: StatementFormat, table: Table
) -> tuple[StatementFormat, Table]:
    """Leave out lines at the end that have neither all columns nor a date."""
    if rules.skip_bottom is not None:
        return rules, table
    date = find_column("date", table.header or ())
    place = date.place if date is not None and rules.date is None else table.place(rules.date or 1)
    rows = list(table.rows)
    while rows and _is_footer(rows[-1], table.width, place):
        rows.pop()
    left_out = len(lines) - table.rows[len(rows)].line + 1 if len(rows) < len(table.rows) else 0
    return (
        msgspec.structs.replace(rules, skip_bottom=left_out),
        msgspec.structs.replace(table, rows=rows),
    )


def _is_footer(row: Row, width: int, date: int) -> bool:
    # An entry that was cut off is none: it begins with a date, or a part of one.
    cells = row.cells[date : date + 1]
    return len(row.cells) < width and not any(
        cell[:1].isdigit() or looks_like_date(cell) for cell in cells
    )


# ── what the columns are ────────────────────────────────────────────────────────────────────────


def _with_columns(table: Table, rules: StatementFormat) -> StatementFormat:
    """The rules with the columns that the table's names tell."""
    header = table.header
    if header is None:
        return rules
    found: dict[str, NamedColumn] = {}
    wanted = ["date"] if rules.date is None else []
    if rules.amount is None and rules.debit is None:
        one = find_column("amount", header) is not None
        wanted += ["amount"] if one else ["debit", "credit"]
    for role in wanted:
        column = find_column(role, header)
        if column is not None:
            found[role] = column
    currency = next((each.currency for each in found.values() if each.currency), None)
    if rules.currency is None and rules.currency_column is None:
        column = find_column("currency", header)
        if column is not None:
            found["currency_column"] = column
        elif currency is not None:
            rules = msgspec.structs.replace(rules, currency=currency)
    rules = msgspec.structs.replace(
        rules, **{role: reference(column.place, header) for role, column in found.items()}
    )
    if rules.description is None:
        rules = msgspec.structs.replace(rules, description=_description(table, rules, header))
    return _with_direction(table, rules, header)


def _description(table: Table, rules: StatementFormat, header: Sequence[str]) -> str:
    taken = {
        table.place(column)
        for column in (rules.date, rules.amount, rules.debit, rules.credit, rules.currency_column)
        if column is not None
    }
    free = ["" if place in taken else name for place, name in enumerate(header)]
    columns = (find_column("payee", free), find_column("memo", free))
    return ": ".join(in_braces(column.place, header) for column in columns if column)


def _with_direction(table: Table, rules: StatementFormat, header: Sequence[str]) -> StatementFormat:
    """The rules with the column of directions, where the amounts themselves have no sign."""
    if rules.amount is None or rules.money_out is not None or rules.direction is not None:
        return rules
    column = find_column("direction", header)
    if column is not None and not _has_minus(table, rules.amount):
        words = direction_words({row.cells[column.place] for row in table.rows})
        if words is not None:
            return msgspec.structs.replace(
                rules,
                direction=reference(column.place, header),
                direction_out=words[0],
                direction_in=words[1],
            )
    return msgspec.structs.replace(rules, money_out="negative")


def _has_minus(table: Table, amount: Column) -> bool:
    spelled = (take_apart(text) for _, text in _cells(table, amount))
    return any(each is not None and each.negative for each in spelled)


def _notes(
    decoded: Decoded, table: Table, given: StatementFormat, rules: StatementFormat
) -> Iterator[str]:
    """What a person should know of the guesses."""
    if decoded.note:
        yield decoded.note
    guessed_sign = given.money_out is None and rules.money_out is not None
    if guessed_sign and rules.amount and table.rows and not _has_minus(table, rules.amount):
        yield (
            "no amount is negative, so all are taken as money in; if another column says which way "
            "the money goes, name it by the rules direction, direction_out and direction_in"
        )


# ── how it is written ───────────────────────────────────────────────────────────────────────────


def _with_formats(table: Table, rules: StatementFormat, currency: str | None) -> StatementFormat:
    columns = [each for each in (rules.amount, rules.debit, rules.credit) if each is not None]
    assert rules.date is not None
    if rules.date_format is None:
        with_amount = {line for column in columns for line, _ in _cells(table, column)}
        dates = ((line, text) for line, text in _cells(table, rules.date) if line in with_amount)
        rules = msgspec.structs.replace(rules, date_format=infer_date_format(dates))
    if rules.time_zone is None:
        rules = msgspec.structs.replace(rules, time_zone=LOCAL)
    if rules.decimal_mark is None or rules.thousands_mark is None:
        decimal_mark, thousands_mark = infer_marks(
            sorted(cell for column in columns for cell in _cells(table, column)),
            rules.currency or currency,
            decimal_mark=rules.decimal_mark,
            thousands_mark=rules.thousands_mark,
        )
        rules = msgspec.structs.replace(
            rules, decimal_mark=decimal_mark, thousands_mark=thousands_mark
        )
    return rules


def _cells(table: Table, column: Column) -> list[tuple[int, str]]:
    """(line, text) of what stands in a column."""
    place = table.place(column)
    return [(row.line, row.cells[place]) for row in table.rows if row.cells[place]]
