"""Columns beside date and amount: fees, times of day, and the bank's own ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import split_amount
from ledger.bank_statements.cells.clock_times import clock_time
from ledger.bank_statements.columns.columns import column_at
from ledger.bank_statements.rules.format_checks import COLUMNS, has_time
from ledger.bank_statements.rules.statement_format import StatementFormat, in_toml
from ledger.bank_statements.text.table import Table
from ledger.bank_statements.words.column_names import NAMES
from ledger.bank_statements.words.row_words import folded
from ledger.errors import InvalidLine

_FEE: Final = frozenset(NAMES["fee"])
_TIME: Final = frozenset(NAMES["time"])
_ID: Final = frozenset(NAMES["id"])

_SHORTEST_NUMBER: Final = 6
"""Digits. Shorter ones may count the rows of one file, and come again in the next."""
_MOST_NOTED: Final = 3


def with_extra_columns(table: Table, format: StatementFormat) -> StatementFormat:
    """The format with the columns of times and ids that the table shows.

    Raises:
        InvalidLine: there are fees, and nothing says whether the amounts include them; or two rules
            name the same column.
    """
    _check_roles(table, format)
    if table.header is None:
        return format
    taken = {table.index_of(column) for rule in COLUMNS if (column := getattr(format, rule))}
    free = [index for index in range(table.width) if index not in taken]
    if format.fee is None and format.balance is None:
        for index in _named(_FEE, table, free):
            _ask_about_fees(table, index)
    if format.time is None and format.date_format and not has_time(format.date_format):
        for index in _named(_TIME, table, free):
            if _has_times(table, index):
                format = replace(format, time=column_at(index, table.header))
                break
    if format.id is None:
        for index in _named(_ID, table, free):
            if _has_ids(table, index):
                format = replace(format, id=column_at(index, table.header))
                break
    return format


def _check_roles(table: Table, format: StatementFormat) -> None:
    roles: dict[int, str] = {}
    for rule in COLUMNS:
        column = getattr(format, rule)
        if not column:
            continue
        other = roles.setdefault(table.index_of(column), rule)
        if other != rule:
            raise InvalidLine(
                f"{column!r} is the column of the rule {rule}, and of {other}",
                advice=f"name one column for {other}, and another for {rule}",
                rule=rule,
            ).at_line(table.header_line)
    if format.time and format.date_format and has_time(format.date_format):
        raise InvalidLine(
            f"the rule time names a column, but the dates have a time of day already "
            f"({format.date_format})",
            advice="remove the rule time",
            rule="time",
        ).at_line(table.header_line)


def _named(names: frozenset[str], table: Table, free: Sequence[int]) -> Iterator[int]:
    header = table.header or ()
    return (index for index in free if folded(header[index]) in names)


def _ask_about_fees(table: Table, index: int) -> None:
    assert table.header is not None
    column = column_at(index, table.header)
    for row in table.rows:
        parts = split_amount(row.cells[index]) if row.cells[index] else None
        if parts is not None and set(parts.number) & set("123456789"):
            rule = in_toml({"fee": column})[1:-1]
            raise InvalidLine(
                f"there is a fee of {row.cells[index]!r} (in {column!r}), and nothing says whether "
                "the amount includes it",
                advice=f'if it is taken besides the amount, add the rule {rule}; if not, fee = ""',
                rule="fee",
            ).at_line(row.line)


def _has_times(table: Table, index: int) -> bool:
    clocks = {clock_time(text) for row in table.rows if (text := row.cells[index])}
    return None not in clocks and len(clocks) > 1


def _has_ids(table: Table, index: int) -> bool:
    ids = [row.cells[index] for row in table.rows]
    longest = max(map(len, ids), default=0)
    counts_rows = all(each.isdigit() for each in ids) and longest < _SHORTEST_NUMBER
    return bool(ids) and all(ids) and len(set(ids)) == len(ids) and not counts_rows


def repeated_ids(table: Table, format: StatementFormat) -> Iterator[str]:
    """A note where one id stands in several rows."""
    if not format.id:
        return
    index = table.index_of(format.id)
    counts = Counter(row.cells[index] for row in table.rows if row.cells[index])
    repeated = [each for each, count in counts.items() if count > 1]
    for each in repeated[:_MOST_NOTED]:
        lines = [str(row.line) for row in table.rows if row.cells[index] == each]
        yield f"lines {', '.join(lines[:9])} have the same id, {each!r}"
    if len(repeated) > _MOST_NOTED:
        yield f"{len(repeated) - _MOST_NOTED} more ids stand in several lines"
