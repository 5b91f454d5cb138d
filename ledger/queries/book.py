"""The ledger as a whole: where it is, what it is, and what is odd about its times."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ledger.commands.book import read_book
from ledger.commands.clock import now_of
from ledger.commands.future import DatedAhead, dated_ahead, recorded_ahead
from ledger.commands.known import Correction, clock_corrections
from ledger.domain.book import ZoneChange
from ledger.domain.book_events import LedgerMigrated, TestLedger
from ledger.domain.clock import Ahead
from ledger.domain.instant import to_datetime
from ledger.eventstore.opening import stored_size
from ledger.eventstore.records import Head
from ledger.eventstore.store import SharedStore
from ledger.queries.source import Source


class BookReport(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of a ledger as a whole.

    Attributes:
        location: where others can open it; None for one that only this process has.
        size: bytes of its file and of what is still to be moved into it.
        time_zone: the IANA name of the zone that holds now.
        time_zones: all, each with the instant that it holds from; None for always.
        test: the clock and seed of a test ledger; None for a real one.
        created_us, locked_until_us: µs UTC; nothing may be locked.
        recorded_ahead: the end of the log, where it was recorded later than now.
        dated_ahead: what is effective later than now, though recorded by now.
    """

    ledger_id: str
    location: str | None
    size: int | None
    name: str
    time_zone: str
    time_zones: tuple[ZoneChange, ...]
    created_us: int
    events: int
    accounts: int
    head: Head
    locked_until_us: int | None
    corrections: tuple[Correction, ...]
    test: TestLedger | None
    migrated_from: LedgerMigrated | None
    recorded_ahead: Ahead | None
    dated_ahead: DatedAhead | None

    @property
    def created_at(self) -> datetime:
        """When it was created (UTC)."""
        return to_datetime(self.created_us)

    @property
    def locked_until(self) -> datetime | None:
        """The moment that the books are locked until (UTC); None where nothing is locked."""
        return to_datetime(self.locked_until_us)


def report_book(source: Source) -> BookReport:
    """What there is to say of the ledger, all of one moment."""
    store = source.store
    with store.transaction(read_only=True):
        book = read_book(store).state
        now = now_of(store)
        head = store.head()
        ahead = recorded_ahead(store, now)
        return BookReport(
            ledger_id=store.ledger_id,
            location=_location(source),
            size=_size(source),
            name=book.name,
            time_zone=source.times.zone.name_at(now),
            time_zones=tuple(book.time_zones),
            created_us=book.created_at,
            events=head.position,
            accounts=sum(1 for _ in store.stream_ids()) - 1,
            head=head,
            locked_until_us=book.locked_until,
            corrections=tuple(clock_corrections(store)),
            test=book.test,
            migrated_from=book.migrated_from,
            recorded_ahead=ahead,
            dated_ahead=None if ahead else dated_ahead(store, now),
        )


def _location(source: Source) -> str | None:
    return source.store.location if isinstance(source.store, SharedStore) else None


def _size(source: Source) -> int | None:
    location = _location(source)
    return None if location is None else stored_size(location)
