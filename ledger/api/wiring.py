"""What the parts of a ledger are, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import msgspec

from ledger.commands.book_times import BookTimes
from ledger.commands.context import Context, current_context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.handler import CommandHandler
from ledger.commands.repeatable import ACTOR, surroundings_of
from ledger.commands.repository import AccountRepository
from ledger.eventstore.records import Clock
from ledger.eventstore.snapshots import SNAPSHOT_INTERVAL
from ledger.eventstore.store import EventStore, KeepsTime
from ledger.eventstore.subscriptions import Subscribers
from ledger.projections.projector import Projector
from ledger.queries.source import Source
from ledger.times import system_clock

if TYPE_CHECKING:
    from ledger.commands.bulk import BulkHandler
    from ledger.domain.book_events import TestLedger
    from ledger.projections.folding import AnyProjection


class WiringOptions(TypedDict, total=False):
    """How a ledger works, wherever it is.

    Attributes:
        clock: gives the time in µs UTC; a server's or this machine's if left out.
        snapshot_interval: a snapshot is taken at every so many events of an account; 0 for never.
        defer_projections: leave the projections behind the log until `Ledger.catch_up`.
        projections: somebody's own ones, to be kept up beside the built-in ones.
        test: the clock and seed of a test ledger; a ledger is always used as it was made.
        archive: the folder that has what was archived, where it is not the one that it was put in.
    """

    clock: Clock
    test: TestLedger | None
    snapshot_interval: int
    defer_projections: bool
    projections: Sequence[AnyProjection | type[AnyProjection]]
    archive: str | None


class NewBook(TypedDict, total=False):
    """What a new ledger is given.

    Attributes:
        name: what people call it.
        time_zone: IANA name of the zone that its days are days of; the machine's if left out.
    """

    name: str
    time_zone: str


class Wired:
    """The parts of a ledger, which all its methods work with."""

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock | None = None,
        snapshot_interval: int = SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
        projections: Sequence[AnyProjection | type[AnyProjection]] = (),
        test: TestLedger | None = None,
        archive: str | None = None,
        context: Context | None = None,
    ) -> None:
        self._store = store
        self._snapshot_interval = snapshot_interval
        self._context = context
        self._projector = Projector(store, own=projections)
        self._repository = AccountRepository(store)
        self._subscribers = Subscribers()
        self._dispatcher = EventDispatcher(
            self._projector, self._subscribers, defer_projections=defer_projections
        )
        times = BookTimes(store)
        self._handler = CommandHandler(
            store, times, self._repository, self._dispatcher, snapshot_interval=snapshot_interval
        )
        if clock is None:
            clock = store.own_clock if isinstance(store, KeepsTime) else system_clock
        store.surroundings = surroundings_of(clock, test)
        if archive is not None:
            self._look_for_archive_in(archive)
        self._source = Source(store, self._repository, self._projector, times)

    def _look_for_archive_in(self, folder: str) -> None:
        from ledger.eventstore.archive.records import Archives  # most ledgers have none

        if isinstance(self._store, Archives):
            self._store.archive_folder = folder

    def _bulk(self) -> BulkHandler:
        from ledger.commands.bulk import BulkHandler

        return BulkHandler(self._store, self._repository, self._dispatcher, self._handler)

    def _run_context(self, via: str | None = None) -> Context:
        surroundings = self._store.surroundings
        if surroundings.repeatable:  # it must not depend on what one process does
            position = self._store.head().position + 1
            context = current_context(surroundings.draw_run(position), ACTOR)
        else:
            if self._context is None:
                self._context = current_context(surroundings.draw_run(0))
            context = self._context
        return context if via is None else msgspec.structs.replace(context, via=via)
