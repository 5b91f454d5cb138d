"""Where the parts of a ledger are put together, once, for its write side and its read side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.commands.context import Context, current_context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.handler import CommandHandler
from ledger.commands.repository import AccountRepository
from ledger.eventstore import snapshots
from ledger.eventstore.store import Clock, EventStore
from ledger.eventstore.subscriptions import Subscribers
from ledger.projections.projector import Projector
from ledger.times import system_clock

if TYPE_CHECKING:
    from ledger.queries.reader import Reader


class Wiring:
    """The parts of a ledger over one store.

    Args:
        store: where the events are.
        clock: gives the time in µs UTC.
        snapshot_interval: a snapshot is taken at every so many events of a stream; 0 for never.
        defer_projections: leave the projections behind the log until `catch_up`.
        context: who gives the commands, and in which run; this process, unless said otherwise.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
        context: Context | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._snapshot_interval = snapshot_interval
        self._context = context
        self._runner = Projector(store)
        self._loader = AccountRepository(store)
        self._subscribers = Subscribers()
        self._delivery = EventDispatcher(
            self._runner, self._subscribers, defer_projections=defer_projections
        )
        self._handler = CommandHandler(
            store, clock, self._loader, self._delivery, snapshot_interval=snapshot_interval
        )

    @cached_property
    def _reader(self) -> Reader:
        # Made when something is asked: a command that only writes starts faster without it.
        from ledger.queries.reader import Reader

        return Reader(self._store, self._loader, self._runner)

    def _run_context(self) -> Context:
        if self._context is None:
            self._context = current_context()
        return self._context

    @contextmanager
    def _bulk(self) -> Iterator[None]:
        with self._store.transaction(), self._delivery.bulk(), self._loader.locked():
            yield
