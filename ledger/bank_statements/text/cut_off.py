"""Whether a file breaks off in its last line, as downloads do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Row, Table
from ledger.errors import InvalidLine

_ADVICE: Final = (
    "download the statement again; if the line is complete, put a line end after it in the file"
)


def check_not_cut_off(lines: Sequence[str], table: Table, format: StatementFormat) -> None:
    """Check the last row, where no line end follows it though other lines have one.

    Raises:
        InvalidLine: cells are missing there, or the amount at its end lacks decimals that all other
            amounts have.
    """
    if len(lines) < 2 or lines[-1][-1:] in "\r\n" or not table.rows:
        return
    row = table.rows[-1]
    if row.line != len(lines):
        return
    if row.missing:
        raise _cut_off(row, "it has fewer columns than the first line of the table")
    amounts = [
        table.index_of(column)
        for column in (format.amount, format.debit, format.credit)
        if column is not None
    ]
    if table.width - 1 not in amounts or not lines[-1].rstrip()[-1:].isdigit():
        return
    mark = format.decimal_mark or "."
    others = {
        _decimals(each.cells[index], mark)
        for each in table.rows[:-1]
        for index in amounts
        if any(map(str.isdigit, each.cells[index]))
    }
    decimals = _decimals(row.cells[table.width - 1], mark)
    if len(others) == 1 and decimals < min(others):
        why = f"its amount has {decimals} decimals, and all others have {min(others)}"
        raise _cut_off(row, why)


def _decimals(amount: str, decimal_mark: str) -> int:
    return (
        sum(map(str.isdigit, amount.rpartition(decimal_mark)[2])) if decimal_mark in amount else 0
    )


def _cut_off(row: Row, why: str) -> InvalidLine:
    error = InvalidLine(f"the file seems to be cut off in this line: {why}", advice=_ADVICE)
    error.at_line(row.line)
    return error
