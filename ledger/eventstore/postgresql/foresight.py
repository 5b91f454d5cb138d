"""What a transaction was told as it began, so that it need not ask for it.

An answer that is written over is dropped at once, so that none is ever stale.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ledger.eventstore.appending import Tail
from ledger.eventstore.paging import Row
from ledger.eventstore.records import Head, KeyRecord, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.tables import Key, ProjectionTable

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream


class Foresight:
    """Answers to questions that are going to be asked; each is None where it is not known.

    Attributes:
        head: the end of the log.
        last_stream: the highest number of a stream.
        streams: the number and the tail of each stream; 0 where it is not there.
        ends: the last version of each stream among the events that are not archived; None where
            there is none.
        events: of each stream, with the version that they came after.
        snapshots: the newest usable one of each stream, with the fingerprint that was asked for.
        kept: each stream at the end of what is archived of it; None where nothing is.
        key: the idempotency key, and what is remembered of it.
        rows_of: the rows of projections by key.
        stamps: by which the server tells that those rows are as they were; none of those that
            were written meanwhile.
        checkpoints: the rows of `CHECKPOINTS`.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.last_stream: int | None = None
        self.streams: dict[str, tuple[int, Tail]] = {}
        self.ends: dict[str, int | None] = {}
        self.events: dict[str, tuple[int, list[RecordedEvent]]] = {}
        self.snapshots: dict[str, tuple[str, Snapshot | None]] = {}
        self.kept: dict[str, ArchivedStream | None] = {}
        self.key: tuple[str, KeyRecord | None] | None = None
        self.rows_of: dict[ProjectionTable, dict[Key, Row | None]] = {}
        self.stamps: dict[ProjectionTable, dict[Key, int]] = {}
        self.checkpoints: list[Row] | None = None

    def events_after(self, stream_id: str, version: int) -> list[RecordedEvent] | None:
        """The events of a stream after a version."""
        found = self.events.get(stream_id)
        if found is None or version < found[0]:
            return None
        return [event for event in found[1] if event.version > version]

    def key_record(self, key: str) -> list[KeyRecord] | None:
        """What is remembered of a key, if anything is."""
        if self.key is None or self.key[0] != key:
            return None
        return [] if self.key[1] is None else [self.key[1]]

    def snapshot(self, stream_id: str, fingerprint: str) -> list[Snapshot] | None:
        """The newest usable snapshot of a stream, if there is one."""
        found = self.snapshots.get(stream_id)
        if found is None or found[0] != fingerprint:
            return None
        return [] if found[1] is None else [found[1]]

    def rows(self, table: ProjectionTable, keys: Collection[Key]) -> list[Row] | None:
        """The rows of those keys that exist."""
        known = self.rows_of.get(table)
        if known is None or not all(key in known for key in keys):
            return None
        return [row for key in keys if (row := known[key]) is not None]

    def written(self, stream_id: str) -> None:
        """Something was appended to a stream, or a snapshot of it was taken."""
        self.head = None
        self.events.pop(stream_id, None)
        self.snapshots.pop(stream_id, None)

    def key_used(self) -> None:
        """A key was used."""
        self.key = None

    def forget_tables(self) -> None:
        """Tables of projections are made or emptied."""
        self.checkpoints = None
        self.rows_of.clear()
        self.stamps.clear()

    def clear(self) -> None:
        """Nothing is known any more."""
        self.head = self.last_stream = None
        self.streams.clear()
        self.ends.clear()
        self.checkpoints = None
        self.snapshots.clear()
        self.kept.clear()
        self.events.clear()
        self.key = None
        self.rows_of.clear()
        self.stamps.clear()
