"""Which of the bank's accounts in a file is which account of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ledger.bank_statements.statement import Statement
from ledger.errors import InvalidUsage


def only_one(statements: Sequence[Statement]) -> Statement:
    """The statement in a file that is about one account.

    Raises:
        InvalidUsage: it is about several.
    """
    if len(statements) == 1:
        return statements[0]
    raise InvalidUsage(
        f"the file has the entries of {len(statements)} accounts of the bank: "
        + ", ".join(f"{each.account_number} ({len(each.entries)})" for each in statements),
        advice="say which of them belongs to which account",
        account_numbers=[each.account_number for each in statements],
    )


def mapped(
    statements: Sequence[Statement], accounts: Mapping[str, str]
) -> list[tuple[Statement, str]]:
    """The statements that are wanted, each with the account that it is imported into.

    The first of them notes what is left out.

    Args:
        accounts: by the bank's number.

    Raises:
        InvalidUsage: the file has none of such a number, or two numbers or accounts are the same.
    """
    wanted = {_bare(number): account_id for number, account_id in accounts.items()}
    if len(wanted) < len(accounts) or len(set(wanted.values())) < len(wanted):
        raise InvalidUsage(
            "a number or an account is named twice",
            advice="name each of the bank's numbers once, and an account of its own for each",
        )
    there = {_bare(each.account_number) for each in statements}
    for number in accounts:
        if _bare(number) not in there:
            raise InvalidUsage(
                f"the file has no account {number} of the bank",
                advice="it has "
                + ", ".join(each.account_number or "one without a number" for each in statements),
                account_numbers=[each.account_number for each in statements],
            )
    found = []
    left_out = []
    for each in statements:
        account_id = wanted.get(_bare(each.account_number))
        if account_id is None:
            left_out.append(f"{each.account_number or 'no number'} ({len(each.entries)})")
        else:
            found.append((each, account_id))
    if left_out:
        note = f"the entries of other accounts of the bank are left out: {', '.join(left_out)}"
        statement, account_id = found[0]
        found[0] = (replace(statement, notes=(*statement.notes, note)), account_id)
    return found


def _bare(number: str) -> str:
    """A bank's number of an account, as it is compared: banks group the digits of an IBAN."""
    return "".join(number.split()).casefold()
