"""Folding a projection apart from the store that has the log, where that is not to be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.eventstore.opening import temporary_store
from ledger.eventstore.records import Progress
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import ProjectionTables
from ledger.projections.by_stream import fold_by_stream
from ledger.projections.folding import AnyProjection


@contextmanager
def folded_apart(
    store: EventStore,
    projection: AnyProjection,
    to_position: int,
    progress: Progress | None = None,
) -> Iterator[ProjectionTables]:
    """Tables with all that a projection gives up to a position; they are gone with the block.

    They are in a file without a name, which is larger than memory where it has to be.

    Args:
        progress: called with (events folded, events there are).

    Raises:
        ProjectionFailed: the fold raised; the event is named.
        UnreadableEvent: an event cannot be read.
        StorageFailure: there is no room for them.
    """
    apart = temporary_store(store)
    try:
        fold_by_stream(store, apart, projection, to_position, progress)
        yield apart.tables
    finally:
        apart.close()
