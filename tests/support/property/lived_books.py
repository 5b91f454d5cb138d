"""Carrying out what a naive book is asked to do with a real ledger."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from ledger import Ledger
from ledger.commands.context import Context
from ledger.commands.corrections import CommandOptions, EntryChanges
from ledger.domain.money import format_minor_units
from ledger.domain.receipts import Receipt
from ledger.errors import LedgerError, NoSuchAccount
from ledger.eventstore.store import EventStore
from ledger.ledger import NewBook
from ledger.queries.account_details import AccountDetails
from tests.support.naive_book import UNLIMITED, Book
from tests.support.naive_intents import DECIMALS, Intent
from tests.support.naive_log import OPENINGS, State
from tests.support.property.places import new_ledger

OWNER = "nobody"
"""Who owns what the naive book knows no owner of."""


class LivedBook:
    """A ledger that several runs use one after another, each with what it has kept.

    Args:
        time_zone: of the book.
    """

    def __init__(self, *, time_zone: str = "UTC", **wiring: Any) -> None:
        self._now = 0
        self._book: NewBook = {"time_zone": time_zone}
        self._wiring = {"clock": lambda: self._now, "snapshot_interval": 3, **wiring}
        self._stack = ExitStack()
        self._runs: dict[tuple[str, str], Ledger] = {}
        self.ledger: Ledger

    def begin(self, now: int) -> None:
        self._now = now
        self.ledger = self._stack.enter_context(new_ledger(book=self._book, **self._wiring))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def now(self) -> int:
        """What the clock shows, µs UTC."""
        return self._now

    @property
    def store(self) -> EventStore:
        return self.ledger._store

    def carry_out(self, intent: Intent, book: Book) -> LedgerError | None:
        """Do what the intent says, and give the refusal, if any; ``book`` is the naive one before
        it."""
        self._now = intent.clock
        by = (intent.actor, intent.run)
        if by not in self._runs:
            self._runs[by] = Ledger(self.store, context=Context(*by), **self._wiring)
        try:
            getattr(_Doing(self._runs[by], intent, book), intent.command)()
        except LedgerError as error:
            return error
        return None

    def state(
        self, account: str, as_of: int | None = None, known_at: int | None = None
    ) -> State | None:
        try:
            found = self.ledger.history(account, as_of=as_of, known_at=known_at).state
        except NoSuchAccount:
            return None
        return as_naive(found)


def as_naive(state: AccountDetails) -> State:
    return State(
        None if state.owner == OWNER else state.owner,
        state.currency,
        state.decimals,
        state.overdraft_limit_minor,
        state.balance_minor,
        state.transaction_count,
        state.opened_us,
        state.closed_us,
    )


def receipt(name: str) -> Receipt:
    return Receipt(len(name), hashlib.sha256(name.encode()).hexdigest())


class _Doing:
    """One command; the methods are named like the commands of the naive book."""

    def __init__(self, ledger: Ledger, intent: Intent, book: Book) -> None:
        self.ledger, self.intent, self.book = ledger, intent, book
        self.at = CommandOptions(at=intent.at)

    def amount(self, minor_units: int | None, account: str = "") -> str:
        state = self.book.state(account or self.intent.account)
        return format_minor_units(minor_units or 0, state.decimals if state else 2)

    def limit(self, decimals: int) -> str | None:
        limit = self.intent.limit
        if limit is None:
            return None
        return "unlimited" if limit == UNLIMITED else format_minor_units(limit, decimals)

    def changes(self) -> EntryChanges:
        intent, changes = self.intent, EntryChanges(description=self.intent.text)
        if intent.tags is not None:
            changes["tags"] = dict(tag.split("=") for tag in intent.tags)
        if intent.receipts is not None:
            entries = {each.version: each for each in self.book.entries(intent.account)}
            entry = entries.get(intent.version)
            has = (entry.receipts or frozenset()) if entry else frozenset()
            changes["receipts"] = [receipt(name) for name in sorted(intent.receipts - has)]
            changes["without_receipts"] = [
                receipt(name).sha256 for name in sorted(has - intent.receipts)
            ]
        return changes

    def open(self) -> None:
        intent = self.intent
        currency = intent.currency or "USD"
        decimals = DECIMALS.get(currency, intent.decimals or 0)
        self.ledger.open_account(
            intent.account,
            intent.text or OWNER,
            currency,
            format_minor_units(intent.amount or 0, decimals),
            decimals=intent.decimals,
            overdraft=self.limit(decimals) or "0",
            **self.at,
        )

    def amend_opening(self) -> None:
        intent, state = self.intent, self.book.state(self.intent.account)
        balance = None
        if state is not None:
            openings = [e for e in self.book.events(intent.account) if e.kind in OPENINGS]
            decimals = state.decimals
            if intent.currency is not None:
                decimals = DECIMALS.get(intent.currency, intent.decimals or 0)
            amount = openings[-1].amount if intent.amount is None else intent.amount
            balance = format_minor_units(amount, decimals)
        self.ledger.amend_account(
            intent.account,
            opened_at=intent.at,
            initial_balance=balance,
            currency=intent.currency,
            decimals=intent.decimals,
        )

    def amend(self) -> None:
        state = self.book.state(self.intent.account)
        limit = self.limit(state.decimals if state else 2)
        self.ledger.amend_account(
            self.intent.account, owner=self.intent.text, overdraft=limit, **self.at
        )

    def close(self) -> None:
        self.ledger.close_account(self.intent.account, self.intent.text or "", **self.at)

    def reopen(self) -> None:
        self.ledger.reopen_account(self.intent.account, self.intent.text or "", **self.at)

    def deposit(self) -> None:
        intent = self.intent
        amount = self.amount(intent.amount)
        self.ledger.deposit(intent.account, amount, intent.text or "", **self.at)

    def withdraw(self) -> None:
        intent = self.intent
        amount = self.amount(intent.amount)
        self.ledger.withdraw(intent.account, amount, intent.text or "", **self.at)

    def transfer(self) -> None:
        intent = self.intent
        amount = self.amount(intent.amount)
        self.ledger.transfer(intent.account, intent.to, amount, intent.text or "", **self.at)

    def reverse(self) -> None:
        intent = self.intent
        self.ledger.reverse(intent.account, intent.version, intent.text or "", **self.at)

    def correct(self) -> None:
        intent = self.intent
        events = self.book.events(intent.account)
        is_transfer = 0 < intent.version <= len(events) and events[intent.version - 1].transfer
        self.ledger.correct(
            intent.account,
            intent.version,
            amount=None if intent.amount is None else self.amount(intent.amount),
            into="" if is_transfer else intent.to,
            from_account=intent.source,
            to_account=intent.to if is_transfer else "",
            changes=self.changes(),
            **self.at,
        )

    def amend_entry(self) -> None:
        self.ledger.amend_entry(self.intent.account, self.intent.version, self.changes())

    def undo(self) -> None:
        self.ledger.undo(self.intent.text or "")

    def confirm(self) -> None:
        intent = self.intent
        amount = self.amount(intent.amount)
        self.ledger.confirm(intent.account, amount, intent.text or "", **self.at)

    def withdraw_confirmation(self) -> None:
        self.ledger.withdraw_confirmation(self.intent.account, self.intent.version)

    def lock(self) -> None:
        until = self.intent.at
        self.ledger.lock(until if until is not None else self.now(), self.intent.text or "")

    def unlock(self) -> None:
        self.ledger.unlock(self.intent.text or "", self.intent.at)

    def correct_clock(self) -> None:
        self.ledger.correct_clock(self.intent.text or "", trust_clock=True)

    def withdraw_correction(self) -> None:
        self.ledger.withdraw_clock_correction(
            self.intent.text or "", correction=self.intent.version + 1
        )

    def now(self) -> int:
        return max(self.intent.clock, self.book.log[-1].recorded if self.book.log else 0)
