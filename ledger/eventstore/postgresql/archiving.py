"""Taking the oldest events out of a ledger on a server."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Final

from ledger.errors import LedgerError, LockTimeout
from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
from ledger.eventstore.archive.states import can_be_archived
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.vacuuming import NotTheOwner, make_free, rewrite

_AT_ONCE: Final = 1_000
"""Streams."""

_NEXT_REVISION: Final = "(SELECT coalesce(max(revision), 0) + 1 FROM archive)"

_SHRINKING: Final = ("events", "snapshots")
"""The tables that rows have left."""

_LATER: Final = (
    "new entries use the room that the old ones have left; the tables shrink with the next ones "
    "that are archived"
)


def check_may_put_away(session: Session) -> None:
    """See that rows can leave; the caller has the transaction.

    Raises:
        StorageFailure: the server only lets them be read, or this role may not write some of them.
    """
    with session.allowing("archiving"):
        for table in _SHRINKING:
            session.execute(f"DELETE FROM {table} WHERE false", ())
        for table in ("archive", "archived_streams", "events"):
            session.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE false", ())


def put_away(
    session: Session, segment: SegmentRecord, streams: Iterable[ArchivedStream], base: int
) -> None:
    """Remove the events of a segment; the caller has the transaction.

    Args:
        base: the end of what was archived before.
    """
    if segment.first_position != base + 1:
        raise ValueError(f"the archive ends at position {base}, not before {segment}")
    with session.allowing("archiving"):
        _put_away(session, segment, streams)
    left = session.row(
        "SELECT 1 FROM archived_streams JOIN events USING (stream_no) "
        "WHERE events.version <= archived_streams.version LIMIT 1"
    )
    if left is not None:
        raise session.damaged(
            "events of one account are in the log in a wrong order, or were kept from leaving it"
        )
    session.look_at_archive()


def _put_away(session: Session, segment: SegmentRecord, streams: Iterable[ArchivedStream]) -> None:
    session.write(
        1,
        "INSERT INTO archive (to_position, from_position, revision, previous_hash, hash, "
        f"recorded_at, file, folder, manifest_sha256) VALUES (?, ?, {_NEXT_REVISION}, ?, ?, ?, ?, "
        "?, ?)",
        (
            segment.last_position,
            segment.first_position,
            segment.previous_hash,
            segment.hash,
            segment.recorded_at,
            segment.file,
            segment.folder,
            segment.manifest_sha256,
        ),
    )
    _keep_states(session, streams)
    types = [row[0] for row in session.rows("SELECT DISTINCT aggregate_type FROM streams")]
    session.run(
        "DELETE FROM events USING streams WHERE position <= ? "
        "AND streams.stream_no = events.stream_no AND aggregate_type = ANY (?)",
        (segment.last_position, [each for each in types if can_be_archived(each)]),
    )
    # What was kept of a stream takes the place of its older snapshots.
    session.run(
        "DELETE FROM snapshots USING archived_streams "
        "WHERE archived_streams.stream_no = snapshots.stream_no "
        "AND snapshots.version <= archived_streams.version"
    )


def replace_segment(session: Session, segment: SegmentRecord) -> None:
    """Remember a segment otherwise; the caller has the transaction."""
    with session.allowing("archiving"):
        session.run(
            "UPDATE archive SET file = ?, folder = ?, manifest_sha256 = ?, "
            f"revision = {_NEXT_REVISION} WHERE to_position = ?",
            (segment.file, segment.folder, segment.manifest_sha256, segment.last_position),
        )
    session.look_at_archive()


def replace_state(session: Session, stream: ArchivedStream) -> None:
    """Keep another state of a stream; the caller has the transaction."""
    with session.allowing("archiving"):
        _keep_states(session, [stream])


def _keep_states(session: Session, streams: Iterable[ArchivedStream]) -> None:
    coming = iter(streams)
    while some := list(islice(coming, _AT_ONCE)):
        session.write(
            len(some),
            "INSERT INTO archived_streams (stream_no, version, highest_effective_at, "
            "last_recorded_at, state_version, state) "
            "SELECT stream_no, version, highest_effective_at, last_recorded_at, state_version, "
            "state FROM unnest(CAST(? AS text[]), CAST(? AS integer[]), CAST(? AS bigint[]), "
            "CAST(? AS bigint[]), CAST(? AS integer[]), CAST(? AS text[])) AS kept "
            "(stream_id, version, highest_effective_at, last_recorded_at, state_version, state) "
            "JOIN streams USING (stream_id) "
            "ON CONFLICT (stream_no) DO UPDATE SET version = excluded.version, "
            "highest_effective_at = excluded.highest_effective_at, "
            "last_recorded_at = excluded.last_recorded_at, "
            "state_version = excluded.state_version, state = excluded.state",
            (
                [each.stream_id for each in some],
                [each.version for each in some],
                [each.highest_effective_at for each in some],
                [each.last_recorded_at for each in some],
                [each.state_version for each in some],
                [each.state for each in some],
            ),
        )
    session.foreseen.kept.clear()


def shrink(session: Session) -> None:
    """Write the tables anew that rows have left; meanwhile nobody else can use them.

    Where somebody else uses them for too long, what the rows have left is only made free for others
    to come, which keeps nobody waiting.

    Raises:
        LockTimeout: that was so; or an older transaction may still read what has left.
        StorageFailure: there is no room for it, or the server failed, or does not allow it.
    """
    kept = 0
    for table in _SHRINKING:
        try:
            kept += rewrite(session, table)
        except LockTimeout:
            with suppress(LedgerError):
                make_free(session, table)
            raise LockTimeout(
                f"another process has been using {session.place.shown} for too long", advice=_LATER
            ) from None
        except NotTheOwner as failure:
            failure.advice = f"have their owner do it: VACUUM (FULL) {', '.join(_SHRINKING)}"
            raise
    if kept:
        raise LockTimeout(
            f"a transaction of somebody else that began earlier may still read {kept:,} rows that "
            f"have left {session.place.shown}",
            advice=_LATER,
        )


def size(session: Session) -> int:
    """The bytes that all tables of the ledger take on the server, with their indexes."""
    row = session.row(
        "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) FROM pg_class "
        "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE nspname = current_schema() AND relkind = 'r'"
    )
    return int(row[0]) if row else 0
