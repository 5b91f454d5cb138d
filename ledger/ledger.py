"""The public API: a ledger, with one method for everything that can be done with it."""

from __future__ import annotations

from ledger.api.maintaining import Maintaining
from ledger.api.migrating import Migrating
from ledger.api.moving_money import MovingMoney
from ledger.api.wiring import NewBook, WiringOptions
from ledger.commands.bookkeeping import Bookkeeping
from ledger.commands.corrections import Corrections

__all__ = ["Ledger", "NewBook", "WiringOptions"]


class Ledger(MovingMoney, Maintaining, Migrating, Bookkeeping, Corrections):
    """A money ledger over an event store.

    Use it as a context manager, from one thread::

        with Ledger.open("books.db") as ledger:
            ledger.open_account("acc-001", owner="Ana Souza")
            ledger.deposit("acc-001", "50.00", description="Paycheck")
            print(ledger.balance("acc-001").balance)

    Amounts are strings, ints, `decimal.Decimal` or `Money`, never floats. Times are dates, ISO 8601
    texts, datetimes or integer µs UTC; without a zone they are in the book's. A date or month is
    its start where something happens or a period begins, and its last instant where one ends.

    Answers have amounts as `Money` and times as datetimes in UTC. The integers that they are made
    of stand beside them: minor units as ``…_minor``, µs UTC as ``…_us``.

    Every method raises a `ledger.errors.LedgerError` where it refuses or fails, and has then
    changed nothing.

    Args:
        store: where the events are.
        clock, snapshot_interval, defer_projections, projections, test: see `WiringOptions`.
        context: who gives the commands, and in which run; this process, unless said otherwise.
    """
