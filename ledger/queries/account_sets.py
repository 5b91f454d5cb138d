"""The accounts that a question is about: all of them, or those whose ids start with something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ledger.queries.chosen_accounts import check_prefix
from ledger.queries.entry_rows import starting_with
from ledger.queries.source import Source


class AccountSet(NamedTuple):
    """Accounts, by how their ids start.

    Attributes:
        prefixes: none of them starts with another; empty for all accounts.
    """

    prefixes: tuple[str, ...]

    def has(self, account_id: str) -> bool:
        """Whether an account is one of them."""
        return not self.prefixes or account_id.startswith(self.prefixes)

    def condition(self, column: str) -> tuple[str, tuple[str, ...]]:
        """SQL that holds of the rows in whose column one of them is, and what is bound to it."""
        if not self.prefixes:
            return f"{column} IS NOT NULL", ()
        ranges = " OR ".join([f"({column} >= ? AND {column} < ?)"] * len(self.prefixes))
        bounds = [bound for prefix in self.prefixes for bound in starting_with(prefix)]
        return f"({ranges})", tuple(bounds)


def accounts_starting_with(source: Source, prefixes: Iterable[str]) -> AccountSet:
    """The accounts whose ids start with one of some texts; all where there is none.

    Raises:
        NoSuchAccount: no account starts with one of them.
        InvalidAccountId: none can.
    """
    shortest: list[str] = []
    for prefix in sorted(set(prefixes)):
        check_prefix(source, prefix)
        if not (shortest and prefix.startswith(shortest[-1])):
            shortest.append(prefix)
    return AccountSet(() if "" in shortest else tuple(shortest))
