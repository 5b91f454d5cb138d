"""Reading many streams together: a statement for each kind of row, instead of several a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ledger.eventstore.reading_ahead import StreamEnd
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import SNAPSHOT_INTERVAL, Snapshot
from ledger.eventstore.sqlite.reader import TAIL
from ledger.eventstore.sqlite.session import Row, Session

_SNAPSHOT: Final = (
    "SELECT stream_no, version, state, fingerprint, highest_effective_at, last_recorded_at "
    "FROM snapshots WHERE stream_no = ? AND fingerprint = ? ORDER BY version DESC LIMIT 1"
)
_EVENTS: Final = (
    "SELECT stream_no, version, event_type, schema_version, data, text, effective_at, recorded_at "
    "FROM events WHERE stream_no = ? AND version > ? AND version <= ? ORDER BY version"
)
"""What a fold needs of events."""

_AT_ONCE: Final = 100
"""Streams; so the events that are held together are no more than so many intervals."""

_CACHE_KIB: Final = 32_000
"""Of pages: with SQLite's own 2 MB those of some ten thousand accounts are read, and written to the
write-ahead log, over and over."""

_SHORT: Final = 16
"""Versions; so many are read sooner than a snapshot is looked for."""


def _snapshots(session: Session, tails: Iterable[Row], fingerprint: str) -> dict[int, Snapshot]:
    """The newest usable snapshots of longer streams, by number."""
    numbers = {row[0]: row[4] for row in tails if (row[1] or 0) > _SHORT}
    rows = session.rows_of_each(_SNAPSHOT, [(number, fingerprint) for number in numbers])
    return {number: Snapshot(numbers[number], *rest) for number, *rest in rows}


def read_ahead(
    session: Session,
    stream_ids: Sequence[str],
    fingerprint: str,
    found: Callable[[str, Row | None], None],
) -> Iterator[StreamEnd]:
    """See `ledger.eventstore.reading_ahead.ReadsAhead`.

    Args:
        found: told of each stream its row of `TAIL`; None where it is not there.
    """
    session.connection.pragma("cache_size", -_CACHE_KIB)
    for start in range(0, len(stream_ids), _AT_ONCE):
        wanted = [(stream_id,) for stream_id in stream_ids[start : start + _AT_ONCE]]
        tails: dict[str, Row] = {row[4]: row for row in session.rows_of_each(TAIL, wanted)}
        for (stream_id,) in wanted:
            found(stream_id, tails.get(stream_id))
        snapshots = _snapshots(session, tails.values(), fingerprint)
        spans = []
        for stream_no, version, *_ in tails.values():
            after = snapshots[stream_no].version if stream_no in snapshots else 0
            if version is not None and version - after <= SNAPSHOT_INTERVAL:
                spans.append((stream_no, after, version))
        by_no: dict[int, list[RecordedEvent]] = {stream_no: [] for stream_no, _, _ in spans}
        streams = {row[0]: (row[4], row[3]) for row in tails.values()}
        for row in session.rows_of_each(_EVENTS, spans):
            by_no[row[0]].append(_event(*streams[row[0]], *row[1:]))
        for (stream_id,) in wanted:
            tail = tails.get(stream_id)
            if tail is None:
                yield StreamEnd(stream_id, None, ())
            elif tail[0] in by_no:
                yield StreamEnd(stream_id, snapshots.get(tail[0]), by_no[tail[0]])


def _event(
    stream_id: str,
    aggregate_type: str,
    version: int,
    event_type: str,
    schema_version: int,
    data: str,
    text: str | bytes | None,
    effective_at: int,
    recorded_at: int,
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
        False,
        b"",
    )
