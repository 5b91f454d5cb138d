"""A copy of a ledger on a server in one SQLite file, made while others write.

Everything is read in one transaction, which sees one state and keeps nobody waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.eventstore import standing
from ledger.eventstore.archive.states import kept_events
from ledger.eventstore.records import Head, Progress, RecordedEvent
from ledger.eventstore.sqlite.backup import Copy
from ledger.eventstore.sqlite.store import SqliteStore
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint, ProjectionTable, can_be_named

if TYPE_CHECKING:
    from ledger.eventstore.postgresql.store import PostgresqlStore

_TOLD_EVERY: Final = 250
"""Events."""
_ROWS_AT_ONCE: Final = 5_000


def copy_to_file(
    store: PostgresqlStore,
    destination: str,
    *,
    replace: bool,
    check: Callable[[EventStore], None],
    progress: Progress | None,
) -> Head:
    """See `ledger.eventstore.store.CopiesToFile.backup`."""
    source = store.location or "the ledger"
    with Copy(destination, source, replace=replace) as copy:
        with copy.blaming_the_source():
            file = SqliteStore.draft(copy.temporary, store.ledger_id, store.surroundings.clock)
            try:
                head = _fill(file, store, progress)
                file.publish()
                standing.not_saved()  # the copy has not got its name yet
            finally:
                file.close()
            copied = SqliteStore.open(copy.temporary, store.surroundings.clock)
            try:
                check(copied)
            finally:
                copied.close()
        copy.publish()
    return head


def _fill(file: SqliteStore, store: PostgresqlStore, progress: Progress | None) -> Head:
    with store.transaction(read_only=True):
        head = store.head()
        base = store.archive.position
        events = store.read_all(after_position=base, to_position=head.position)
        if progress:
            events = _told(events, head.position, progress)
        if base:
            streams = list(store.archive.streams())
            stayed = kept_events(store, base, {each.stream_id for each in streams})
            segments = store.archive.segments()
            file.restore_archived(store.ledger_id, segments, streams, chain(stayed, events))
        else:
            file.restore(store.ledger_id, events)
        with file.transaction():
            file.keep_keys(store.key_records())
            for snapshot in store.snapshots.read():
                file.snapshots.save(snapshot)
            for name, checkpoint in store.tables.checkpoints().items():
                _copy_projection(file, store, name, checkpoint)
            file.keep_local_days(store.local_days())
            for publication in store.publications.read():
                file.publications.save(publication, None)
    return head


def _told(
    events: Iterator[RecordedEvent], total: int, progress: Progress
) -> Iterator[RecordedEvent]:
    for event in events:
        yield event
        if event.position % _TOLD_EVERY == 0 or event.position == total:
            progress(event.position, total)


def _copy_projection(
    file: SqliteStore, store: PostgresqlStore, name: str, checkpoint: Checkpoint
) -> None:
    """Copy a projection's rows, whether its class is known here or not."""
    if not checkpoint.columns or not can_be_named(name):
        return
    fields: list[tuple[str, Any]] = [
        (column, kind | None if optional else kind)
        for column, kind, optional, _ in checkpoint.columns
    ]
    placed = sorted((place, column) for column, _, _, place in checkpoint.columns if place)
    key = tuple(column for _, column in placed)
    row = msgspec.defstruct("Row", fields, gc=False)
    table = ProjectionTable(name, checkpoint.version, row, key, store.tables.indexes_of(name))
    file.tables.create(table)
    coming = store.tables.rows(table)
    while some := {table.key_of(each): each for each in islice(coming, _ROWS_AT_ONCE)}:
        file.tables.write(table, some)
    file.tables.write(table, {}, seen=(0, checkpoint.position))
    file.tables.index(table)
