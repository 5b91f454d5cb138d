"""Reading many streams together: a statement for all of them, instead of several a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Final

from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.log_reader import TAIL
from ledger.eventstore.reading_ahead import StreamEnd
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import SNAPSHOT_INTERVAL, Snapshot
from ledger.eventstore.sqlite.session import Row, Session, to_json

_SHORT: Final = 16
"""Versions; so many are read sooner than a snapshot is looked for."""

_EVENT: Final = (
    "version, event_type, schema_version, data, text, effective_at, recorded_at, backdated"
)
"""What a fold needs of an event, and the tail of a stream."""

_BEGINNINGS: Final = f"""
    SELECT streams.stream_no, stream_id, aggregate_type, {_EVENT}
    FROM json_each(?) CROSS JOIN streams ON stream_id = value
    LEFT JOIN events ON events.stream_no = streams.stream_no AND version <= {_SHORT + 1}
"""
_SNAPSHOT: Final = (
    "SELECT version, state, fingerprint, highest_effective_at, last_recorded_at "
    "FROM snapshots WHERE stream_no = ? AND fingerprint = ? ORDER BY version DESC LIMIT 1"
)
_EVENTS: Final = (
    f"SELECT {_EVENT} FROM events WHERE stream_no = ? AND version > ? AND version <= ? "
    "ORDER BY version"
)

_VERSION: Final = itemgetter(3)
"""Of a row of `_BEGINNINGS`."""

_CACHE_KIB: Final = 32_000
"""Of pages: with SQLite's own 2 MB those of some ten thousand accounts are read, and written to the
write-ahead log, over and over."""

Found = Callable[[str, int, Tail], None]
"""Told of a stream its number, 0 where it is not there, and its tail."""


def read_ahead(
    session: Session, stream_ids: Sequence[str], fingerprint: str, found: Found
) -> Iterator[StreamEnd]:
    """See `ledger.eventstore.reading_ahead.ReadsAhead`."""
    session.connection.pragma("cache_size", -_CACHE_KIB)
    streams: dict[str, list[Row]] = {}
    for row in session.rows(_BEGINNINGS, (to_json(sorted(stream_ids)),)):
        rows = streams.get(row[1])
        if rows is None:
            streams[row[1]] = [row]
        else:
            rows.append(row)
    for stream_id in stream_ids:
        rows = streams.get(stream_id)
        if rows is None:
            found(stream_id, 0, no_tail())
            yield StreamEnd(stream_id, None, ())
            continue
        rows.sort(key=_VERSION)
        stream_no, last = rows[-1][0], rows[-1][3]
        if last is None:
            found(stream_id, stream_no, no_tail())
        elif last <= _SHORT:
            found(stream_id, stream_no, _tail(rows))
            yield StreamEnd(stream_id, None, [_recorded(*row[1:]) for row in rows])
        else:
            yield from _end_of_long(session, stream_id, fingerprint, found)


def _tail(rows: Sequence[Row]) -> Tail:
    for row in reversed(rows):
        if not row[10]:
            return Tail(rows[-1][3], row[8], row[2])
    return no_tail()


def _end_of_long(
    session: Session, stream_id: str, fingerprint: str, found: Found
) -> Iterator[StreamEnd]:
    """A stream from its newest usable snapshot on, unless too much has come since."""
    row = session.row(TAIL, (stream_id,))
    assert row is not None
    stream_no, version, highest, aggregate_type = row
    found(stream_id, stream_no, no_tail() if highest is None else Tail(*row[1:]))
    row = session.row(_SNAPSHOT, (stream_no, fingerprint))
    snapshot = None if row is None else Snapshot(stream_id, *row)
    after = 0 if snapshot is None else snapshot.version
    if version - after <= SNAPSHOT_INTERVAL:
        rows = session.rows(_EVENTS, (stream_no, after, version))
        events = [_recorded(stream_id, aggregate_type, *row) for row in rows]
        yield StreamEnd(stream_id, snapshot, events)


def _recorded(
    stream_id: str,
    aggregate_type: str,
    version: int,
    event_type: str,
    schema_version: int,
    data: str,
    text: str | bytes | None,
    effective_at: int,
    recorded_at: int,
    backdated: int,
) -> RecordedEvent:
    return RecordedEvent(
        0,
        stream_id,
        aggregate_type,
        version,
        event_type,
        schema_version,
        data,
        text,
        None,
        "",
        effective_at,
        recorded_at,
        bool(backdated),
        b"",
    )
