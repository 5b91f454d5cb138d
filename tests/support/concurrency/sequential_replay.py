"""A log replayed in the order of its positions by other rules than the product's: plain integers.

If each event could have been decided on all that stands before it, the writers might as well have
come one after the other.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol


class Stored(Protocol):
    """What is read of an event, whoever read it."""

    @property
    def position(self) -> int: ...
    @property
    def stream_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def event_type(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def text(self) -> str | bytes | None: ...
    @property
    def effective_at(self) -> int: ...
    @property
    def recorded_at(self) -> int: ...


@dataclass
class Account:
    """``movements`` are (effective time, signed minor units), in the order of their times;
    ``recorded`` are the same in the order in which they were recorded."""

    opened: int
    balance: int
    last_activity: int
    movements: list[tuple[int, int]]
    balances: list[int]
    """At each version, the first one at place 0."""
    recorded: list[tuple[int, int]]

    def lowest_from(self, at: int) -> int:
        """The lowest balance at a moment and at all later ones."""
        balance = sum(amount for moment, amount in self.movements if moment <= at)
        lowest, before = balance, at
        for moment, amount in self.movements:
            if moment <= at:
                continue
            if moment != before:
                lowest = min(lowest, balance)
            balance, before = balance + amount, moment
        return min(lowest, balance)


@dataclass
class Books:
    """All accounts after a part of the log, and what they were after each shorter part."""

    accounts: dict[str, Account] = field(default_factory=dict)
    prefixes: list[dict[str, tuple[int, int]]] = field(default_factory=lambda: [{}])
    """Account → (version, balance), at each position."""
    sent: dict[str, Any] | None = None
    sent_with: str | bytes | None = None
    sender: str = ""
    recorded_at: int = 0

    def take(self, event: Stored) -> None:
        """Check that an event follows from all before it, and apply it."""
        data = json.loads(event.data)
        assert event.position == len(self.prefixes)
        of_the_book = event.event_type in ("BookCreated", "LogArchived")
        assert of_the_book == (event.stream_id == "$book")
        assert event.recorded_at >= max(self.recorded_at, event.effective_at)
        self.recorded_at = event.recorded_at
        if event.position == 1:
            assert (event.event_type, event.version) == ("BookCreated", 1)
            self.prefixes.append({})
            return
        if of_the_book:
            assert self.whole
            self.prefixes.append(self.prefixes[-1])
            return
        self._see_both_sides(event, data)
        if event.event_type == "AccountOpened":
            assert event.stream_id not in self.accounts
            assert event.version == 1
            self.accounts[event.stream_id] = Account(
                event.effective_at,
                data["initial_balance"],
                event.effective_at,
                [(event.effective_at, data["initial_balance"])],
                [data["initial_balance"]],
                [(event.effective_at, data["initial_balance"])],
            )
        else:
            self._move(event, data["amount"])
        account = self.accounts[event.stream_id]
        self.prefixes.append(
            {**self.prefixes[-1], event.stream_id: (event.version, account.balance)}
        )

    def _see_both_sides(self, event: Stored, data: dict[str, Any]) -> None:
        """What is sent is received by the very next event, and nothing else is."""
        if event.event_type == "TransferReceived":
            assert self.sent is not None
            assert data["from_account"] == self.sender
            assert self.sent["to_account"] == event.stream_id
            ours = {"from_account": self.sender, "to_account": event.stream_id}
            assert {**data, **ours} == {**self.sent, **ours}
            assert event.text == self.sent_with
            self.sent = None
            return
        assert self.sent is None
        if event.event_type == "TransferSent":
            self.sent, self.sent_with, self.sender = data, event.text, event.stream_id

    def _move(self, event: Stored, amount: int) -> None:
        account, at = self.accounts[event.stream_id], event.effective_at
        assert amount > 0
        assert at >= account.opened
        assert event.version == len(account.balances) + 1
        if event.event_type in ("MoneyWithdrawn", "TransferSent"):
            lowest = account.balance if at >= account.last_activity else account.lowest_from(at)
            assert lowest >= amount, event
            amount = -amount
        account.balance += amount
        assert account.balance >= 0
        account.last_activity = max(account.last_activity, at)
        insort(account.movements, (at, amount))
        account.recorded.append((at, amount))
        account.balances.append(account.balance)

    @property
    def whole(self) -> bool:
        """Whether no transfer is under way."""
        return self.sent is None


def replayed(events: Iterable[Stored]) -> Books:
    """The books of a whole log.

    Raises:
        AssertionError: an event could not have been decided where it stands.
    """
    books = Books()
    for event in events:
        books.take(event)
    assert books.whole
    return books
