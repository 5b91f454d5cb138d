"""Which column has the number of the account that a statement is of, not of the other's."""

from __future__ import annotations

from ledger.bank_statements.columns.columns import column_at, find_column, find_columns, in_rules
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.text.table import Row
from ledger.errors import InvalidLine

_SHOWN = 3


def find_own_account(contents: Contents) -> int | None:
    """The index of the column of the account's own number; None where there is none.

    Raises:
        InvalidLine: a column has several numbers, and nothing says whether they are the own ones.
    """
    names = contents.names
    own = next(
        (c.index for c in find_columns("own account", names) if _filled(contents, c.index)), None
    )
    if own is not None or not contents.rows:
        return own
    others = {column.index for column in find_columns("other account", names)}
    payee = find_column("payee", names)
    has_party = payee is not None or find_column("other party", names) is not None
    for column in find_columns("account", names):
        index = column.index
        numbers = {row.cells[index] for row in contents.rows}
        # The other's number is missing where a card was used, the own one never.
        if index in others or not _filled(contents, index) or "" in numbers:
            continue
        if others:
            return index
        several, unclear = len(numbers) > 1, _is_unclear(names[index])
        # The own number may stand at the beginning of each line, the other's never does.
        if has_party and unclear and (several or index > 0):
            continue
        if has_party and not several and (payee is None or contents.is_constant(payee.index)):
            continue
        if payee is not None and _goes_with(contents.rows, payee.index, index):
            continue
        if several and (unclear or has_party):
            raise _ask(contents, index)
        return index
    return None


def _filled(contents: Contents, index: int) -> bool:
    return not contents.is_empty(index) and not contents.has_dates(index)


def _is_unclear(name: str) -> bool:
    """Whether banks call the other's account so as well, even where no name is beside it."""
    return bool({"iban", "konto", "kontonummer", "conto"} & set(name.casefold().split()))


def _goes_with(rows: list[Row], payee: int, account: int) -> bool:
    """Whether each payee has one number, and each number one payee: then it is the payee's."""
    pairs = {(row.cells[payee].casefold(), row.cells[account]) for row in rows}
    return len(pairs) == len({p for p, _ in pairs}) == len({number for _, number in pairs})


def _ask(contents: Contents, index: int) -> InvalidLine:
    name = column_at(index, contents.names)
    numbers = list(dict.fromkeys(row.cells[index] for row in contents.rows))
    shown = ", ".join(map(repr, numbers[:_SHOWN])) + (" …" if len(numbers) > _SHOWN else "")
    refusal = InvalidLine(
        f"the column {name!r} has several account numbers ({shown}), and it is unclear whose",
        advice="if the statement is of several accounts, add the rule: own_account = "
        f'{in_rules(name)}; if they are those of the payees, add: own_account = ""',
        rule="own_account",
        column=name,
    )
    first = contents.rows[0].cells[index]
    refusal.at_line(next(row.line for row in contents.rows if row.cells[index] != first))
    return refusal
