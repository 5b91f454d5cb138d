"""Which confirmed balances were changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ledger.domain.confirmations import broken_confirmations
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.queries.source import Source, check_there


class ChangedBalance(msgspec.Struct, frozen=True):
    """A confirmation that stands and no longer holds.

    Attributes:
        version: of the confirmation.
        until_us: the moment (µs UTC) that it is of.
        source: who confirmed it; empty where nobody said.
        held: what the account held then, as the books say now; None where they say that it was not
            open.
    """

    account_id: str
    version: int
    until_us: int
    confirmed: Money
    source: str
    held: Money | None

    @property
    def until(self) -> datetime:
        """The moment that the confirmation is of (UTC)."""
        return to_datetime(self.until_us)


def changed_balances(source: Source, account_ids: Iterable[str]) -> list[ChangedBalance]:
    """All of some accounts, by account and version.

    Raises:
        NoSuchAccount: there is no such account.
    """
    changed = []
    for account_id in account_ids:
        account = source.repository.load_at(account_id).account
        check_there(source, account)
        decimals = account.state.decimals
        for version, event, held in broken_confirmations(account.history()):
            changed.append(
                ChangedBalance(
                    account_id,
                    version,
                    event.until,
                    Money(event.balance, event.currency, decimals),
                    event.source,
                    None if held is None else Money(held, event.currency, decimals),
                )
            )
    return changed
