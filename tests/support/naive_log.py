"""What a book answers, by definition: a list of events, and each answer folded from all of them.

Written from the design alone: no shortcut, nothing of `ledger`. Amounts are minor units, times µs
UTC. `naive_book` says which events a command appends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

BOOK = "$book"
MOVEMENTS = ("MoneyDeposited", "MoneyWithdrawn", "TransferSent", "TransferReceived")
OPENINGS = ("AccountOpened", "OpeningAmended")


@dataclass(frozen=True)
class Event:
    """``amount`` is the signed change; ``refers`` the version that it is about."""

    position: int
    stream: str
    version: int
    kind: str
    effective: int
    recorded: int
    actor: str
    run: str
    amount: int = 0
    refers: int = 0
    transfer: int = 0
    other: str = ""
    currency: str = ""
    decimals: int = 0
    limit: int | None = None
    opened: int = 0
    until: int | None = None
    balance: int = 0
    text: str | None = None
    tags: frozenset[str] | None = None
    receipts: frozenset[str] | None = None


class State(NamedTuple):
    owner: str | None
    currency: str
    decimals: int
    limit: int
    balance: int
    entries: int
    opened: int
    closed: int | None


class Entry(NamedTuple):
    """A movement as it stands amended; ``reversed`` is the version that undoes it, or 0."""

    version: int
    amount: int
    effective: int
    other: str
    text: str | None
    tags: frozenset[str] | None
    receipts: frozenset[str] | None
    reversed: int


@dataclass
class Log:
    log: list[Event] = field(default_factory=list)

    def known_times(self, without: int = 0) -> list[int]:
        """Of each position. ``without`` is the version of a correction that is left out too."""
        corrections = [event for event in self.log if event.kind == "ClockCorrected"]
        withdrawn = {e.refers for e in self.log if e.kind == "ClockCorrectionWithdrawn"} | {without}
        stand = [event for event in corrections if event.version not in withdrawn]
        own = []
        for event in self.log:
            over = [c.recorded for c in stand if c.refers <= event.position < c.position]
            own.append(min([event.recorded, *over]))
        return list(accumulate(own, max))  # a withdrawn correction never stepped back

    def events(
        self, stream: str, as_of: int | None = None, known_at: int | None = None
    ) -> list[Event]:
        known = self.known_times() if known_at is not None else []
        return [
            event
            for event in self.log
            if event.stream == stream
            and (as_of is None or event.effective <= as_of)
            and (known_at is None or known[event.position - 1] <= known_at)
        ]

    def state(
        self, account: str, as_of: int | None = None, known_at: int | None = None
    ) -> State | None:
        """The fold in version order; ``None`` before the opening."""
        opening: Event | None = None
        owner, limit, closed = None, None, None
        balance = count = 0
        for event in self.events(account, as_of, known_at):
            balance += event.amount
            if event.kind in OPENINGS:
                balance -= opening.amount if opening else 0
                opening = event
            elif event.kind == "AccountAmended":
                owner = owner if event.text is None else event.text
                limit = limit if event.limit is None else event.limit
            elif event.kind in ("AccountClosed", "AccountReopened"):
                closed = event.effective if event.kind == "AccountClosed" else None
            count += (event.kind in MOVEMENTS) - (event.kind == "EntryReversed")
        if opening is None or (as_of is not None and as_of < opening.opened):
            return None
        return State(
            opening.text if owner is None else owner,
            opening.currency,
            opening.decimals,
            (opening.limit or 0) if limit is None else limit,
            balance,
            count,
            opening.opened,
            closed,
        )

    def entries(
        self, account: str, as_of: int | None = None, known_at: int | None = None
    ) -> list[Entry]:
        entries: dict[int, Entry] = {}
        for event in self.events(account, as_of, known_at):
            if event.kind in MOVEMENTS:
                entries[event.version] = Entry(
                    event.version,
                    event.amount,
                    event.effective,
                    event.other,
                    *(event.text, event.tags, event.receipts),
                    reversed=0,
                )
            elif event.kind == "EntryReversed":
                entries[event.refers] = entries[event.refers]._replace(reversed=event.version)
            elif event.kind == "EntryAmended":
                changes: dict[str, Any] = {
                    name: new
                    for name in ("text", "tags", "receipts")
                    if (new := getattr(event, name)) is not None
                }
                entries[event.refers] = entries[event.refers]._replace(**changes)
        return list(entries.values())

    def locked_until(self) -> int:
        """The last locked moment, or -1."""
        locks = [e for e in self.log if e.kind in ("PeriodLocked", "PeriodUnlocked")]
        return locks[-1].until if locks and locks[-1].until is not None else -1

    def confirmations(self, account: str) -> list[Event]:
        """Those that stand."""
        events = self.events(account)
        gone = {event.refers for event in events if event.kind == "ConfirmationWithdrawn"}
        return [e for e in events if e.kind == "BalanceConfirmed" and e.version not in gone]

    def broken_confirmations(self, account: str) -> list[int]:
        """Versions of the confirmations that stand and no longer hold."""
        broken = []
        for event in self.confirmations(account):
            state = self.state(account, event.until)
            if not state or (state.balance, state.currency) != (event.balance, event.currency):
                broken.append(event.version)
        return broken

    def moments(self, account: str) -> list[int]:
        """Every moment at which an account's state may change."""
        events = self.events(account)
        opened = {event.opened for event in events if event.kind in OPENINGS}
        return sorted({event.effective for event in events} | opened)

    def activity(self, account: str) -> list[int]:
        """When money moved; an entry and its reversal at one moment are nothing."""
        events = {event.version: event for event in self.events(account)}
        moved = {v for v, e in events.items() if e.kind in (*MOVEMENTS, "EntryReversed")}
        for version in sorted(moved):
            event = events[version]
            if event.refers and events[event.refers].effective == event.effective:
                moved -= {version, event.refers}
        return [events[version].effective for version in sorted(moved)]
