"""An account's entries as they stand, and in words."""

from __future__ import annotations

from typing import NamedTuple

from ledger.cli.environment import Environment
from ledger.domain.aggregate import Dated
from ledger.domain.entries import Entry, entries_of
from ledger.domain.events import AccountEvent, AccountOpened, Movement, OpeningAmended
from ledger.domain.money import Money
from ledger.eventstore.codec import decode_event
from ledger.ledger import Ledger


class Entries(NamedTuple):
    """The entries of an account.

    Attributes:
        events: all of its events, by version.
        positions: of its events in the log, by version.
        entries: by version; those that were reversed, too.
        decimals: of its currency.
    """

    account_id: str
    events: dict[int, Dated[AccountEvent]]
    positions: dict[int, int]
    entries: dict[int, Entry]
    decimals: int

    def before(self, version: int) -> Entries:
        """The entries as they stood before a version."""
        events = {number: each for number, each in self.events.items() if number < version}
        return self._replace(events=events, entries=entries_of(events.values()))


def entries_of_account(ledger: Ledger, account_id: str) -> Entries:
    """The entries of an account.

    Raises:
        NoSuchAccount: there is none.
    """
    decimals = 0
    events: dict[int, Dated[AccountEvent]] = {}
    positions: dict[int, int] = {}
    for recorded in ledger.events(raw=True, account_id=account_id):
        event = decode_event(recorded)
        positions[recorded.version] = recorded.position
        events[recorded.version] = Dated(recorded.version, recorded.effective_at, event)
        if isinstance(event, AccountOpened | OpeningAmended):
            decimals = event.decimals
    return Entries(account_id, events, positions, entries_of(events.values()), decimals)


def opened_at(found: Entries) -> int:
    """When an account was opened (µs UTC), as its opening was last amended."""
    moment = 0
    for _, effective_at, event in found.events.values():
        if isinstance(event, OpeningAmended):
            moment = event.opened_at
        elif isinstance(event, AccountOpened):
            moment = effective_at
    return moment


def told(env: Environment, found: Entries, version: int) -> str:
    """What an entry is: "deposit of 50.00 USD on 2026-01-30 00:00:00"."""
    entry = found.entries[version]
    return movement(env, entry.event, entry.effective_at, found.decimals)


def movement(env: Environment, event: Movement, effective_at: int, decimals: int) -> str:
    """What moved money, when and to or from whom."""
    amount = env.amount(str(Money(event.amount, event.currency, decimals)))
    other = getattr(event, "counterparty", "")
    whom = f" {'to' if event.direction < 0 else 'from'} {other}" if other else ""
    return f"{event.label} of {amount}{whom} on {env.table_time(effective_at)}"
