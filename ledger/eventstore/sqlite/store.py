"""The event store in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import apsw

from ledger.errors import DamagedLedger, ImportRefused
from ledger.eventstore.chaining import NO_TAIL, Tail, chain, follow_chain
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.records import (
    Head,
    Identity,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.restoring import key_records
from ledger.eventstore.sqlite.failures import damaged, translate
from ledger.eventstore.sqlite.files import Draft, connect
from ledger.eventstore.sqlite.session import Row, Session
from ledger.eventstore.sqlite.snapshots import SqliteSnapshots
from ledger.eventstore.sqlite.views import SqliteViews
from ledger.eventstore.store import LOCK_TIMEOUT, Clock, check_expected, key_taken

_BUFFERED_EVENTS = 1_000

_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_EVENT = (
    "position, stream_no, version, event_type, schema_version, data, metadata, effective_at, "
    "recorded_at, backdated, hash FROM events"
)


class SqliteStore:
    """Implements `ledger.eventstore.store.EventStore`.

    Inside a transaction, appended events are buffered and inserted in runs; every read flushes the
    buffer first, so nobody can tell.
    """

    def __init__(self, session: Session, clock: Clock, draft: Draft | None = None) -> None:
        self._session = session
        self._clock = clock
        self._draft = draft
        self.snapshots = SqliteSnapshots(session)
        self.views = SqliteViews(session)
        self._pending: list[Row] = []
        self._head: Head | None = None
        self._tails: dict[str, Tail] = {}
        self._stream_nos: dict[str, int] = {}
        self._streams: dict[int, tuple[str, str]] = {}
        session.flush = self._flush
        session.begun = self._begun
        session.rolled_back = self._rolled_back
        self._identity = self._read_identity()

    @classmethod
    def open(cls, path: str, clock: Clock, *, lock_timeout: float = LOCK_TIMEOUT) -> SqliteStore:
        """Open the ledger file at a path; see `files.connect` for what it refuses."""
        return cls(Session(connect(path, lock_timeout), path), clock)

    @classmethod
    def draft(cls, path: str, identity: Identity, clock: Clock) -> SqliteStore:
        """Begin a new ledger for a path where there is none; `publish` gives it its name."""
        draft = Draft(path)
        draft.create(identity)
        return cls(Session(connect(draft.temporary, LOCK_TIMEOUT), path), clock, draft)

    def publish(self) -> None:
        """Close a draft and give it its name; of a store that is none, just close it."""
        self._session.close()
        if self._draft:
            self._draft.publish()
            self._draft = None

    def close(self) -> None:
        self._session.close()
        if self._draft:
            self._draft.discard()

    # ── writing ─────────────────────────────────────────────────────────────────────────────────

    def transaction(self) -> AbstractContextManager[None]:
        return self._session.transaction()

    def append(
        self, writes: Sequence[StreamWrite], *, keyed: KeyedRequest | None = None
    ) -> list[RecordedEvent]:
        with self._session.transaction():
            if keyed is not None and self.key_record(keyed.key) is not None:
                raise key_taken(keyed.key)
            tails = {write.stream_id: self._tail(write.stream_id) for write in writes}
            for write in writes:
                check_expected(write, tails[write.stream_id].version)
            events, head, tails = chain(writes, self._write_head(), tails, self._clock())
            for event in events:
                self._buffer(event)
            self._head = head
            self._tails.update(tails)
            if keyed is not None:
                self._remember(
                    KeyRecord(keyed.key, keyed.fingerprint, events[0].position, head.position)
                )
            return events

    def restore(self, identity: Identity, events: Iterable[RecordedEvent]) -> Head:
        with self._session.transaction():
            if self.head().position:
                raise ImportRefused(
                    f"{self._session.path} already holds events",
                    hint="restore an exported log into a new ledger: --db NEW.db",
                )
            self._session.run(
                "UPDATE ledger SET ledger_id = ?, created_at = ?",
                (identity.ledger_id, identity.created_at),
            )
            self._identity = identity
            for event in key_records(follow_chain(identity, events), self._remember):
                self._buffer(event)
            self._head = None
            return self.head()

    def _buffer(self, event: RecordedEvent) -> None:
        stream_no = self._stream_nos.get(event.stream_id)
        if stream_no is None:
            stream_no = self._add_stream(event.stream_id, event.aggregate_type)
        self._pending.append(
            (
                event.position,
                stream_no,
                event.version,
                event.event_type,
                event.schema_version,
                event.data,
                event.metadata,
                event.effective_at,
                event.recorded_at,
                event.backdated,
                event.hash,
            )
        )
        self._session.note_write()
        if len(self._pending) >= _BUFFERED_EVENTS:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            rows, self._pending = self._pending, []
            self._session.run_many(_INSERT, rows)

    def _begun(self) -> None:
        """Drop what another process may have changed since the last transaction."""
        self._head = None
        self._tails.clear()

    def _rolled_back(self) -> None:
        """Drop what was believed during a transaction that did not commit."""
        self._begun()
        self._pending.clear()
        self._stream_nos.clear()
        self._streams.clear()

    def _add_stream(self, stream_id: str, aggregate_type: str) -> int:
        known = self._stream_no(stream_id)
        if known is not None:
            return known
        self._session.run(
            "INSERT INTO streams (stream_id, aggregate_type) VALUES (?, ?)",
            (stream_id, aggregate_type),
        )
        stream_no = self._session.connection.last_insert_rowid()
        self._stream_nos[stream_id] = stream_no
        return stream_no

    def _remember(self, record: KeyRecord) -> None:
        self._session.run(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)",
            (record.key, record.fingerprint, record.first_position, record.last_position),
        )

    # What follows is cached only while the write lock is held: nobody else can change it then.

    def _write_head(self) -> Head:
        if self._head is None:
            self._head = self.head()
        return self._head

    def _tail(self, stream_id: str) -> Tail:
        tail = self._tails.get(stream_id)
        if tail is None:
            tail = self._tails[stream_id] = self._read_tail(stream_id)
        return tail

    def _read_tail(self, stream_id: str) -> Tail:
        stream_no = self._stream_no(stream_id)
        if stream_no is None:
            return NO_TAIL
        sql = f"SELECT version, effective_at FROM events WHERE stream_no = {stream_no} "
        last = self._session.row(f"{sql} ORDER BY version DESC LIMIT 1")
        if last is None:
            return NO_TAIL
        # An event that is not backdated has, by definition, the highest effective time so far.
        highest = self._session.row(f"{sql} AND NOT backdated ORDER BY version DESC LIMIT 1")
        return Tail(last[0], last[1] if highest is None else highest[1])

    # ── reading ─────────────────────────────────────────────────────────────────────────────────

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def location(self) -> str | None:
        return None if self._draft else self._session.path

    def reading(self) -> AbstractContextManager[None]:
        return self._session.reading()

    def head(self) -> Head:
        row = self._session.row(
            "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        )
        return Head(0, genesis(self._identity.ledger_id), 0) if row is None else Head(*row)

    def stream_version(self, stream_id: str) -> int:
        stream_no = self._stream_no(stream_id)
        row = self._session.row("SELECT max(version) FROM events WHERE stream_no = ?", (stream_no,))
        return (row[0] or 0) if row else 0

    def stream_ids(self, prefix: str = "") -> Iterator[str]:
        for (stream_id,) in self._session.rows(
            "SELECT stream_id FROM streams WHERE substr(stream_id, 1, ?) = ? ORDER BY stream_id",
            (len(prefix), prefix),
        ):
            yield stream_id

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
    ) -> Iterator[RecordedEvent]:
        stream_no = self._stream_no(stream_id)
        if stream_no is None:
            return iter(())
        bounds = "stream_no = ? AND version > ?"
        bindings: list[int] = [stream_no, after_version]
        if to_version is not None:
            bounds += " AND version <= ?"
            bindings.append(to_version)
        if effective_after is not None:
            bounds += " AND effective_at > ?"
            bindings.append(effective_after)
        if effective_to is None:
            return self._events(f"WHERE {bounds} ORDER BY version", bindings)
        return self._events_effective_to(effective_to, bounds, bindings)

    def _events_effective_to(
        self, effective_to: int, bounds: str, bindings: list[int]
    ) -> Iterator[RecordedEvent]:
        """Events effective by an instant, without walking through all that came later.

        Events that are not backdated have rising effective times, so they are read up to the first
        one past the instant; beyond it only backdated ones can count, and an index finds those.
        """
        after_version = bindings[1]
        for event in self._events(f"WHERE {bounds} ORDER BY version", bindings):
            if event.effective_at > effective_to:
                if not event.backdated:
                    break
            else:
                yield event
            after_version = event.version
        else:
            return
        bindings = [bindings[0], after_version, *bindings[2:], effective_to]
        yield from self._events(
            f"INDEXED BY events_backdated WHERE {bounds} AND backdated = 1 AND effective_at <= ? "
            "ORDER BY version",
            bindings,
        )

    def read_stream_backwards(
        self, stream_id: str, *, from_version: int, limit: int
    ) -> Iterator[RecordedEvent]:
        return self._events(
            "WHERE stream_no = ? AND version <= ? ORDER BY version DESC LIMIT ?",
            [self._stream_no(stream_id), from_version, limit],
        )

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
    ) -> Iterator[RecordedEvent]:
        bounds, bindings = "position > ?", [after_position]
        if to_position is not None:
            bounds += " AND position <= ?"
            bindings.append(to_position)
        if parts > 1:
            bounds += " AND stream_no % ? = ?"
            bindings += [parts, part]
        return self._events(f"WHERE {bounds} ORDER BY position", bindings)

    def version_recorded_by(self, stream_id: str, instant: int) -> int:
        stream_no = self._stream_no(stream_id)
        low, high = 0, self.stream_version(stream_id)
        while low < high:
            middle = (low + high + 1) // 2
            row = self._session.row(
                "SELECT recorded_at FROM events WHERE stream_no = ? AND version = ?",
                (stream_no, middle),
            )
            if row is None:
                raise damaged(self._session.path, f"version {middle} of {stream_id!a} is missing")
            if row[0] <= instant:
                low = middle
            else:
                high = middle - 1
        return low

    def key_record(self, key: str) -> KeyRecord | None:
        row = self._session.row(
            "SELECT key, fingerprint, first_position, last_position FROM idempotency_keys "
            "WHERE key = ?",
            (key,),
        )
        return None if row is None else KeyRecord(*row)

    def _events(self, clauses: str, bindings: Sequence[object]) -> Iterator[RecordedEvent]:
        streams = self._streams
        for row in self._session.rows(f"SELECT {_EVENT} {clauses}", bindings):
            stream = streams.get(row[1])
            if stream is None:
                stream = self._read_stream_name(row[1])
            yield RecordedEvent(
                row[0],
                stream[0],
                stream[1],
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                row[7],
                row[8],
                row[9] == 1,
                row[10],
            )

    def _read_stream_name(self, stream_no: int) -> tuple[str, str]:
        row = self._session.row(
            "SELECT stream_id, aggregate_type FROM streams WHERE stream_no = ?", (stream_no,)
        )
        if row is None:
            raise damaged(self._session.path, f"stream number {stream_no} has no id")
        self._streams[stream_no] = (row[0], row[1])
        return row[0], row[1]

    def _stream_no(self, stream_id: str) -> int | None:
        stream_no = self._stream_nos.get(stream_id)
        if stream_no is None:
            row = self._session.row(
                "SELECT stream_no FROM streams WHERE stream_id = ?", (stream_id,)
            )
            if row is not None:
                stream_no = self._stream_nos[stream_id] = row[0]
        return stream_no

    def _read_identity(self) -> Identity:
        try:
            row = self._session.row("SELECT ledger_id, created_at FROM ledger")
            if row is None:
                raise damaged(self._session.path, "the ledger's id is missing")
        except DamagedLedger:
            self._session.close()
            raise
        except apsw.Error as fault:
            raise translate(fault, self._session.path) from fault
        return Identity(*row)
