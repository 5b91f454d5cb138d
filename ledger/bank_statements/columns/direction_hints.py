"""What descriptions and types say of the direction, where it contradicts the signs of amounts."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.bank_statements.cells.amounts import split_amount
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.plain import plain
from ledger.bank_statements.words.spending_words import (
    PAYMENT_TYPES,
    SPENDING_TYPES,
    may_thank,
    speaks_of_payment_to_card,
    speaks_of_spending,
)
from ledger.errors import InvalidLine

_LONGEST = 60
_MOST_TYPES = 50


def check_descriptions(contents: Contents, rows: Sequence[Row]) -> None:
    """Ask where amounts have no sign, and a description is that of money out.

    Raises:
        InvalidLine: one is; the error names its line.
    """
    for row in rows:
        for index, cell in enumerate(row.cells):
            if speaks_of_spending(cell):
                raise InvalidLine(
                    f"no amount has a sign, and {_shown(cell)}{_in_column(contents, index)} looks "
                    "like money out",
                    advice="if a column says which way the money goes, name it with the rules "
                    "direction, direction_out and direction_in; if all amounts are money in, add "
                    'the rule: money_out = "negative", and if all are money out, "positive"',
                    rule="money_out",
                ).at_line(row.line)


def check_card(contents: Contents, rows: Sequence[Row], amount: int) -> None:
    """Ask where the signs are those of what is owed: purchases are positive, payments negative.

    Raises:
        InvalidLine: they are, by the types of the entries or by a description; the error names the
            line of a payment.
    """
    signs: dict[int, int] = {}
    for row in rows:
        parts = split_amount(row.cells[amount])
        if parts is not None and set(parts.number) & set("123456789"):
            signs[row.line] = -1 if parts.negative else 1
    signed = [row for row in rows if row.line in signs]
    for index in range(len(contents.names)):
        words = {word: plain(word) for word in contents.words(index, _MOST_TYPES) or ()}
        if SPENDING_TYPES.isdisjoint(words.values()) or PAYMENT_TYPES.isdisjoint(words.values()):
            continue
        spent = {signs[r.line] for r in signed if words.get(r.cells[index]) in SPENDING_TYPES}
        paid = [row for row in signed if words.get(row.cells[index]) in PAYMENT_TYPES]
        if spent == {1} and {signs[row.line] for row in paid} == {-1}:
            raise _ask(contents, paid[0], index, amount)
    if 2 * sum(sign < 0 for sign in signs.values()) > len(signs):
        return  # an account's, where a creditor thanks for what it takes
    for row in signed:
        if signs[row.line] < 0 and may_thank(" ".join(row.cells)):
            for index, cell in enumerate(row.cells):
                if speaks_of_payment_to_card(cell):
                    raise _ask(contents, row, index, amount)


def _ask(contents: Contents, row: Row, index: int, amount: int) -> InvalidLine:
    refusal = InvalidLine(
        f"the amount {row.cells[amount]!r} is negative, but {_shown(row.cells[index])}"
        f"{_in_column(contents, index)} looks like a payment to a card, as if positive amounts "
        "were money out",
        advice="if positive amounts are money out, as card banks write them, add the rule: "
        'money_out = "positive"; if negative amounts are: money_out = "negative"',
        rule="money_out",
    )
    refusal.at_line(row.line)
    return refusal


def _in_column(contents: Contents, index: int) -> str:
    name = contents.names[index]
    return f" in the column {name!r}" if name else f" in column {index + 1}"


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 3]}...")
