"""Reading what a store has itself before what is archived, for those who may find it there."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of, archived_version


def events_around(
    store: EventStore, position: int, before: int, after: int
) -> Iterator[RecordedEvent]:
    """What was appended together with the event at a position, with neighbours of it.

    What is archived ends with an append, so of an event that is not, no archived ones are read.

    Args:
        before, after: how many positions before it, and after.
    """
    archive = archive_of(store)
    base = 0 if archive is None else archive.position
    begin = max(position - before - 1, 0)
    return store.read_all(
        after_position=max(begin, base) if position > base else begin,
        to_position=position + after,
    )


def live_first(store: EventStore, stream_id: str) -> Iterator[RecordedEvent]:
    """A stream's events, those that are archived after all others."""
    archived = archived_version(store, stream_id)
    yield from store.read_stream(stream_id, after_version=archived)
    if archived:
        yield from store.read_stream(stream_id, to_version=archived)
