"""Making a projection that questions catch up from its beginning: one stream after the other.

Its rows depend on their own stream, and on the book's, which comes first. So what is written is
written in the order of its table, and never again: for a long log that is several times faster than
following the log. Only so many rows are ever held.

Where entries are archived, the log is followed after all: to read a file of the archive once for
each stream would take far longer.

While that goes on, the checkpoint is a number below zero that nobody else has. Whoever wants to
make the table, too, takes it over, and who comes to find another number there stops; so does who
was interrupted by an erasure, which empties the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile
from random import SystemRandom
from typing import Any, Final

from ledger.domain.book import BOOK_STREAM
from ledger.errors import DamagedLedger, LockTimeout, ProjectionFailed
from ledger.eventstore.records import Progress, RecordedEvent
from ledger.eventstore.store import EventStore, archive_of
from ledger.eventstore.tables import TablesInSql
from ledger.projections.folding import AnyProjection, StoredRows, decoded, fold_into

_HELD: Final = 10_000
"""Rows, and events of a stream, that are held at once."""


def fold_by_stream(
    store: EventStore,
    into: EventStore,
    projection: AnyProjection,
    head: int,
    progress: Progress | None = None,
) -> None:
    """Make the table of a projection, as of a position.

    Args:
        into: the store that gets the table; the same one, or another.
        progress: called with (events folded, events there are).

    Raises:
        LockTimeout: another process has begun to make the table, too, or has erased texts.
        ProjectionFailed: the fold raised; the event is named.
        UnreadableEvent: an event cannot be read.
    """
    table, tables = projection.table, into.tables
    token = -1 - SystemRandom().getrandbits(62)
    with into.transaction():
        tables.create(table)
        tables.write(table, {}, seen=(0, token))

    def write(rows: StoredRows[Any], position: int) -> None:
        with into.transaction():
            if not tables.write(table, rows, seen=(token, position)):
                raise taken_over(projection)
            if position > 0 and isinstance(tables, TablesInSql):
                tables.index(table)

    done = 0
    rows = StoredRows[Any](into, projection)
    archived = archive_of(store) is not None
    for page in _in_order(store, head) if archived else _by_stream(store, head):
        events = decoded(page)
        try:
            if archived or events[0][0].version > 1:
                rows.read(*projection.keys_before(events))
            fold_into(rows, projection, events)
        except (ProjectionFailed, DamagedLedger):  # somebody may have emptied the table
            if tables.checkpoints()[projection.name].position != token:
                raise taken_over(projection) from None
            raise
        done += len(events)
        if len(rows) >= _HELD:
            write(rows, token)
            rows = StoredRows(into, projection)
            if progress:
                progress(done, max(head, done))
    write(rows, head)


def _in_order(store: EventStore, head: int) -> Iterator[list[RecordedEvent]]:
    events = store.read_all(to_position=head)
    while page := list(islice(events, _HELD)):
        yield page


def _by_stream(store: EventStore, head: int) -> Iterator[list[RecordedEvent]]:
    streams = (stream_id for stream_id in store.stream_ids() if stream_id != BOOK_STREAM)
    for stream_id in (BOOK_STREAM, *streams):
        events = takewhile(lambda event: event.position <= head, store.read_stream(stream_id))
        while page := list(islice(events, _HELD)):
            yield page


def taken_over(projection: AnyProjection) -> LockTimeout:
    """The error of who was making a table that somebody else makes now."""
    return LockTimeout(
        f"another process is making {projection.name}, too",
        advice="try again later",
        projection=projection.name,
    )
