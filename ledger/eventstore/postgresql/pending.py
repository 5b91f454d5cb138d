"""What a transaction is going to write, in as few statements as that takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import astuple

from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.table_statements import Part, TableStatements, value_lines
from ledger.eventstore.postgresql.texts import all_stored, stored
from ledger.eventstore.postgresql.wire import Asked
from ledger.eventstore.records import KeyRecord, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.tables import Key

FEW: Final = 8
"""Rows of one table; more of them are copied, which takes less time for each and more at once."""


class Target(NamedTuple):
    """A table that rows are inserted into, and its columns with their types.

    Attributes:
        on_conflict: what becomes of a row that is there already.
    """

    name: str
    columns: Sequence[tuple[str, str]]
    on_conflict: str = ""

    @property
    def names(self) -> str:
        return ", ".join(name for name, _ in self.columns)

    def insert(self, count: int) -> str:
        """The statement that inserts so many rows."""
        rows = value_lines([kind for _, kind in self.columns], count)
        return f"INSERT INTO {self.name} ({self.names}) VALUES {rows} {self.on_conflict}"


EVENTS: Final = Target(
    "events",
    (
        ("position", "int8"),
        ("effective_at", "int8"),
        ("recorded_at", "int8"),
        ("stream_no", "int4"),
        ("version", "int4"),
        ("schema_version", "int4"),
        ("backdated", "int2"),
        ("hash", "bytea"),
        ("salt", "bytea"),
        ("digest", "bytea"),
        ("event_type", "text"),
        ("data", "text"),
        ("metadata", "text"),
        ("text", "text"),
    ),
)
STREAMS: Final = Target(
    "streams", (("stream_no", "int4"), ("stream_id", "text"), ("aggregate_type", "text"))
)
KEYS: Final = Target(
    "idempotency_keys",
    (
        ("key", "text"),
        ("fingerprint", "bytea"),
        ("first_position", "int8"),
        ("last_position", "int8"),
    ),
)
_SNAPSHOTS: Final = Target(
    "snapshots",
    (
        ("stream_no", "int4"),
        ("version", "int4"),
        ("state", "text"),
        ("fingerprint", "text"),
        ("highest_effective_at", "int8"),
        ("last_recorded_at", "int8"),
    ),
    "ON CONFLICT (stream_no, version) DO UPDATE SET state = excluded.state, "
    "fingerprint = excluded.fingerprint, highest_effective_at = excluded.highest_effective_at, "
    "last_recorded_at = excluded.last_recorded_at",
)
_MOVES: Final = ("text", "int8")


class Pending:
    """What is to be written before anything else is asked, and before the commit.

    Attributes:
        rows: of the tables of projections, by key; None for one that is deleted.
        there: the keys of those that are known to be there, so that they need only be changed, and
            their stamps where these are known.
        checkpoints: the positions that projections have come to, by their names.
    """

    def __init__(self) -> None:
        self.streams: list[Row] = []
        self.events: list[tuple[RecordedEvent, int]] = []
        self.keys: list[Row] = []
        self.snapshots: dict[tuple[int, int], Row] = {}
        self.rows: dict[TableStatements, dict[Key, msgspec.Struct | None]] = {}
        self.there: dict[TableStatements, dict[Key, int]] = {}
        self.checkpoints: dict[str, int] = {}
        self._statements: dict[tuple[Any, ...], str] = {}

    def __bool__(self) -> bool:
        log = self.events or self.keys or self.streams
        return bool(log or self.rows or self.checkpoints or self.snapshots)

    def clear(self) -> None:
        """Drop all of it."""
        self.streams, self.events, self.keys = [], [], []
        self.snapshots, self.rows, self.there, self.checkpoints = {}, {}, {}, {}

    def add_stream(self, stream_no: int, stream_id: str, aggregate_type: str) -> None:
        self.streams.append((stream_no, stream_id, aggregate_type))

    def add_event(self, event: RecordedEvent, stream_no: int) -> None:
        self.events.append((event, stream_no))

    def add_key(self, record: KeyRecord) -> None:
        self.keys.append(astuple(record))

    def add_snapshot(self, snapshot: Snapshot, stream_no: int) -> None:
        self.snapshots[stream_no, snapshot.version] = (stream_no, *astuple(snapshot)[1:])

    def many(self) -> list[tuple[Target, list[Row]]]:
        """What is too much for one statement, which is taken out; it is to be copied."""
        taken = []
        if len(self.streams) > FEW:
            taken.append((STREAMS, self.streams))
            self.streams = []
        if len(self.events) > FEW:
            taken.append((EVENTS, [_row(*each) for each in self.events]))
            self.events = []
        if len(self.keys) > FEW:
            taken.append((KEYS, self.keys))
            self.keys = []
        return taken

    def statements(self) -> list[Asked]:
        """One statement for all that is left, which is taken out; none where nothing is.

        Its parts do not see what the others write, and need not.
        """
        inserted: list[tuple[Target, Sequence[Row]]] = [
            (STREAMS, self.streams),
            (EVENTS, [_row(*each) for each in self.events]),
            (KEYS, self.keys),
            (_SNAPSHOTS, list(self.snapshots.values())),
        ]
        shape: list[Any] = [len(rows) for _, rows in inserted]
        values = [value for _, rows in inserted for row in rows for value in row]
        parts = []
        for table, rows in self.rows.items():
            there = self.there.get(table, ())
            changed, new, gone = [], [], []
            for key, row in rows.items():
                if row is None:
                    gone += all_stored(key if isinstance(key, tuple) else (key,))
                elif key in there:
                    changed += all_stored(astuple(row))
                else:
                    new += all_stored(astuple(row))
            values += (*changed, *new, *gone)
            width, width_of_key = len(table.readers), len(table.table.key)
            part = (table, len(changed) // width, len(new) // width, len(gone) // width_of_key)
            shape.append(part)
            parts.append(part)
        for name, position in self.checkpoints.items():
            values += (name, position)
        shape.append(len(self.checkpoints))
        moved = len(self.checkpoints)
        self.clear()
        if not values:
            return []
        found = tuple(shape)
        sql = self._statements.get(found)
        if sql is None:
            each = [Part(target.insert(len(rows)), len(rows)) for target, rows in inserted if rows]
            for table, *counts in parts:
                makers = (table.update_each, table.replace_each, table.delete_each)
                each += [make(count) for make, count in zip(makers, counts, strict=True) if count]
            each += [Part(_move(moved), moved)] if moved else []
            sql = self._statements[found] = together(each)
        return [Asked(sql, values)]


def _row(event: RecordedEvent, stream_no: int) -> Row:
    """The row of an event."""
    text = event.text
    return (
        event.position,
        event.effective_at,
        event.recorded_at,
        stream_no,
        event.version,
        event.schema_version,
        int(event.backdated),
        event.hash,
        event.salt,
        text if isinstance(text, bytes) else None,
        event.event_type,
        event.data,
        event.metadata,
        stored(text) if isinstance(text, str) else None,
    )


def _move(count: int) -> str:
    """The statement that moves so many checkpoints; the write lock has kept them as they were."""
    rows = value_lines(_MOVES, count)
    return (
        "UPDATE projections SET position = moved.position "
        f"FROM (VALUES {rows}) AS moved (name, position) WHERE projections.name = moved.name"
    )


def together(parts: Sequence[Part], *, before: Sequence[str] = (), also: str = "") -> str:
    """One statement of several; it fails where one of them touches fewer rows than it should.

    What somebody put into the schema, such as a trigger, might keep a row out and say nothing. The
    commit follows at once, so it is the server that has to see it.

    Args:
        before: named queries that the statements refer to.
        also: what is selected besides, and from where. Where that has no row, none is written.
    """
    named, counted, right = list(before), [], 0
    for number, (sql, rows) in enumerate(parts):
        named.append(f"part_{number} AS ({sql}{'' if rows is None else ' RETURNING 1'})")
        if rows is not None:
            counted.append(f"SELECT FROM part_{number}")
            right += rows
    touched = f"(SELECT count(*) FROM ({' UNION ALL '.join(counted)}) AS touched)"
    whole = f"1 / ({touched} = {right})::integer" if counted else "1"
    return f"WITH {', '.join(named)} SELECT {whole}{also and ', '}{also}"
