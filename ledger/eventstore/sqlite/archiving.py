"""Taking the oldest events out of a ledger file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Final

import apsw

from ledger.errors import LockTimeout, StorageFailure
from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
from ledger.eventstore.archive.states import can_be_archived
from ledger.eventstore.sqlite.archived_schema import archiving_script
from ledger.eventstore.sqlite.errors import damaged, translate
from ledger.eventstore.sqlite.schema import has_archive
from ledger.eventstore.sqlite.session import Session, to_json

_SPARE: Final = 10_000_000
"""Bytes of room that a disk keeps while a file is written anew."""


def put_away(
    session: Session, segment: SegmentRecord, streams: Iterable[ArchivedStream], base: int
) -> None:
    """Remove the events of a segment; the caller has the transaction.

    No trigger runs for our own connections, and for those of others it refuses this.

    Args:
        base: the end of what was archived before.
    """
    if segment.first_position != base + 1:
        raise ValueError(f"the archive ends at position {base}, not before {segment}")
    if not has_archive(session.connection):
        session.flush()
        _become_archived(session)
    _add_segment(session, segment)
    for stream in streams:
        replace_state(session, stream)
    types = [row[0] for row in session.rows("SELECT DISTINCT aggregate_type FROM streams")]
    going = to_json([each for each in types if can_be_archived(each)])
    session.run(
        "DELETE FROM events WHERE position <= ? AND stream_no IN ("
        "SELECT stream_no FROM streams WHERE aggregate_type IN (SELECT value FROM json_each(?)))",
        (segment.last_position, going),
    )
    # What was kept of a stream takes the place of its older snapshots.
    session.run(
        "DELETE FROM snapshots WHERE version <= (SELECT version FROM archived_streams "
        "WHERE archived_streams.stream_no = snapshots.stream_no)"
    )
    left = session.row(
        "SELECT 1 FROM archived_streams JOIN events USING (stream_no) "
        "WHERE events.version <= archived_streams.version LIMIT 1"
    )
    if left is not None:
        raise damaged(session.path, "events of one account are in the log in a wrong order")


def take_over(
    session: Session, segments: Iterable[SegmentRecord], streams: Iterable[ArchivedStream]
) -> None:
    """Remember what another store does of its archive; the caller has the transaction.

    Args:
        streams: which the file has, without any of their events.
    """
    _become_archived(session)
    for segment in segments:
        _add_segment(session, segment)
    for stream in streams:
        replace_state(session, stream)


def _become_archived(session: Session) -> None:
    try:
        session.connection.execute(archiving_script())
    except apsw.Error as error:
        raise translate(error, session.path) from error


def _add_segment(session: Session, segment: SegmentRecord) -> None:
    session.run(
        "INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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


def replace_segment(session: Session, segment: SegmentRecord) -> None:
    """Remember a segment otherwise; the caller has the transaction."""
    session.run(
        "UPDATE archive SET file = ?, folder = ?, manifest_sha256 = ? WHERE to_position = ?",
        (segment.file, segment.folder, segment.manifest_sha256, segment.last_position),
    )


def replace_state(session: Session, stream: ArchivedStream) -> None:
    """Keep the state of a stream; the caller has the transaction."""
    session.run(
        "INSERT OR REPLACE INTO archived_streams "
        "SELECT stream_no, ?, ?, ?, ?, ? FROM streams WHERE stream_id = ?",
        (
            stream.version,
            stream.highest_effective_at,
            stream.last_recorded_at,
            stream.state_version,
            stream.state,
            stream.stream_id,
        ),
    )


def shrink(session: Session) -> None:
    """Write the file anew without its free pages; others may read and write before and after.

    Raises:
        LockTimeout: another process used it for too long.
        StorageFailure: there is no room for it, or the disk failed.
    """
    free, pages, size = (
        session.connection.pragma(name) for name in ("freelist_count", "page_count", "page_size")
    )
    folder = os.path.dirname(os.path.realpath(session.path))
    # It stands in a temporary file and in the write-ahead log, before the file is cut.
    needed = 2 * (pages - free) * size + _SPARE
    try:
        room = shutil.disk_usage(folder).free
    except OSError:  # the attempt will tell
        room = needed
    if room < needed:
        raise StorageFailure(
            f"there is no room to write {session.path} anew: that takes {needed:,} bytes, and "
            f"{room:,} are free",
            advice="make room; until then new entries use what the old ones have left",
        )
    try:
        session.run("VACUUM")
        session.checkpoint()
    except LockTimeout:
        raise LockTimeout(
            f"another process has been using {session.path} for too long",
            advice="new entries use the room that the old ones have left; it "
            "shrinks with the next ones that are archived",
        ) from None
