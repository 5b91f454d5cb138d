"""The log for those who take their time over it: read in windows, with nothing held open between.

A query that stays open while its reader thinks keeps the file's write-ahead log from being reset,
and makes the next write of the same connection fail once another process has written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

WINDOW: Final = 1_000


def log_events(
    store: EventStore, *, after_position: int = 0, to_position: int | None = None
) -> Iterator[RecordedEvent]:
    """The log from one position to another, or to where it ends when the first event is read."""
    last = store.head().position if to_position is None else to_position
    for start in range(after_position, last, WINDOW):
        yield from list(store.read_all(after_position=start, to_position=min(start + WINDOW, last)))


def stream_events(
    store: EventStore, stream_id: str, *, to_version: int | None = None
) -> Iterator[RecordedEvent]:
    """A stream up to a version, or to where it ends when the first event is read."""
    last = store.stream_version(stream_id) if to_version is None else to_version
    for start in range(0, last, WINDOW):
        yield from list(
            store.read_stream(stream_id, after_version=start, to_version=min(start + WINDOW, last))
        )
