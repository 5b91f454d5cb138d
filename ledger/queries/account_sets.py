"""The accounts that a question is about: all of them, some that are named, or those whose ids start
with something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ledger.domain.book import BOOK_STREAM
from ledger.eventstore.store import stream_version
from ledger.queries.chosen_accounts import check_prefix
from ledger.queries.entry_rows import starting_with
from ledger.queries.source import Source


class AccountSet(NamedTuple):
    """Accounts; all where neither ids nor prefixes are given.

    Attributes:
        prefixes: those whose ids start with one of them; none starts with another.
        ids: and these, of which none starts with a prefix.
    """

    prefixes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether no account is left out."""
        return not (self.prefixes or self.ids)

    def has(self, account_id: str) -> bool:
        """Whether an account is one of them."""
        return self.is_all or account_id in self.ids or account_id.startswith(self.prefixes)

    def condition(self, column: str) -> tuple[str, tuple[str, ...]]:
        """SQL that holds of the rows in whose column one of them is, and what is bound to it."""
        if self.is_all:
            return f"{column} IS NOT NULL", ()
        either = [f"({column} >= ? AND {column} < ?)"] * len(self.prefixes)
        either += [f"{column} = ?"] * len(self.ids)
        bounds = [bound for prefix in self.prefixes for bound in starting_with(prefix)]
        return f"({' OR '.join(either)})", (*bounds, *self.ids)


def account_set(source: Source, chosen: Iterable[str], *, check: bool = True) -> AccountSet:
    """The accounts of some ids or beginnings of ids; all where there is none.

    What is the id of an account stands for that account alone, whatever others start with it.

    Args:
        check: False where what stands for no account is let pass.

    Raises:
        NoSuchAccount: no account starts with one of them.
        InvalidAccountId: none can.
    """
    ids: list[str] = []
    prefixes: list[str] = []
    for each in sorted(set(chosen)):
        if is_account(source, each):
            ids.append(each)
            continue
        if check:
            check_prefix(source, each)
        if not (prefixes and each.startswith(prefixes[-1])):
            prefixes.append(each)
    if "" in prefixes:
        return AccountSet()
    below = tuple(prefixes)
    return AccountSet(below, tuple(each for each in ids if not each.startswith(below)))


def is_account(source: Source, account_id: str) -> bool:
    """Whether there is an account of exactly that id."""
    return account_id != BOOK_STREAM and stream_version(source.store, account_id) > 0
