"""What a transaction was told as it began, so that it need not ask for it.

An answer that is written over is dropped at once, so that none is ever stale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import Final

from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.log_reader import Row
from ledger.eventstore.postgresql.table_statements import TableStatements
from ledger.eventstore.postgresql.texts import all_told
from ledger.eventstore.postgresql.wire import Answer, Asked, array, binary, integer, text, truth
from ledger.eventstore.reading_together import Touched
from ledger.eventstore.records import Head, KeyRecord, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.tables import Key, ProjectionTable

_LONG: Final = 300
"""Events of one stream; where so many came, they are read as usual."""

# A stream that the caller has from no version on is read from its newest usable snapshot on.
_STREAMS: Final = """
    SELECT streams.stream_id, streams.stream_no, streams.aggregate_type,
        (SELECT version FROM events WHERE stream_no = streams.stream_no
            ORDER BY version DESC LIMIT 1),
        (SELECT effective_at FROM events WHERE stream_no = streams.stream_no AND backdated = 0
            ORDER BY version DESC LIMIT 1)
    FROM streams WHERE stream_id = ANY (CAST(? AS text[]))
"""
_SNAPSHOTS: Final = """
    SELECT streams.stream_id, snapshot.version, state, fingerprint, highest_effective_at,
        last_recorded_at
    FROM streams CROSS JOIN LATERAL (
        SELECT * FROM snapshots
        WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= (
            SELECT max(version) FROM events WHERE stream_no = streams.stream_no
        )
        ORDER BY version DESC LIMIT 1
    ) AS snapshot
    WHERE stream_id = ANY (CAST(? AS text[]))
"""
_AFTER_SNAPSHOT: Final = """CASE
    WHEN after > 0 THEN after
    ELSE (
        SELECT coalesce(max(version), 0) FROM snapshots
        WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= (
            SELECT max(version) FROM events WHERE stream_no = streams.stream_no
        )
    )
END"""


def _events(after: str) -> str:
    return f"""
        SELECT event.position, event.stream_no, event.version, event_type, schema_version, data,
            text, digest, salt, metadata, effective_at, recorded_at, backdated, hash
        FROM unnest(CAST(? AS text[]), CAST(? AS bigint[])) AS wanted (stream_id, after)
        JOIN streams ON streams.stream_id = wanted.stream_id
        CROSS JOIN LATERAL (
            SELECT * FROM events
            WHERE stream_no = streams.stream_no AND version > {after}
            ORDER BY version LIMIT {_LONG}
        ) AS event
    """


_EVENTS: Final = _events("after")
_EVENTS_AFTER_SNAPSHOTS: Final = _events(_AFTER_SNAPSHOT)

_KEY: Final = (
    "SELECT fingerprint, first_position, last_position FROM idempotency_keys WHERE key = ?"
)
CHECKPOINTS: Final = (
    "SELECT name, version, position, columns, to_regclass(quote_ident(name)) IS NOT NULL "
    "FROM projections"
)

_STREAM_READERS: Final = (text, integer, text, integer, integer)
_SNAPSHOT_READERS: Final = (text, integer, text, text, integer, integer)
_EVENT_READERS: Final = (
    *(integer, integer, integer, text, integer, text, text),
    *(binary, binary, text, integer, integer, integer, binary),
)
_KEY_READERS: Final = (binary, integer, integer)
_CHECKPOINT_READERS: Final = (text, integer, integer, text, truth)


class Foresight:
    """Answers to questions that are going to be asked; each is None where it is not known.

    Attributes:
        head: the end of the log.
        streams: the number and the tail of each stream; 0 where it is not there.
        events: of each stream, with the version that they came after.
        snapshots: the newest usable one of each stream, with the fingerprint that was asked for.
        key: the idempotency key, and what is remembered of it.
        rows_of: the rows of projections by key.
        checkpoints: the rows of `CHECKPOINTS`.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.streams: dict[str, tuple[int, Tail]] = {}
        self.events: dict[str, tuple[int, list[RecordedEvent]]] = {}
        self.snapshots: dict[str, tuple[str, Snapshot | None]] = {}
        self.key: tuple[str, KeyRecord | None] | None = None
        self.rows_of: dict[ProjectionTable, dict[Key, Row | None]] = {}
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

    def row_written(self, table: ProjectionTable, key: Key, row: Row | None) -> None:
        """A row was replaced or deleted; it stays known."""
        self.rows_of.setdefault(table, {})[key] = row

    def forget_tables(self) -> None:
        """Tables of projections are made or emptied."""
        self.checkpoints = None
        self.rows_of.clear()

    def clear(self) -> None:
        """Nothing is known any more."""
        self.head = None
        self.streams.clear()
        self.checkpoints = None
        self.snapshots.clear()
        self.events.clear()
        self.key = None
        self.rows_of.clear()


class Look:
    """The questions whose answers a transaction is told as it begins.

    Args:
        touched: see `ReadsTogether`.
        statements: gives those for a table.
        recorded: gives the events that rows hold, from the id and type of each stream by its
            number.
    """

    def __init__(
        self,
        touched: Touched,
        statements: Callable[[ProjectionTable], TableStatements],
        recorded: Callable[[list[Row], dict[int, tuple[str, str]]], list[RecordedEvent]],
    ) -> None:
        self._recorded = recorded
        self.streams = touched.streams
        self.begun = [stream_id for stream_id, after in self.streams.items() if not after]
        self.fingerprint = touched.fingerprint
        self.key = touched.key
        self.rows = [(statements(table), keys) for table, keys in touched.rows.items()]

    @property
    def questions(self) -> Iterator[Asked]:
        ids = array(self.streams)
        yield Asked(_STREAMS, (ids,))
        afters = array(self.streams.values())
        if not self.begun:
            yield Asked(_EVENTS, (ids, afters))
        else:
            yield Asked(_EVENTS_AFTER_SNAPSHOTS, (ids, afters, self.fingerprint))
            yield Asked(_SNAPSHOTS, (self.fingerprint, array(self.begun)))
        if self.key is not None:
            yield Asked(_KEY, (self.key,))
        if self.rows:
            yield Asked(CHECKPOINTS)
        for statements, keys in self.rows:
            yield Asked(statements.select_all, statements.arrays(keys))

    def take(self, foreseen: Foresight, answers: Sequence[Answer]) -> None:
        """Give the answers to where they are asked for."""
        answer = iter(answers)
        names: dict[int, tuple[str, str]] = {}
        for stream_id, number, kind, version, highest in next(answer).rows(_STREAM_READERS):
            tail = no_tail() if highest is None else Tail(version, highest, kind)
            foreseen.streams[stream_id] = (number, tail)
            names[number] = (stream_id, kind)
        for stream_id in self.streams:
            foreseen.streams.setdefault(stream_id, (0, no_tail()))
        afters = dict(self.streams)
        events = next(answer).rows(_EVENT_READERS)
        if self.begun:
            foreseen.snapshots |= dict.fromkeys(self.begun, (self.fingerprint, None))
            for row in next(answer).rows(_SNAPSHOT_READERS):
                snapshot = Snapshot(*row)
                foreseen.snapshots[snapshot.stream_id] = (self.fingerprint, snapshot)
                afters[snapshot.stream_id] = snapshot.version
        foreseen.events |= {stream_id: (after, []) for stream_id, after in afters.items()}
        for event in sorted(self._recorded(events, names), key=attrgetter("position")):
            foreseen.events[event.stream_id][1].append(event)
        for stream_id, (_, found) in list(foreseen.events.items()):
            if len(found) == _LONG:
                del foreseen.events[stream_id]
        if self.key is not None:
            kept = next(answer).rows(_KEY_READERS)
            foreseen.key = (self.key, KeyRecord(self.key, *kept[0]) if kept else None)
        if self.rows:
            foreseen.checkpoints = next(answer).rows(_CHECKPOINT_READERS)
        for statements, keys in self.rows:
            table = statements.table
            rows: dict[Key, Row | None] = dict.fromkeys(keys)
            for row in next(answer).rows(statements.readers):
                row = all_told(row)
                rows[statements.key_in(row)] = row
            foreseen.rows_of[table] = rows
