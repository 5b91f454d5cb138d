"""What a transaction was told as it began, so that it need not ask for it.

An answer that is written over is dropped at once, so that none is ever stale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.table_statements import TableStatements
from ledger.eventstore.postgresql.texts import all_told
from ledger.eventstore.postgresql.wire import Answer, Asked, binary, integer, text, truth
from ledger.eventstore.reading_together import Touched
from ledger.eventstore.records import Head, KeyRecord, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.tables import Key, ProjectionTable

_LONG: Final = 300
"""Events of one stream; where so many came, they are read as usual."""

_LAST_VERSION: Final = "(SELECT max(version) FROM events WHERE stream_no = streams.stream_no)"
_FROM_SNAPSHOT: Final = f"""CASE
    WHEN after > 0 THEN after
    ELSE (
        SELECT coalesce(max(version), 1) FROM snapshots
        WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= {_LAST_VERSION}
    )
END"""
LAST_STREAM: Final = "SELECT max(stream_no) FROM streams"
_KEY: Final = (
    "SELECT fingerprint, first_position, last_position FROM idempotency_keys WHERE key = ?"
)


@cache
def _snapshots(streams: int) -> str:
    """The newest usable snapshots of so many streams."""
    return f"""
        SELECT streams.stream_id, snapshot.version, state, fingerprint, highest_effective_at,
            last_recorded_at
        FROM streams CROSS JOIN LATERAL (
            SELECT * FROM snapshots
            WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= {_LAST_VERSION}
            ORDER BY version DESC LIMIT 1
        ) AS snapshot
        WHERE stream_id IN ({", ".join("?" * streams)})
    """


@cache
def _events(streams: int, start: str) -> str:
    """The events of so many streams, of each from a version on."""
    wanted = ", ".join(["(CAST(? AS text), CAST(? AS bigint))"] * streams)
    return f"""
        SELECT streams.stream_id, aggregate_type, event.version, backdated, effective_at,
            event.position, event.stream_no, event.version, event_type, schema_version, data, text,
            salt, metadata, effective_at, recorded_at, backdated, hash, digest
        FROM (VALUES {wanted}) AS wanted (stream_id, after)
        JOIN streams ON streams.stream_id = wanted.stream_id
        CROSS JOIN LATERAL (
            SELECT * FROM events WHERE stream_no = streams.stream_no AND version >= {start}
            ORDER BY version LIMIT {_LONG}
        ) AS event
    """


CHECKPOINTS: Final = (
    "SELECT name, version, position, columns, to_regclass(quote_ident(name)) IS NOT NULL "
    "FROM projections"
)

_SNAPSHOT_READERS: Final = (text, integer, text, text, integer, integer)
_EVENT_READERS: Final = (
    *(integer, integer, integer, text, integer, text, text),
    *(binary, text, integer, integer, integer, binary, binary),
)
_STREAM_COLUMNS: Final = 5
"""Before those of an event."""
_NOT_BACKDATED: Final = b"\0\0"
_KEY_READERS: Final = (binary, integer, integer)
_CHECKPOINT_READERS: Final = (text, integer, integer, text, truth)


class Foresight:
    """Answers to questions that are going to be asked; each is None where it is not known.

    Attributes:
        head: the end of the log.
        last_stream: the highest number of a stream.
        streams: the number and the tail of each stream; 0 where it is not there.
        events: of each stream, with the version that they came after.
        snapshots: the newest usable one of each stream, with the fingerprint that was asked for.
        key: the idempotency key, and what is remembered of it.
        rows_of: the rows of projections by key.
        checkpoints: the rows of `CHECKPOINTS`.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.last_stream: int | None = None
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

    def forget_tables(self) -> None:
        """Tables of projections are made or emptied."""
        self.checkpoints = None
        self.rows_of.clear()

    def clear(self) -> None:
        """Nothing is known any more."""
        self.head = self.last_stream = None
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
        self.rows = [(statements(table), keys) for table, keys in touched.rows.items() if keys]

    @property
    def questions(self) -> Iterator[Asked]:
        wanted = [value for stream in self.streams.items() for value in stream]
        if self.begun:
            wanted.append(self.fingerprint)
            yield Asked(LAST_STREAM)
            yield Asked(_snapshots(len(self.begun)), (self.fingerprint, *self.begun))
        start = _FROM_SNAPSHOT if self.begun else "after"
        yield Asked(_events(len(self.streams), start), wanted)
        if self.key is not None:
            yield Asked(_KEY, (self.key,))
        if self.rows:
            yield Asked(CHECKPOINTS)
        for statements, keys in self.rows:
            yield Asked(*statements.select_each(keys))

    def take(self, foreseen: Foresight, answers: Sequence[Answer]) -> None:
        """Give the answers to where they are asked for."""
        answer = iter(answers)
        afters = dict(self.streams)
        if self.begun:
            foreseen.last_stream = next(answer).rows((integer,))[0][0] or 0
            foreseen.snapshots |= dict.fromkeys(self.begun, (self.fingerprint, None))
            for row in next(answer).rows(_SNAPSHOT_READERS):
                snapshot = Snapshot(*row)
                foreseen.snapshots[snapshot.stream_id] = (self.fingerprint, snapshot)
                afters[snapshot.stream_id] = snapshot.version
        self._take_events(foreseen, afters, next(answer))
        if self.key is not None:
            kept = next(answer).rows(_KEY_READERS)
            foreseen.key = (self.key, KeyRecord(self.key, *kept[0]) if kept else None)
        if self.rows:
            foreseen.checkpoints = next(answer).rows(_CHECKPOINT_READERS)
        for statements, keys in self.rows:
            rows: dict[Key, Row | None] = dict.fromkeys(keys)
            for row in next(answer).rows(statements.readers):
                known = all_told(row)
                rows[statements.key_in(known)] = known
            foreseen.rows_of[statements.table] = rows

    def _take_events(self, foreseen: Foresight, afters: Mapping[str, int], answer: Answer) -> None:
        """Take the events of streams, from the last one that the caller has on."""
        value = answer.value
        places: dict[str, list[tuple[int, int]]] = {}
        for place in range(len(answer)):
            version = integer(value(place, 2))
            places.setdefault(text(value(place, 0)), []).append((version, place))
        for stream_id, after in afters.items():
            found = sorted(places.get(stream_id, ()))
            if len(found) == _LONG:
                continue
            if not found:
                if not after:
                    foreseen.streams[stream_id] = (0, no_tail())
                    foreseen.events[stream_id] = (0, [])
                continue
            last, place = found[-1]
            number, kind = integer(value(place, 6)), text(value(place, 1))
            for _, place in reversed(found):
                if value(place, 3) == _NOT_BACKDATED:
                    tail = Tail(last, integer(value(place, 4)), kind)
                    foreseen.streams[stream_id] = (number, tail)
                    break
            rows = [
                answer.row(place, _EVENT_READERS, _STREAM_COLUMNS)
                for version, place in found
                if version > after
            ]
            events = self._recorded(rows, {number: (stream_id, kind)})
            foreseen.events[stream_id] = (after, events)
