"""Opening and making ledgers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from ledger.api.wiring import NewBook, Wired, WiringOptions
from ledger.commands.book import create_book
from ledger.commands.repeatable import TIME_ZONE, check_test, surroundings_of
from ledger.errors import Integrity, LedgerAppeared, NoSuchLedger
from ledger.eventstore.opening import draft_store, memory_store, open_store, store_exists
from ledger.eventstore.store import LOCK_TIMEOUT, EventStore
from ledger.times import system_clock

if TYPE_CHECKING:
    from ledger.domain.book_events import TestLedger


class Making(Wired):
    """Ways to a ledger, and the end of using it."""

    @classmethod
    def open(
        cls,
        location: str | os.PathLike[str],
        *,
        create: bool = True,
        lock_timeout: float = LOCK_TIMEOUT,
        as_it_is: bool = False,
        **options: Unpack[WiringOptions],
    ) -> Self:
        """Open the ledger at a location, or make an empty one there.

        Args:
            location: path of the file, or URL of the database: ``postgresql://…``.
            create: False to refuse where there is none, as a program that only reads should: a
                mistyped path would otherwise be an empty ledger. It is made by default, since a
                program that keeps its books in a ledger has to begin somewhere.
            lock_timeout: seconds to wait for another process's write.
            as_it_is: open it though parts of it are missing, to `verify` it.
            options: see `WiringOptions`.

        Raises:
            NoSuchLedger: there is none, and ``create`` is False.
            NotALedger, DamagedLedger, StorageFailure: the file cannot be used.
            InvalidOption: ``test`` is not what the ledger was made with.
        """
        place = os.fspath(location)
        clock = options.get("clock", system_clock)

        def opened() -> EventStore:
            return open_store(
                place, clock, lock_timeout=lock_timeout, as_it_is=as_it_is, check=_check_whole
            )

        try:
            store = opened()
        except NoSuchLedger:
            if not create or store_exists(place):  # a link to nowhere, say
                raise
            with suppress(LedgerAppeared), cls.draft(place, keep_empty=True, **options):
                pass
            store = opened()
        try:
            ledger = cls(store, **options)
            try:
                recorded = ledger._source.times.look().state.test
            except Integrity:
                if not as_it_is:
                    raise
            else:
                check_test(recorded, options.get("test"))
            return ledger
        except BaseException:
            store.close()
            raise

    @classmethod
    @contextmanager
    def draft(
        cls,
        location: str | os.PathLike[str],
        *,
        keep_empty: bool = False,
        restoring: bool = False,
        book: NewBook | None = None,
        **options: Unpack[WiringOptions],
    ) -> Iterator[Self]:
        """A new ledger that gets its place at the end of the block.

        On an exception, or where nothing was recorded, it never was.

        Args:
            location: path of the file that is to be; nothing may be there.
            keep_empty: keep it though nothing was recorded but its creation.
            restoring: make no book: what is imported first brings its own.
            book: what the ledger is given.
            options: see `WiringOptions`.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
            StorageFailure: it cannot be written.
        """
        clock = options.get("clock", system_clock)
        ledger_id = surroundings_of(clock, options.get("test")).draw_uuid(0, "ledger")
        store = draft_store(os.fspath(location), ledger_id, clock)
        try:
            ledger = cls(store, **options)
            ledger._begin(None if restoring else book or NewBook(), options.get("test"))
            begun = store.head().position
            yield ledger
            if keep_empty or store.head().position > begun:
                store.publish()
            else:
                store.close()
        except BaseException:
            store.close()
            raise

    @classmethod
    def in_memory(
        cls,
        *,
        restoring: bool = False,
        book: NewBook | None = None,
        **options: Unpack[WiringOptions],
    ) -> Self:
        """A ledger that is gone with the process, to try things in; see `draft`.

        Args:
            restoring: make no book: what is imported first brings its own.
            book: what the ledger is given.
            options: see `WiringOptions`.
        """
        clock = options.get("clock", system_clock)
        ledger_id = surroundings_of(clock, options.get("test")).draw_uuid(0, "ledger")
        ledger = cls(memory_store(ledger_id, clock), **options)
        ledger._begin(None if restoring else book or NewBook(), options.get("test"))
        return ledger

    def _begin(self, book: NewBook | None, test: TestLedger | None) -> None:
        """Make what every ledger has from the start."""
        if book is not None:
            from ledger.times.machine_zone import zone_of_new_book

            zone = book.get("time_zone", TIME_ZONE if test else None)
            create_book(
                self._store,
                self._run_context(),
                time_zone=zone_of_new_book(zone),
                name=book.get("name", ""),
                test=test,
            )
        self._projector.create()
        self._projector.keep_up()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _check_whole(store: EventStore) -> None:
    from ledger.verification.backup import check_whole  # asked after a crash alone

    check_whole(store)
