"""Whether the currency that a column names, as in ``Amount ($)``, can be the account's."""

from __future__ import annotations

from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Table
from ledger.bank_statements.words.currency_signs import can_mean, meaning, sign_in


def check_column_signs(table: Table, format: StatementFormat, currency: str) -> None:
    """Check that signs in the names of the columns of amounts can mean the account's currency.

    Raises:
        CurrencyMismatch: one cannot; the error names the line of the header.
    """
    for column in (format.amount, format.debit, format.credit):
        header = () if column is None else table.header or ()
        name = header[table.index_of(column)] if column is not None and header else ""
        sign = sign_in(name)
        if sign is not None and not can_mean(sign.group(), currency):
            named = f"{meaning(sign.group())}, as the column {name!r} says"
            raise currency_mismatch("the statement", named, currency).at_line(table.header_line)
