"""What a proposal asks the server to write, if all that it rests on is still as it was read.

One statement looks at that, gives the events their positions, recorded time and hashes, and writes
them with all else. It runs under the write lock, which is taken just before, so that no client is
waited for while the lock is held. What is hashed is as in `ledger.eventstore.hash_chain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec.structs import astuple, replace

from ledger.domain.clock import TOLERANCE
from ledger.eventstore.hash_chain import text_digest
from ledger.eventstore.postgresql.foresight import Foresight
from ledger.eventstore.postgresql.pending import EVENTS, FEW, KEYS, Pending, together
from ledger.eventstore.postgresql.table_statements import Part, TableStatements, value_lines
from ledger.eventstore.postgresql.texts import all_stored, stored
from ledger.eventstore.postgresql.wire import Answer, Asked, binary, integer
from ledger.eventstore.reading_together import Overtaken
from ledger.eventstore.records import RecordedEvent

_GIVEN: Final = (
    ("stream_no", "int4"),
    ("stream_id", "text"),
    ("aggregate_type", "text"),
    ("version", "int4"),
    ("event_type", "text"),
    ("schema_version", "int4"),
    ("data", "text"),
    ("text", "text"),
    ("salt", "bytea"),
    ("metadata", "text"),
    ("effective_at", "int8"),
    ("backdated", "int2"),
    ("hashed_text", "bytea"),
)
"""What is known of an event before its place in the log is."""

_IF_STILL_SO: Final = "EXISTS (SELECT FROM still_so)"
_LENGTHS: Final = ", ' ', ".join(
    f"octet_length({name})"
    for name in ("hashed_text", "stream_id", "aggregate_type", "event_type", "data", "metadata")
)
# Of streams the last version is that of an event in the log: those that are archived do not count.
_SEEN: Final = """(
    SELECT count(*) FROM (VALUES {}) AS seen (stream_id, stream_no, version)
    WHERE (SELECT stream_no FROM streams WHERE streams.stream_id = seen.stream_id)
            IS NOT DISTINCT FROM seen.stream_no
        AND (SELECT max(version) FROM events WHERE stream_no = seen.stream_no)
            IS NOT DISTINCT FROM seen.version
) = {}"""
_AT_THE_END: Final = """(
    SELECT count(*) FROM projections
    WHERE (name, version) IN (VALUES {}) AND position = head.position
) = {}"""


def proposed(pending: Pending, foreseen: Foresight, ledger_id: str) -> Asked:
    """The statement that writes what is pending; `settled` reads its answer.

    Args:
        foreseen: what was read before it was decided.

    Raises:
        Overtaken: it is more than can be proposed.
    """
    events = [event for event, _ in pending.events]
    streams = _streams(events, foreseen)
    tables = [(statements, len(rows)) for statements, rows in pending.rows.items()]
    moved = _moved(pending, foreseen)
    first = events[0]
    values: list[Any] = [first.recorded_at, ledger_id, first.position - 1]
    values.append(first.recorded_at + TOLERANCE)
    for stream in streams:
        values += stream
    keys = [key for key, *_ in pending.keys]
    values += keys
    for name, version in moved:
        values += (name, version)
    for event, stream_no in pending.events:
        values += _given(event, stream_no)
    for key, fingerprint, first_position, last_position in pending.keys:
        values += (key, fingerprint, first_position - first.position + 1)
        values.append(last_position - first.position + 1)
    for statements, rows in pending.rows.items():
        stamps = pending.there[statements]
        for key, row in rows.items():
            values += all_stored(astuple(row)) if row is not None else ()
            values.append(stamps[key])
    values += [name for name, _ in moved]
    return Asked(
        _statement(len(streams), len(events), len(keys), tuple(tables), len(moved)), values
    )


def settled(events: Sequence[RecordedEvent], answer: Answer) -> tuple[list[RecordedEvent], int]:
    """Events as they were written, and the stamp of the rows that were written with them.

    There are none where nothing was written, since something has changed.

    Args:
        events: as they were proposed.
    """
    if not len(answer):
        return [], 0
    transaction, position, recorded_at, *hashes = answer.row(
        0, (integer, integer, integer, *(binary for _ in events)), first=1
    )
    recorded = [
        replace(event, position=position + place, recorded_at=recorded_at, hash=digest)
        for place, (event, digest) in enumerate(zip(events, hashes, strict=True), 1)
    ]
    return recorded, transaction % 2**32  # rows have it without its epoch


def _streams(
    events: Sequence[RecordedEvent], foreseen: Foresight
) -> list[tuple[str, int | None, int | None]]:
    """All streams that were looked at, with their numbers and last versions; see `_SEEN`."""
    for event in events:
        if not foreseen.streams.get(event.stream_id, (0,))[0]:
            raise Overtaken  # a new stream needs a number, which others may be taking
    if not foreseen.ends.keys() <= foreseen.streams.keys():
        raise Overtaken
    return [
        (stream_id, foreseen.streams[stream_id][0] or None, end)
        for stream_id, end in foreseen.ends.items()
    ]


def _moved(pending: Pending, foreseen: Foresight) -> list[tuple[str, int]]:
    """The projections that are moved on, from the end of the log, and their versions."""
    if pending.streams or pending.snapshots or len(pending.events) > FEW:
        raise Overtaken
    for statements, rows in pending.rows.items():
        is_there = len(rows) == len(pending.there[statements])
        if not (is_there and statements.replaces) or None in rows.values():
            raise Overtaken
    before = pending.events[0][0].position - 1
    at_the_end = {
        name: version
        for name, version, position, *_ in foreseen.checkpoints or ()
        if position == before
    }
    if not pending.checkpoints.keys() <= at_the_end.keys():
        raise Overtaken
    return [(name, at_the_end[name]) for name in pending.checkpoints]


def _given(event: RecordedEvent, stream_no: int) -> tuple[Any, ...]:
    """The values of `_GIVEN`."""
    text, digest = event.text, text_digest(event.text, event.salt)
    return (
        stream_no,
        event.stream_id,
        event.aggregate_type,
        event.version,
        event.event_type,
        event.schema_version,
        event.data,
        stored(text) if isinstance(text, str) else None,
        event.salt,
        event.metadata,
        event.effective_at,
        int(event.backdated),
        digest,
    )


# ── the statement ───────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=100)
def _statement(
    streams: int,
    events: int,
    keys: int,
    tables: tuple[tuple[TableStatements, int], ...],
    moved: int,
) -> str:
    """The statement for so many of each."""
    given = [
        f"given_{number} ({', '.join(name for name, _ in _GIVEN)}) AS "
        f"(VALUES {value_lines([kind for _, kind in _GIVEN], 1)})"
        for number in range(1, events + 1)
    ]
    parts = [Part(_insert_events(events), events)]
    if keys:
        parts.append(Part(_INSERT_KEY, keys))
    parts += [
        Part(f"{table.update_each(count, stamped=True).sql} AND {_IF_STILL_SO}", count)
        for table, count in tables
    ]
    if moved:
        parts.append(
            Part(
                f"UPDATE projections SET position = still_so.position + {events} FROM still_so "
                f"WHERE name IN ({', '.join('?' * moved)})",
                moved,
            )
        )
    told = "txid_current(), still_so.position, still_so.recorded_at"
    hashes = "".join(f", event_{number}.hash" for number in range(1, events + 1))
    joined = "".join(f", event_{number}" for number in range(1, events + 1))
    return together(
        parts,
        before=[_still_so(streams, keys, moved), *given, *map(_event, range(1, events + 1))],
        also=f"{told}{hashes} FROM still_so{joined}",
    )


def _still_so(streams: int, keys: int, moved: int) -> str:
    """The end of the log and the time of what is written, if all is as it was read; else no row."""
    are = [
        "(SELECT ledger_id FROM ledger) = ?",
        "head.position >= CAST(? AS int8)",
        "head.recorded_at <= CAST(? AS int8)",
        _SEEN.format(value_lines(("text", "int4", "int4"), streams), streams),
    ]
    if keys:
        are.append("NOT EXISTS (SELECT FROM idempotency_keys WHERE key = ?)")
    if moved:
        are.append(_AT_THE_END.format(value_lines(("text", "int8"), moved), moved))
    return f"""still_so AS MATERIALIZED (
        SELECT position, hash, greatest(recorded_at, CAST(? AS int8)) AS recorded_at
        FROM (SELECT * FROM events ORDER BY position DESC LIMIT 1) AS head
        WHERE {" AND ".join(are)}
    )"""


def _event(number: int) -> str:
    """An event after the one before it."""
    before = f"event_{number - 1}" if number > 1 else "still_so"
    return f"""event_{number} AS MATERIALIZED (
        SELECT given_{number}.*, before.position + 1 AS position, before.recorded_at,
            sha256(before.hash || convert_to(concat(
                before.position + 1, ' ', version, ' ', schema_version, ' ', effective_at, ' ',
                before.recorded_at, ' ', backdated, ' ', {_LENGTHS}, E'\\n',
                stream_id, aggregate_type, event_type, data, metadata
            ), 'UTF8') || hashed_text) AS hash
        FROM (SELECT position, recorded_at, hash FROM {before}) AS before, given_{number}
    )"""


def _insert_events(events: int) -> str:
    rows = " UNION ALL ".join(f"SELECT * FROM event_{number}" for number in range(1, events + 1))
    values = ", ".join("NULL" if name == "digest" else name for name, _ in EVENTS.columns)
    return f"INSERT INTO events ({EVENTS.names}) SELECT {values} FROM ({rows}) AS event"


_INSERT_KEY: Final = (
    f"INSERT INTO idempotency_keys ({KEYS.names}) SELECT CAST(? AS text), CAST(? AS bytea), "
    "position + CAST(? AS int8), position + CAST(? AS int8) FROM still_so"
)
