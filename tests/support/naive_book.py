"""A book of accounts by definition: which events each command appends, or why it appends none.

Written from the design alone; nothing of `ledger`. A command is tried: its events are appended,
every state of the accounts it touched is looked at, and what breaks a rule takes them away again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.support.naive_intents import Intent, Refused, pinned_decimals
from tests.support.naive_log import BOOK, MOVEMENTS, OPENINGS, Entry, Event, Log, State

LARGEST = 2**63 - 1
UNLIMITED = LARGEST
"""An overdraft limit: no balance is further below zero."""
FIVE_MINUTES = 300_000_000
TIMELESS = (
    "correct_clock",
    "withdraw_correction",
    "undo",
    "amend_entry",
    "withdraw_confirmation",
    "unlock",
)
"""Commands that take no time of their own; an unlocking goes back to one that was locked."""


class Book(Log):
    def carry_out(self, intent: Intent) -> list[Event] | Refused:
        """The events that a command appended, or why it appended none."""
        before = len(self.log)
        try:
            trial = _Trial(self, intent)
            getattr(trial, intent.command)()
            for account in sorted({event.stream for event in self.log[before:]} - {BOOK}):
                self._check_path(account)
        except Refused as refusal:
            del self.log[before:]
            return refusal
        return self.log[before:]

    def _check_path(self, account: str) -> None:
        for moment in self.moments(account):
            state = self.state(account, moment)
            if state is None:
                continue
            if state.closed is not None and state.balance:
                raise Refused("account_closed", moment)
            if state.balance < -state.limit:
                raise Refused("insufficient_funds", moment)
            if state.balance > LARGEST:
                raise Refused("balance_too_large", moment)


class _Trial:
    """One command being carried out; its methods are named like the commands."""

    def __init__(self, book: Book, intent: Intent):
        self.book, self.intent = book, intent
        head = book.log[-1].recorded if book.log else 0
        self.recorded = max(intent.clock, head)
        if intent.command == "correct_clock":
            self.recorded = intent.clock
        elif head > intent.clock + FIVE_MINUTES:
            raise Refused("clock_ahead")
        timed = intent.at is not None and intent.command not in TIMELESS
        if timed and not 0 <= (intent.at or 0) <= self.recorded:
            raise Refused("invalid_time")
        self.at = self.recorded if intent.at is None else intent.at

    def write(self, stream: str, kind: str, effective: int, **facts: Any) -> Event:
        version = len(self.book.events(stream)) + 1
        position = len(self.book.log) + 1
        by = (self.intent.actor, self.intent.run)
        event = Event(position, stream, version, kind, effective, self.recorded, *by, **facts)
        self.book.log.append(event)
        return event

    def known(self, account: str) -> State:
        return self.book.state(account) or _refuse("no_such_account")

    def usable(self, account: str, at: int) -> State:
        """The state, where an account may take something at a moment."""
        state = self.known(account)
        then = self.book.state(account, at)
        if state.closed is not None or (then and then.closed is not None):
            raise Refused("account_closed")
        if at < state.opened:
            raise Refused("before_opening")
        self.check_lock(at)
        return state

    def check_lock(self, at: int) -> None:
        if at <= self.book.locked_until():
            raise Refused("locked")

    # ── accounts ────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        if self.book.state(self.intent.account):
            raise Refused("account_already_open")
        currency, decimals = pinned_decimals(self.intent.currency or "USD", self.intent.decimals)
        self.check_lock(self.at)
        self.write_opening("AccountOpened", self.at, self.at, self.intent, currency, decimals)

    def write_opening(
        self, kind: str, effective: int, opened: int, wanted: Intent, currency: str, decimals: int
    ) -> None:
        amount, limit = wanted.amount or 0, wanted.limit or 0
        if not (0 <= amount <= LARGEST and 0 <= limit <= UNLIMITED):
            raise Refused("invalid_amount")
        facts = {"currency": currency, "decimals": decimals, "opened": opened}
        account = self.intent.account
        self.write(account, kind, effective, amount=amount, limit=limit, text=wanted.text, **facts)

    def amend_opening(self) -> None:
        """Opening moment, initial balance, currency. It counts from the earlier moment on."""
        intent, account = self.intent, self.intent.account
        state = self.known(account)
        if state.closed is not None:
            raise Refused("account_closed")
        opening = [e for e in self.book.events(account) if e.kind in OPENINGS][-1]
        opened = state.opened if intent.at is None else intent.at
        currency, decimals = state.currency, state.decimals
        if intent.currency is not None:
            currency, decimals = pinned_decimals(intent.currency, intent.decimals)
        if (currency, decimals) != (state.currency, state.decimals):
            amended = [e for e in self.book.events(account) if e.kind == "AccountAmended"]
            unit_free = (None, 0, UNLIMITED)
            limits = any(e.limit not in unit_free for e in (opening, *amended))
            if self.book.activity(account) or limits or self.book.confirmations(account):
                raise Refused("currency_mismatch")
        amount = opening.amount if intent.amount is None else intent.amount
        if (opened, amount, currency, decimals) == (
            *(state.opened, opening.amount, state.currency, state.decimals),
        ):
            raise Refused("invalid_usage")
        earlier = [m for m in self.book.moments(account) if m < opened]
        states = [then for moment in earlier if (then := self.book.state(account, moment))]
        if any(then.closed is not None for then in states):
            raise Refused("before_opening")
        if any(moment < opened for moment in self.book.activity(account)):
            raise Refused("before_opening")
        self.check_lock(min(opened, state.opened))
        wanted = replace(intent, amount=amount, limit=opening.limit, text=opening.text)
        effective = min(opened, state.opened)
        self.write_opening("OpeningAmended", effective, opened, wanted, currency, decimals)

    def amend(self) -> None:
        """Owner, overdraft limit."""
        self.usable(self.intent.account, self.at)
        if self.intent.limit is None and self.intent.text is None:
            raise Refused("invalid_usage")
        if not 0 <= (self.intent.limit or 0) <= UNLIMITED:
            raise Refused("invalid_amount")
        facts = {"limit": self.intent.limit, "text": self.intent.text}
        self.write(self.intent.account, "AccountAmended", self.at, **facts)

    def close(self) -> None:
        account = self.intent.account
        self.usable(account, self.at)
        if any(moment > self.at for moment in self.book.activity(account)):
            raise Refused("later_activity")
        later = [self.at, *(m for m in self.book.moments(account) if m > self.at)]
        states = [state for m in later if (state := self.book.state(account, m))]
        if any(state.closed is not None for state in states):
            raise Refused("account_closed")
        if any(state.balance for state in states):
            raise Refused("balance_not_zero")
        self.write(account, "AccountClosed", self.at, text=self.intent.text)

    def reopen(self) -> None:
        state = self.known(self.intent.account)
        if state.closed is None:
            raise Refused("account_already_open")
        earliest = max(state.closed, self.book.locked_until() + 1)
        if self.intent.at is None:
            self.at = earliest
        elif self.at < state.closed:
            raise Refused("invalid_time")
        self.check_lock(self.at)
        self.write(self.intent.account, "AccountReopened", self.at, text=self.intent.text)

    # ── money ───────────────────────────────────────────────────────────────────────────────────

    def deposit(self) -> None:
        self.move("MoneyDeposited", self.intent.account, 1, self.at, self.intent)

    def withdraw(self) -> None:
        self.move("MoneyWithdrawn", self.intent.account, -1, self.at, self.intent)

    def move(self, kind: str, account: str, sign: int, at: int, facts: Intent, **link: Any) -> None:
        state = self.usable(account, at)
        if not 0 < (facts.amount or 0) <= LARGEST:
            raise Refused("invalid_amount")
        texts = {"text": facts.text, "tags": facts.tags, "receipts": facts.receipts}
        amount = sign * (facts.amount or 0)
        self.write(account, kind, at, amount=amount, currency=state.currency, **texts, **link)

    def transfer(self) -> None:
        self.send(self.intent.account, self.intent.to, self.at, self.intent)

    def send(self, source: str, to: str, at: int, facts: Intent) -> None:
        if source == to:
            raise Refused("same_account")
        ours, theirs = self.usable(source, at), self.usable(to, at)
        if (ours.currency, ours.decimals) != (theirs.currency, theirs.decimals):
            raise Refused("currency_mismatch")
        transfer = len(self.book.log) + 1
        self.move("TransferSent", source, -1, at, facts, transfer=transfer, other=to)
        self.move("TransferReceived", to, 1, at, facts, transfer=transfer, other=source)

    # ── mistakes ────────────────────────────────────────────────────────────────────────────────

    def meant(self) -> Event:
        self.known(self.intent.account)
        events = self.book.events(self.intent.account)
        if not 0 < self.intent.version <= len(events):
            raise Refused("no_such_entry")
        return events[self.intent.version - 1]

    def as_amended(self, event: Event) -> Entry:
        for entry in self.book.entries(event.stream):
            if entry.version == event.version:
                return entry
        raise Refused("not_reversible" if self.intent.command == "correct" else "no_such_entry")

    def sides(self, entry: Event) -> Iterator[Event]:
        for event in list(self.book.log):
            same = event.transfer == entry.transfer if entry.transfer else event == entry
            if same and event.kind in MOVEMENTS:
                yield event

    def reverse(self) -> None:
        entry = self.meant()
        self.undo_entry(entry, entry.effective if self.intent.at is None else self.at)

    def undo_entry(self, entry: Event, at: int) -> None:
        if entry.kind not in MOVEMENTS:
            raise Refused("not_reversible")
        for side in self.sides(entry):
            for event in self.book.events(side.stream):
                if event.kind == "EntryReversed" and event.refers == side.version:
                    raise Refused("already_reversed")
            if at < entry.effective:
                raise Refused("invalid_time")
            self.usable(side.stream, at)
            facts = {"amount": -side.amount, "refers": side.version, "currency": side.currency}
            link = {"transfer": side.transfer, "text": self.intent.text}
            self.write(side.stream, "EntryReversed", at, **facts, **link)

    def correct(self) -> None:
        wrong, intent = self.meant(), self.intent
        now = self.as_amended(wrong)
        at = wrong.effective if intent.at is None else self.at
        if at > self.recorded:  # a wrong clock put it there; when it happened must be said
            raise Refused("invalid_time")
        locked = wrong.effective <= self.book.locked_until()
        self.undo_entry(wrong, max(at, wrong.effective) if locked else wrong.effective)
        right = replace(
            intent,
            amount=abs(wrong.amount) if intent.amount is None else intent.amount,
            text=now.text if intent.text is None else intent.text,
            tags=now.tags if intent.tags is None else intent.tags,
            receipts=now.receipts if intent.receipts is None else intent.receipts,
        )
        sent = wrong.kind == "TransferSent"
        source = intent.source or (wrong.stream if sent else wrong.other)
        to = intent.to or (wrong.other if sent else wrong.stream)
        new = (right.amount, at, right.text, right.tags, right.receipts)
        old = (abs(now.amount), now.effective, now.text, now.tags, now.receipts)
        ends = (wrong.stream, wrong.other) if sent else (wrong.other, wrong.stream)
        if new == old and (source, to) == ends:
            raise Refused("invalid_usage")
        if wrong.transfer:
            self.send(source, to, at, right)
        else:
            account = intent.to or wrong.stream
            ours, theirs = self.known(wrong.stream), self.known(account)
            if (ours.currency, ours.decimals) != (theirs.currency, theirs.decimals):
                raise Refused("currency_mismatch")
            self.move(wrong.kind, account, 1 if wrong.amount > 0 else -1, at, right)

    def amend_entry(self) -> None:
        entry, intent = self.meant(), self.intent
        now = self.as_amended(entry)
        facts = {"text": intent.text, "tags": intent.tags, "receipts": intent.receipts}
        if all(value is None for value in facts.values()):
            raise Refused("invalid_usage")
        kept = (now.receipts or frozenset()) <= (intent.receipts or frozenset())
        said = ((now.text, intent.text), (now.tags, intent.tags), (now.receipts, intent.receipts))
        if all(new is None or new == (old or type(new)()) for old, new in said):
            raise Refused("invalid_usage")
        if intent.text is not None or intent.tags is not None or not kept:
            self.check_lock(entry.effective)
        for side in self.sides(entry):
            self.write(side.stream, "EntryAmended", side.effective, refers=side.version, **facts)

    def undo(self) -> None:
        """All entries of the actor's last run; unlocking is what may have to come before."""
        by_actor = [event for event in self.book.log if event.actor == self.intent.actor]
        mine = [event for event in by_actor if event.kind != "PeriodUnlocked"]
        run = [event for event in mine if event.run == mine[-1].run]
        if not run:
            raise Refused("nothing_to_undo")
        if any(event.kind not in MOVEMENTS for event in run):
            raise Refused("not_reversible")
        for entry in run:
            if entry.kind != "TransferReceived":
                self.undo_entry(entry, entry.effective)

    # ── confirmations, locks, the clock ─────────────────────────────────────────────────────────

    def confirm(self) -> None:
        state = self.known(self.intent.account)
        then = self.book.state(self.intent.account, self.at) or _refuse("before_opening")
        if then.balance != self.intent.amount:
            raise Refused("confirmation_differs")
        facts = {"balance": then.balance, "currency": state.currency, "text": self.intent.text}
        self.write(self.intent.account, "BalanceConfirmed", self.at, until=self.at, **facts)

    def withdraw_confirmation(self) -> None:
        meant = self.meant()
        events = self.book.events(meant.stream)
        gone = {event.refers for event in events if event.kind == "ConfirmationWithdrawn"}
        if meant.kind != "BalanceConfirmed" or meant.version in gone:
            raise Refused("no_such_entry")
        self.write(meant.stream, "ConfirmationWithdrawn", meant.effective, refers=meant.version)

    def lock(self) -> None:
        """Before its own recorded time, or what comes at that very moment would be locked out."""
        if not self.book.locked_until() < self.at < self.recorded:
            raise Refused("invalid_time")
        self.write(BOOK, "PeriodLocked", self.recorded, until=self.at, text=self.intent.text)

    def unlock(self) -> None:
        if self.book.locked_until() < 0 or not self.intent.text:
            raise Refused("invalid_usage")
        if self.intent.at is not None and self.at >= self.book.locked_until():
            raise Refused("invalid_time")
        self.write(BOOK, "PeriodUnlocked", self.recorded, until=self.intent.at)

    def correct_clock(self) -> None:
        wrong = [p for p, t in enumerate(self.book.known_times(), 1) if t > self.recorded]
        if max(self.book.known_times(), default=0) <= self.recorded + FIVE_MINUTES:
            raise Refused("nothing_to_correct")  # clocks differ by as much anyway
        self.write(BOOK, "ClockCorrected", self.recorded, refers=wrong[0], text=self.intent.text)

    def withdraw_correction(self) -> None:
        """It is recorded as if the correction had never been: time goes on where it was."""
        events = self.book.events(BOOK)
        gone = {event.refers for event in events if event.kind == "ClockCorrectionWithdrawn"}
        stand = [e.version for e in events if e.kind == "ClockCorrected" and e.version not in gone]
        if self.intent.version not in stand:
            raise Refused("nothing_to_correct")
        times = self.book.known_times(without=self.intent.version)
        self.recorded = max(self.recorded, times[-1])
        if self.recorded > self.intent.clock + FIVE_MINUTES:
            raise Refused("clock_ahead")
        facts = {"refers": self.intent.version, "text": self.intent.text}
        self.write(BOOK, "ClockCorrectionWithdrawn", self.recorded, **facts)


def _refuse(code: str) -> State:
    raise Refused(code)
