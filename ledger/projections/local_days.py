"""The days of the book's time zone, kept in a table for the SQL views of a store that has some.

They are made of the book's events and of this machine's time zone data alone, and only when the
book gets a time zone: no other append has anything to do with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.domain.book import BOOK_STREAM, ZoneChange
from ledger.domain.book_events import BookCreated, TimeZoneChanged
from ledger.errors import InvalidTime
from ledger.eventstore.codec import decode_events
from ledger.eventstore.sql_views import KeepsLocalDays
from ledger.eventstore.store import EventStore
from ledger.projections.projection import DecodedEvent

TABLE: Final = "local_days"

_ZONE_EVENTS: Final = (BookCreated, TimeZoneChanged)


def keep_local_days(store: EventStore, events: Iterable[DecodedEvent] | None = None) -> None:
    """Make the table anew where one of these events gives the book a time zone; in any case where
    none are given."""
    if (events is None or any(type(event) in _ZONE_EVENTS for _, event in events)) and isinstance(
        store, KeepsLocalDays
    ):
        store.keep_local_days(expected_days(store))


def expected_days(store: EventStore) -> list[tuple[int | None, ...]]:
    """What the table must hold; nothing where a zone of the book is not known here.

    Raises:
        UnreadableEvent: an event of the book cannot be read.
    """
    from ledger.times.book_zone import BookZone  # few commands need these
    from ledger.times.day_table import day_table

    zones: list[ZoneChange] = []
    version = 0
    for recorded, event in decode_events(store.read_stream(BOOK_STREAM)):
        if type(event) is TimeZoneChanged and event.since is not None:
            zones.append(ZoneChange(event.since, event.time_zone))
        elif type(event) is BookCreated or type(event) is TimeZoneChanged:
            zones = [ZoneChange(None, event.time_zone)]
        else:
            continue
        version = recorded.version
    try:
        return [(*row, version) for row in day_table(BookZone(zones))] if zones else []
    except InvalidTime:
        return []


def are_right(store: EventStore) -> bool:
    """Whether the table holds what it must.

    Raises:
        DamagedLedger: it, or an event of the book, cannot be read.
    """
    if not isinstance(store, KeepsLocalDays):
        return True
    expected = expected_days(store)
    return not expected or store.local_days() == expected
