"""The accounts that a question is about: some that are named, and those below a prefix."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.validation import check_account_id
from ledger.errors import NoSuchAccount
from ledger.queries.source import Source, account_ids, check_exists


def is_prefix(chosen: str) -> bool:
    """Whether it stands for all accounts below it."""
    return chosen.endswith(":")


def check_each(source: Source, chosen: Iterable[str]) -> dict[str, bool]:
    """What is chosen, each once in its order, and whether it is a prefix.

    Raises:
        NoSuchAccount: there is none of an id, or none below a prefix.
        InvalidAccountId: there can be none.
    """
    choice = {each: is_prefix(each) for each in chosen}
    for each, is_one in choice.items():
        if is_one:
            check_prefix(source, each)
        else:
            check_exists(source, each)
    return choice


def check_prefix(source: Source, prefix: str) -> None:
    """See that the id of any account that ever was starts with a prefix.

    Raises:
        NoSuchAccount: none does.
        InvalidAccountId: none can.
    """
    if account_ids(source, prefix):
        return
    if prefix:
        check_account_id(prefix)
    raise NoSuchAccount(
        f"no account starts with {prefix}",
        advice="see which accounts there are",
        prefix=prefix,
    )
