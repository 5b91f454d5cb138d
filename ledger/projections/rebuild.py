"""Rebuilding projections beside the live ones.

The log is folded in worker processes that only read, each taking the streams of one part; the live
tables keep serving. Nothing is in the file until the end, when one transaction folds the short tail
that came meanwhile and puts the new tables in place. So a rebuild that is killed leaves no trace,
and two at once cannot mix.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, SharedStore
from ledger.projections.folding import DecodedEvent, Progress, Rows, fold_into, fold_part
from ledger.projections.projection import Projection

_WORTH_A_PROCESS: Final = 50_000
"""Events; below this a worker process takes longer to start than to fold."""


class RebuildReport(msgspec.Struct, frozen=True):
    """What a rebuild did: the projections, the events folded, the rows written."""

    names: tuple[str, ...]
    events: int
    rows: int
    workers: int


def rebuild(
    store: EventStore,
    projections: Sequence[Projection],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> RebuildReport:
    """Make projections anew from the whole log.

    Args:
        workers: processes that fold; by default as many as there are processors, or one where the
            log is short. A store that no other process can open is folded in this one.
        progress: told how far it is.

    Raises:
        ProjectionFailed: a fold raised; the live tables are as they were.
        UnreadableEvent: an event cannot be read; likewise.
    """
    head = store.head().position
    if workers is None:
        workers = (os.cpu_count() or 1) if head >= _WORTH_A_PROCESS else 1
    location = store.location if isinstance(store, SharedStore) else None
    if location is None or workers <= 1:
        workers = 1
        tables = _fold_here(store, projections, head, progress)
    else:
        from ledger.projections.workers import fold_in_processes  # costs its imports only here

        tables = fold_in_processes(location, projections, workers, head, progress)
    with store.transaction():
        tail = _facts(store.read_all(after_position=head))
        end = head
        for recorded, event in tail:
            for projection, rows in zip(projections, tables, strict=True):
                fold_into(rows, projection, [(recorded, event)])
            end = recorded.position
        written = 0
        for projection, rows in zip(projections, tables, strict=True):
            kept = {key: row for key, row in rows.items() if row is not None}
            store.tables.create(projection.spec)
            store.tables.write(projection.spec, kept)
            store.tables.advance(projection.spec, 0, end)
            written += len(kept)
    names = tuple(projection.spec.name for projection in projections)
    return RebuildReport(names, end, written, workers)


def _facts(events: Iterable[RecordedEvent]) -> Iterator[DecodedEvent]:
    for recorded in events:
        yield recorded, decode_event(recorded)


def _fold_here(
    store: EventStore, projections: Sequence[Projection], head: int, progress: Progress | None
) -> list[Rows]:
    def report(folded: int) -> None:
        if progress:
            progress(folded, head)

    return fold_part(store, projections, 0, 1, head, report)
