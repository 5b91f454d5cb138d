"""The event store in plain Python lists: a second implementation that the tests compare with.

It keeps the same promises as the file store but durability, in the plainest way there is: reads
filter lists, and a transaction that fails puts back a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.errors import DamagedLedger, ImportRefused
from ledger.eventstore.appending import Chain, Tail, follow_chain, key_taken, no_tail
from ledger.eventstore.hash_chain import empty_head, text_digest
from ledger.eventstore.key_records import key_records
from ledger.eventstore.records import (
    Clock,
    Head,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.surroundings import Surroundings
from ledger.eventstore.tables import Checkpoint, Key, ProjectionTable, columns_of


class MemoryStore:
    """Implements `ledger.eventstore.store.EventStore` for one thread of one process."""

    def __init__(self, ledger_id: str, clock: Clock) -> None:
        self._ledger_id = ledger_id
        self.surroundings = Surroundings(clock)
        self._log: list[RecordedEvent] = []
        self._streams: dict[str, list[RecordedEvent]] = {}
        self._keys: dict[str, KeyRecord] = {}
        self.snapshots = MemorySnapshots(self._note_write)
        self.tables = MemoryTables(self._note_write)
        self._depth = 0
        self._writes = 0
        self._doomed = False

    @property
    def ledger_id(self) -> str:
        return self._ledger_id

    def close(self) -> None:
        """Nothing is held."""

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[None]:
        if read_only:
            yield
            return
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
            self._ledger_id,
            list(self._log),
            {stream_id: list(events) for stream_id, events in self._streams.items()},
            dict(self._keys),
            dict(self.snapshots.kept),
            {table: dict(rows) for table, rows in self.tables.tables.items()},
            dict(self.tables.made),
        )
        try:
            yield
            if self._doomed:
                raise RuntimeError("a failed inner transaction was ignored")
        except BaseException:
            (
                self._ledger_id,
                self._log,
                self._streams,
                self._keys,
                self.snapshots.kept,
                self.tables.tables,
                self.tables.made,
            ) = before
            raise
        finally:
            self._depth = 0

    def append(
        self,
        writes: Sequence[StreamWrite],
        *,
        keyed: KeyedRequest | None = None,
        not_before: int = 0,
    ) -> list[RecordedEvent]:
        if keyed is not None and keyed.key in self._keys:
            raise key_taken(keyed.key)
        events = Chain(self.head(), self._tail).append(writes, self.surroundings, not_before)
        for event in events:
            self._keep(event)
        if keyed is not None:
            self._remember(
                KeyRecord(keyed.key, keyed.fingerprint, events[0].position, events[-1].position)
            )
        return events

    def restore(self, ledger_id: str, events: Iterable[RecordedEvent]) -> Head:
        if self._log:
            raise ImportRefused(
                "this ledger already holds events",
                advice="restore an exported log into a new ledger",
            )
        with self.transaction():
            self._ledger_id = ledger_id
            for event in key_records(follow_chain(ledger_id, events), self._remember):
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
            return empty_head(self._ledger_id)
        last = self._log[-1]
        return Head(last.position, last.hash, last.recorded_at)

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        return iter(
            sorted(name for name in list(self._streams)[part::parts] if name.startswith(prefix))
        )

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        events = self._streams.get(stream_id, [])[after_version:to_version]
        for event in reversed(events) if newest_first else events:
            if effective_to is not None and event.effective_at > effective_to:
                continue
            if effective_after is not None and event.effective_at <= effective_after:
                continue
            yield event

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
        bare: bool = False,
    ) -> Iterator[RecordedEvent]:
        places = {stream_id: place for place, stream_id in enumerate(self._streams)}
        for event in self._log[max(after_position, 0) : to_position]:
            if places[event.stream_id] % parts == part:
                yield event

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        named = [name for name in sorted(self._keys) if name.startswith(prefix)]
        return iter([self._keys[name] for name in named if key in (None, name)])

    def settled(self) -> None:
        """Nothing here is durable."""

    def repair(self) -> list[str]:
        return []

    def drop_snapshot(self, stream_id: str, version: int) -> None:
        self._note_write()
        self.snapshots.kept.pop((stream_id, version), None)

    def erase_texts(self, positions: Iterable[int]) -> int:
        erased = 0
        with self.transaction():
            for position in positions:
                event = self._log[position - 1]
                if isinstance(event.text, str):
                    without = replace(event, text=text_digest(event.text, event.salt), salt=None)
                    self._note_write()
                    self._log[position - 1] = without
                    self._streams[event.stream_id][event.version - 1] = without
                    erased += 1
        return erased

    def empty_projection(self, name: str) -> None:
        self._note_write()
        made = self.tables.made.get(name)
        if made is not None:
            self.tables.made[name] = Checkpoint(made.version, 0, made.columns)
        if name in self.tables.tables:
            self.tables.tables[name] = {}

    def scrub(self) -> None:
        """What was erased is gone with its object."""

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

    def read(self, stream_id: str | None = None, *, after_version: int = 0) -> Iterator[Snapshot]:
        for (name, version), snapshot in sorted(self.kept.items()):
            if stream_id in (None, name) and version > after_version:
                yield snapshot


class MemoryTables:
    """Implements `ledger.eventstore.tables.ProjectionTables`."""

    def __init__(self, note_write: Callable[[], None]) -> None:
        self._note_write = note_write
        self.tables: dict[str, dict[Key, msgspec.Struct]] = {}
        self.made: dict[str, Checkpoint] = {}

    def create(self, table: ProjectionTable) -> None:
        self._note_write()
        self.tables[table.name] = {}
        self.made[table.name] = Checkpoint(table.version, 0, columns_of(table))

    def rows(
        self, table: ProjectionTable, keys: Iterable[Key] | None = None
    ) -> Iterator[msgspec.Struct]:
        rows: dict[Any, msgspec.Struct] = dict(self._rows(table))
        for key in sorted(rows) if keys is None else keys:
            if key in rows:
                yield copy(rows[key])

    def write(
        self,
        table: ProjectionTable,
        rows: Mapping[Any, msgspec.Struct | None],
        *,
        seen: tuple[int, int] | None = None,
    ) -> bool:
        if seen is not None:
            made = self.made.get(table.name)
            if made is None or (made.version, made.position) != (table.version, seen[0]):
                return False
            self._note_write()
            self.made[table.name] = Checkpoint(table.version, seen[1], made.columns)
        kept = self._rows(table)
        for key, row in rows.items():
            self._note_write()
            if row is None:
                kept.pop(key, None)
            else:
                kept[key] = copy(row)
        return True

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        return dict(self.made)

    def _rows(self, table: ProjectionTable) -> dict[Key, msgspec.Struct]:
        rows = self.tables.get(table.name)
        if rows is None:
            raise DamagedLedger(
                f"the projection {table.name} is missing",
                advice="make it again from the log",
                projection=table.name,
            )
        return rows
