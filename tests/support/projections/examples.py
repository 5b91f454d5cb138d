"""Ledgers and projections that these tests start from.

The projections stand in a module of their own because the worker processes of a rebuild import
them.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from time import sleep
from typing import Any

import msgspec

from ledger import Ledger
from ledger.domain.aggregate import Event
from ledger.domain.events import MoneyDeposited
from ledger.eventstore.codec import encode_event
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore
from ledger.projections.projection import Projection, Rows, StreamProjection
from tests.support.clock import NOON, Clock

noon = Clock()


class CountRow(msgspec.Struct, gc=False):
    account_id: str
    events: int


class Counts(StreamProjection[CountRow]):
    """How many events each account has: a fold that tells when an event is counted twice."""

    name = "counts"
    row = CountRow

    def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
        return CountRow(recorded.stream_id, 1 if row is None else row.events + 1)


class NewerCounts(Counts):
    version = 2


class FailingAt(Counts):
    """Cannot handle the event at one position."""

    def __init__(self, position: int) -> None:
        self.position = position

    def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
        if recorded.position == self.position:
            raise ArithmeticError("these books do not add up")
        return super().fold_row(row, event, recorded)


class DyingAt(FailingAt):
    """Takes the process that folds with it."""

    def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
        if recorded.position == self.position:
            os._exit(3)
        return Counts.fold_row(self, row, event, recorded)


class Unstorable(Counts):
    """Makes rows that no table takes, though the fold itself goes well."""

    name = "unstorable"

    def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
        nothing: Any = None
        return CountRow(recorded.stream_id, nothing)


class Lingering(Counts):
    """Fails in one part of the log, and in the other takes its time and leaves a trace."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
        if recorded.stream_id == "acc-1":
            raise ArithmeticError("these books do not add up")
        if recorded.stream_id == "acc-0":
            sleep(1.5)
            with open(self.trace, "w", encoding="utf-8"):
                pass
        return super().fold_row(row, event, recorded)


def filled(ledger: Ledger, accounts: int = 3, deposits: int = 4) -> Ledger:
    """Some accounts with some deposits, and one that was closed."""
    for number in range(accounts):
        ledger.open_account(f"acc-{number}", f"Owner {number}", initial_balance="1")
    for turn in range(deposits):
        for number in range(accounts):
            ledger.deposit(f"acc-{number}", turn + 1)
    ledger.open_account("gone", "Gone")
    ledger.close_account("gone", "over")
    return ledger


def filled_with_many(path: str, accounts: int, deposits: int) -> None:
    """A large ledger file, its projections left behind the log."""
    with Ledger.open(path, clock=noon, defer_projections=True) as ledger:
        for number in range(accounts):
            ledger.open_account(f"acc-{number}", f"Owner {number}")
    store = open_store(path, noon)
    data, _ = encode_event(MoneyDeposited(1, "USD"))
    cent = NewEvent("MoneyDeposited", MoneyDeposited.schema_version, data, "{}", NOON)
    with store.transaction():
        for number in range(accounts):
            store.append([StreamWrite(f"acc-{number}", "BankAccount", 1, (cent,) * deposits)])
    store.close()


def rows(ledger: Ledger) -> list[object]:
    """All that both projections say, but which log they say it of."""
    named = [*ledger.accounts(), *ledger.balances()]
    figures = [msgspec.structs.asdict(row) for row in named]
    for row in figures:
        del row["head"]
    return [figures, ledger.projections()]


def counted(store: EventStore) -> dict[str, int]:
    return {
        row.account_id: row.events
        for row in store.tables.rows(Counts.table)
        if isinstance(row, CountRow)
    }


class TotalRow(msgspec.Struct):
    month: str
    counterparty: str
    amount: int
    entries: int


class MonthlyTotals(Projection[TotalRow]):
    """What went to and came from each account by month: streams share its rows."""

    name = "monthly_totals"
    row = TotalRow
    key_columns = ("month", "counterparty")

    def fold(self, rows: Rows[TotalRow], event: Event, recorded: RecordedEvent) -> None:
        if not event.counterparty:
            return
        month = f"{datetime.fromtimestamp(recorded.effective_at // 1_000_000, UTC):%Y-%m}"
        key = (month, event.counterparty)
        total = rows.setdefault(key, TotalRow(*key, 0, 0))
        total.amount += event.signed_amount
        total.entries += 1

    def merge(self, one: TotalRow, other: TotalRow) -> TotalRow | None:
        return TotalRow(
            one.month, one.counterparty, one.amount + other.amount, one.entries + other.entries
        )


class UnmergedTotals(Projection[TotalRow]):
    """The same without a way to fold parts of the log apart."""

    name = "unmerged_totals"
    row = TotalRow
    key_columns = ("month", "counterparty")
    fold = MonthlyTotals.fold


class FailingTotals(MonthlyTotals):
    """Changes a row, and then cannot handle the event."""

    fails = True

    def fold(self, rows: Rows[TotalRow], event: Event, recorded: RecordedEvent) -> None:
        super().fold(rows, event, recorded)
        if self.fails and event.signed_amount in (1300, -1300):
            raise ArithmeticError("13 brings bad luck")
