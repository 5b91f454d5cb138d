"""The event store in memory: the twin for fast tests and models, and for trying things out.

It keeps the same promises as the file store but durability, in the plainest way there is: reads
filter lists, and a transaction that fails puts back a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy

import msgspec

from ledger.errors import DamagedLedger, ImportRefused, InvalidUsage
from ledger.eventstore.appending import Chain, Tail, follow_chain, no_tail
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.key_records import key_records
from ledger.eventstore.records import (
    Head,
    Identity,
    IntegrityProblem,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import Clock, EventStore, key_taken
from ledger.eventstore.tables import Checkpoint, ProjectionTable


class MemoryStore:
    """Implements `ledger.eventstore.store.EventStore` for one thread of one process."""

    def __init__(self, identity: Identity, clock: Clock) -> None:
        self._identity = identity
        self._clock = clock
        self._log: list[RecordedEvent] = []
        self._streams: dict[str, list[RecordedEvent]] = {}
        self._keys: dict[str, KeyRecord] = {}
        self.snapshots = MemorySnapshots(self._note_write)
        self.views = MemoryTables(self._note_write)
        self._depth = 0
        self._writes = 0
        self._doomed = False

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def location(self) -> str | None:
        return None

    def backup(
        self,
        destination: str,
        *,
        replace: bool,
        check: Callable[[EventStore], None],
        progress: Callable[[int, int], None] | None = None,
    ) -> Head:
        raise InvalidUsage(
            "a ledger in memory has no file that could be copied",
            advice="write its log instead, with export_events; import_events makes a file of it",
        )

    def close(self) -> None:
        """Nothing is held."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._depth:
            writes_before = self._writes
            self._depth += 1
            try:
                yield
            except BaseException:
                self._doomed = self._doomed or self._writes != writes_before
                raise
            finally:
                self._depth -= 1
            return
        self._depth = 1
        self._doomed = False
        before = (
            self._identity,
            list(self._log),
            {stream_id: list(events) for stream_id, events in self._streams.items()},
            dict(self._keys),
            dict(self.snapshots.kept),
            {table: dict(rows) for table, rows in self.views.tables.items()},
            dict(self.views.checkpoints),
        )
        try:
            yield
            if self._doomed:
                raise RuntimeError("a failed inner transaction was ignored")
        except BaseException:
            (
                self._identity,
                self._log,
                self._streams,
                self._keys,
                self.snapshots.kept,
                self.views.tables,
                self.views.checkpoints,
            ) = before
            raise
        finally:
            self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def append(
        self, writes: Sequence[StreamWrite], *, keyed: KeyedRequest | None = None
    ) -> list[RecordedEvent]:
        if keyed is not None and keyed.key in self._keys:
            raise key_taken(keyed.key)
        events = Chain(self.head(), self._tail, self._clock).append(writes)
        for event in events:
            self._keep(event)
        if keyed is not None:
            self._remember(
                KeyRecord(keyed.key, keyed.fingerprint, events[0].position, events[-1].position)
            )
        return events

    def restore(self, identity: Identity, events: Iterable[RecordedEvent]) -> Head:
        if self._log:
            raise ImportRefused(
                "this ledger already holds events",
                advice="restore an exported log into a new ledger",
            )
        with self.transaction():
            self._identity = identity
            for event in key_records(follow_chain(identity, events), self._remember):
                self._keep(event)
        return self.head()

    def _note_write(self) -> None:
        self._writes += 1

    def _keep(self, event: RecordedEvent) -> None:
        self._note_write()
        self._log.append(event)
        self._streams.setdefault(event.stream_id, []).append(event)

    def _remember(self, record: KeyRecord) -> None:
        self._keys[record.key] = record

    def _tail(self, stream_id: str) -> Tail:
        events = self._streams.get(stream_id)
        if not events:
            return no_tail()
        highest = max(event.effective_at for event in events)
        return Tail(len(events), highest, events[0].aggregate_type)

    def head(self) -> Head:
        if not self._log:
            return self._no_events()
        last = self._log[-1]
        return Head(last.position, last.hash, last.recorded_at)

    def head_at(self, position: int) -> Head | None:
        if position == 0:
            return self._no_events()
        if not 0 < position <= len(self._log):
            return None
        event = self._log[position - 1]
        return Head(event.position, event.hash, event.recorded_at)

    def _no_events(self) -> Head:
        return Head(0, genesis(self._identity.ledger_id), 0)

    def stream_version(self, stream_id: str) -> int:
        return len(self._streams.get(stream_id, ()))

    def stream_ids(self, prefix: str = "") -> Iterator[str]:
        return iter(sorted(name for name in self._streams if name.startswith(prefix)))

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
    ) -> Iterator[RecordedEvent]:
        for event in self._streams.get(stream_id, ())[after_version:to_version]:
            if effective_to is not None and event.effective_at > effective_to:
                continue
            if effective_after is not None and event.effective_at <= effective_after:
                continue
            yield event

    def read_stream_backwards(
        self, stream_id: str, *, from_version: int, limit: int
    ) -> Iterator[RecordedEvent]:
        events = self._streams.get(stream_id, [])[:from_version]
        return iter(events[::-1][:limit])

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
    ) -> Iterator[RecordedEvent]:
        places = {stream_id: place for place, stream_id in enumerate(self._streams)}
        for event in self._log[max(after_position, 0) : to_position]:
            if places[event.stream_id] % parts == part:
                yield event

    def version_recorded_by(self, stream_id: str, instant: int) -> int:
        return sum(event.recorded_at <= instant for event in self._streams.get(stream_id, ()))

    def key_record(self, key: str) -> KeyRecord | None:
        return self._keys.get(key)

    def key_count(self) -> int:
        return len(self._keys)

    def key_records(self) -> Iterator[KeyRecord]:
        return iter([record for _, record in sorted(self._keys.items())])

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        return iter(())

    def repair(self) -> list[str]:
        return []

    def rebuild_keys(self) -> int:
        with self.transaction():
            self._note_write()
            self._keys = {}
            for _ in key_records(self.read_all(), self._remember):
                pass
        return len(self._keys)


class MemorySnapshots:
    """Implements `ledger.eventstore.snapshots.SnapshotStore`."""

    def __init__(self, note_write: Callable[[], None]) -> None:
        self._note_write = note_write
        self.kept: dict[tuple[str, int], Snapshot] = {}

    def save(self, snapshot: Snapshot) -> None:
        self._note_write()
        self.kept[snapshot.stream_id, snapshot.version] = snapshot

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        usable = (
            snapshot
            for snapshot in self.kept.values()
            if snapshot.stream_id == stream_id
            and snapshot.fingerprint == fingerprint
            and (to_version is None or snapshot.version <= to_version)
            and (effective_to is None or snapshot.highest_effective_at <= effective_to)
        )
        return max(usable, key=lambda snapshot: snapshot.version, default=None)

    def drop(self, stream_id: str, version: int) -> None:
        self._note_write()
        self.kept.pop((stream_id, version), None)

    def next_after(self, stream_id: str, version: int) -> Snapshot | None:
        later = (each for each in self.all(stream_id) if each.version > version)
        return next(later, None)

    def all(self, stream_id: str | None = None) -> Iterator[Snapshot]:
        for (name, _), snapshot in sorted(self.kept.items()):
            if stream_id in (None, name):
                yield snapshot


class MemoryTables:
    """Implements `ledger.eventstore.tables.ProjectionTables`."""

    def __init__(self, note_write: Callable[[], None]) -> None:
        self._note_write = note_write
        self.tables: dict[str, dict[str, msgspec.Struct]] = {}
        self.checkpoints: dict[str, Checkpoint] = {}

    def create(self, spec: ProjectionTable) -> None:
        self._note_write()
        self.tables[spec.name] = {}
        self.checkpoints[spec.name] = Checkpoint(spec.version, 0)

    def exists(self, spec: ProjectionTable) -> bool:
        return spec.name in self.tables

    def rows(self, spec: ProjectionTable, keys: Iterable[str]) -> dict[str, msgspec.Struct]:
        table = self._table(spec)
        return {key: copy(table[key]) for key in keys if key in table}

    def scan(self, spec: ProjectionTable) -> Iterator[msgspec.Struct]:
        for _, row in sorted(self._table(spec).items()):
            yield copy(row)

    def write(self, spec: ProjectionTable, rows: Mapping[str, msgspec.Struct | None]) -> None:
        table = self._table(spec)
        for key, row in rows.items():
            self._note_write()
            if row is None:
                table.pop(key, None)
            else:
                table[key] = copy(row)

    def checkpoint(self, spec: ProjectionTable) -> Checkpoint | None:
        return self.checkpoints.get(spec.name)

    def advance(self, spec: ProjectionTable, from_position: int, to_position: int) -> bool:
        if self.checkpoints.get(spec.name) != Checkpoint(spec.version, from_position):
            return False
        self._note_write()
        self.checkpoints[spec.name] = Checkpoint(spec.version, to_position)
        return True

    def _table(self, spec: ProjectionTable) -> dict[str, msgspec.Struct]:
        table = self.tables.get(spec.name)
        if table is None:
            raise DamagedLedger(
                f"the projection {spec.name} is missing",
                advice="make it again from the log",
                projection=spec.name,
            )
        return table
