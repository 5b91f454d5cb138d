"""Rows that are called as a balance is, and that the balance column proves to be entries."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.bank_statements.columns.balance_check import moments_of
from ledger.bank_statements.columns.plain_numbers import PlainNumbers
from ledger.bank_statements.columns.signed_values import signed_values
from ledger.bank_statements.columns.witness import orders
from ledger.bank_statements.rows.left_out import LeftOut
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Table


def with_proven_entries(table: Table, left_out: LeftOut, format: StatementFormat) -> LeftOut:
    """What is left out, without the rows by whose amount the running balance changes.

    A row that states a balance changes none: its amount is that balance.

    Args:
        table: of the entries.
        format: a complete one.
    """
    named = {
        each.row.line
        for each in left_out.balances
        if not each.row.missing and len(each.row.cells) == table.width
    }
    if not named or not format.balance:
        return left_out
    rows = table.rows + [each.row for each in left_out.balances if each.row.line in named]
    whole = replace(table, rows=sorted(rows, key=lambda row: row.line))
    numbers = PlainNumbers(format.decimal_mark or ".", format.thousands_mark or "")
    amounts = signed_values(whole, format, numbers)
    if amounts is None:
        return left_out
    index = whole.index_of(format.balance)
    balances = [numbers.read(row.cells[index]) for row in whole.rows]
    best: list[int] = []
    for _, order in orders(moments_of(whole, format)):
        known: int | None = None
        agreeing = []
        for place in order:
            amount, balance = amounts[place], balances[place]
            if balance is None:
                continue
            if amount and known is not None and balance - known == amount:
                agreeing.append(whole.rows[place].line)
            known = balance
        best = max(best, agreeing, key=len)
    proven = named.intersection(best)
    if not proven:
        return left_out
    lines = {row.line for row in left_out.table.rows} | proven
    return replace(
        left_out,
        table=replace(left_out.table, rows=[row for row in whole.rows if row.line in lines]),
        skipped=[each for each in left_out.skipped if each.line not in proven],
        balances=[each for each in left_out.balances if each.row.line not in proven],
    )
