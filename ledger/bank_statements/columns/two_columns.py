"""Which way the money goes where debits and credits have a column each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ledger.bank_statements.columns.columns import column_at, in_rules
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.columns.plain_numbers import PlainNumbers
from ledger.bank_statements.columns.witness import Witness
from ledger.errors import InvalidLine

MoneyOut = Literal["negative", "positive", "balance", "column", "sign"]


def two_columns(
    debits: Sequence[int | None], credits: Sequence[int | None], money_out: MoneyOut | None
) -> list[int | None]:
    """Signed amounts.

    Args:
        money_out: the rule: whether the column counts, whatever the signs, or the signs do.
    """
    pairs = [(out or 0, into or 0) for out, into in zip(debits, credits, strict=True)]
    if money_out == "sign":
        usual = (
            -1 if 2 * sum(out < 0 for out, _ in pairs) > sum(out != 0 for out, _ in pairs) else 1
        )
        return [into - out * usual for out, into in pairs]
    if money_out == "column":
        return [abs(into) - abs(out) for out, into in pairs]
    return [into - abs(out) for out, into in pairs]


def direction_of_two(
    contents: Contents,
    debit: int,
    credit: int,
    numbers: PlainNumbers | None,
    witness: Witness | None,
) -> MoneyOut | None:
    """The rule for signs in the columns, where some are unusual and the balances show what they
    mean; None where none is needed, or nothing shows it.

    Args:
        debit, credit: indexes of the columns.
        numbers: reads the amounts; None where their marks are not known.
        witness: the balances, if the statement has them.

    Raises:
        InvalidLine: the balances fit only if debits are money in, and credits money out.
    """
    if numbers is None or witness is None:
        return None
    out, into = (numbers.read_all(contents.cells(index)) for index in (debit, credit))
    by_column = two_columns(out, into, "column")
    usual = witness.agreement(by_column)
    debit_signs = {value > 0 for value in out if value}
    if len(debit_signs) > 1 or any(value < 0 for value in into if value):
        signed = witness.agreement(two_columns(out, into, "sign"))
        if max(usual, signed).is_most and usual != signed:
            return "column" if usual > signed else "sign"
        return None
    turned = witness.agreement([None if value is None else -value for value in by_column])
    if turned.is_most and not usual.is_most:
        raise _exchanged(contents, debit, credit)
    return None


def _exchanged(contents: Contents, debit: int, credit: int) -> InvalidLine:
    out, into = (column_at(index, contents.names) for index in (debit, credit))
    refusal = InvalidLine(
        f"the balances fit the amounts only if those in {_shown(out)} are money in, and those in "
        f"{_shown(into)} are money out",
        advice=f"if they are, add the rules: debit = {in_rules(into)} and credit = "
        f'{in_rules(out)}; if the balance is what is owed, as on a card, add: balance = ""',
        rule="debit",
    )
    filled = (row.line for row in contents.rows if row.cells[debit] or row.cells[credit])
    refusal.at_line(next(filled, contents.rows[0].line))
    return refusal


def _shown(column: str | int) -> str:
    return f"the column {column!r}" if isinstance(column, str) else f"column {column}"
