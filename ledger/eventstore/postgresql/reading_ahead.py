"""Reading many streams together: two statements for all of them, instead of several a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import astuple

from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.archived import PostgresqlArchive
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.texts import told
from ledger.eventstore.reading_ahead import StreamEnd
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import SNAPSHOT_INTERVAL, Snapshot

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream

_TAILS: Final = """
    SELECT streams.stream_id, streams.stream_no, last.version, newest.effective_at,
        streams.aggregate_type, snapshot.version, snapshot.state, snapshot.fingerprint,
        snapshot.highest_effective_at, snapshot.last_recorded_at
    FROM streams
    LEFT JOIN LATERAL (
        SELECT version FROM events WHERE stream_no = streams.stream_no
        ORDER BY version DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT effective_at FROM events
        WHERE stream_no = streams.stream_no AND backdated = 0 ORDER BY version DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT * FROM snapshots
        WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= last.version
        ORDER BY version DESC LIMIT 1
    ) AS snapshot ON true
    WHERE streams.stream_id = ANY (?)
"""
_EVENTS: Final = """
    SELECT events.stream_no, version, event_type, schema_version, data, text, digest, effective_at,
        recorded_at, backdated
    FROM unnest(CAST(? AS integer[]), CAST(? AS integer[])) AS wanted (stream_no, after)
    JOIN events ON events.stream_no = wanted.stream_no AND version > after
    ORDER BY events.stream_no, version
"""

Found = Callable[[str, int, Tail], None]
"""Told of a stream its number, 0 where it is not there, and its tail."""


def read_ahead(
    session: Session,
    stream_ids: Sequence[str],
    fingerprint: str,
    found: Found,
    archive: PostgresqlArchive | None,
) -> Iterator[StreamEnd]:
    """See `ledger.eventstore.reading_ahead.ReadsAhead`.

    Args:
        archive: None where nothing is archived.
    """
    there = {row[0]: row for row in session.rows(_TAILS, (fingerprint, list(stream_ids)))}
    left_out = set()
    for kept in archive.streams_of(stream_ids) if archive else ():
        row = _from_kept(there[kept.stream_id], kept, fingerprint)
        if row is None:
            left_out.add(kept.stream_id)
        else:
            there[kept.stream_id] = row
    read: dict[int, int] = {}
    for _, stream_no, version, _, _, snapshot, *_ in there.values():
        after = snapshot or 0
        if version is not None and version - after <= SNAPSHOT_INTERVAL:
            read[stream_no] = after
    events: dict[int, list[Row]] = {}
    if read:
        for row in session.rows(_EVENTS, (list(read), list(read.values()))):
            events.setdefault(row[0], []).append(row)
    for stream_id in stream_ids:
        if stream_id in left_out:
            continue
        end = there.get(stream_id)
        if end is None:
            found(stream_id, 0, no_tail())
            yield StreamEnd(stream_id, None, ())
            continue
        _, stream_no, version, highest, kind, *taken = end
        found(stream_id, stream_no, no_tail() if highest is None else Tail(version, highest, kind))
        if stream_no in read:
            snapshot = None if taken[0] is None else Snapshot(stream_id, *taken)
            rows = events.get(stream_no, ())
            yield StreamEnd(stream_id, snapshot, [_recorded(stream_id, kind, row) for row in rows])


def _from_kept(row: Row, kept: ArchivedStream, fingerprint: str) -> Row | None:
    """The row of a stream that begins in the archive; None where it has no usable state here."""
    from ledger.eventstore.archive.states import as_snapshot  # most ledgers have none

    stream_id, stream_no, version, highest, kind, *taken = row
    if taken[0] is None:
        snapshot = as_snapshot(kept)
        if snapshot.fingerprint != fingerprint:
            return None
        _, *taken = astuple(snapshot)
    version = kept.version if version is None else version
    highest = kept.highest_effective_at if highest is None else highest
    return (stream_id, stream_no, version, highest, kind, *taken)


def _recorded(stream_id: str, aggregate_type: str, row: Row) -> RecordedEvent:
    (
        _,
        version,
        event_type,
        schema_version,
        data,
        text,
        digest,
        effective_at,
        recorded_at,
        backdated,
    ) = row
    return RecordedEvent(
        0,
        stream_id,
        aggregate_type,
        version,
        event_type,
        schema_version,
        data,
        digest if text is None else told(text),
        None,
        "",
        effective_at,
        recorded_at,
        backdated == 1,
        b"",
    )
