"""The amounts of a table with their signs, before it is known how many decimals they have."""

from __future__ import annotations

from ledger.bank_statements.columns.direction import by_words
from ledger.bank_statements.columns.plain_numbers import PlainNumbers
from ledger.bank_statements.columns.two_columns import two_columns
from ledger.bank_statements.rules.statement_format import Column, StatementFormat
from ledger.bank_statements.text.table import Table


def signed_values(
    table: Table, format: StatementFormat, numbers: PlainNumbers
) -> list[int | None] | None:
    """The signed amounts by row; None where their signs are not known without the balances."""

    def cells(column: Column) -> list[str]:
        index = table.index_of(column)
        return [row.cells[index] for row in table.rows]

    if format.money_out == "balance":
        return None
    if format.amount is not None:
        values = numbers.read_all(cells(format.amount))
        if format.direction is not None:
            return by_words(values, cells(format.direction))
        sign = -1 if format.money_out == "positive" else 1
        return [None if value is None else sign * value for value in values]
    if format.debit is None or format.credit is None:
        return None
    out, into = (numbers.read_all(cells(column)) for column in (format.debit, format.credit))
    return two_columns(out, into, format.money_out)
