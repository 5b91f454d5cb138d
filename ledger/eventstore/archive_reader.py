"""Reading what the tables of a database say of events that were archived."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ledger.eventstore.paging import ReadingSession, Row
from ledger.eventstore.records import IntegrityProblem

if TYPE_CHECKING:
    from ledger.eventstore.archive.access import ArchiveAccess
    from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord

_SEGMENTS: Final = (
    "SELECT from_position, to_position, previous_hash, hash, recorded_at, file, folder, "
    "manifest_sha256 FROM archive ORDER BY to_position"
)
_SEGMENT: Final = (int, int, bytes, bytes, int, str, str, bytes)
STREAMS: Final = (
    "SELECT stream_id, aggregate_type, version, highest_effective_at, last_recorded_at, "
    "state_version, state FROM archived_streams JOIN streams USING (stream_no)"
)
_STREAM: Final = (str, str, int, int, int, int, str)
_PAGE: Final = 1_000


class ArchiveReader(ABC):
    """Implements `ledger.eventstore.archive.records.KeptArchive`.

    Another process may archive at any time. Whoever reads events asks for `position` before and
    after: where it is another one, some of what was read may have left meanwhile.
    """

    def __init__(self, session: ReadingSession, ledger_id: str) -> None:
        self._reading = session
        self._ledger_id = ledger_id
        self._segments: list[SegmentRecord] | None = None
        self._access: ArchiveAccess | None = None

    @property
    @abstractmethod
    def position(self) -> int:
        """The end of what is archived, in the state of the database that was read last."""

    @property
    @abstractmethod
    def beside(self) -> str | None:
        """The folder that folders are remembered relative to; None where that cannot be."""

    def segments(self) -> Sequence[SegmentRecord]:
        if not self.position:
            return ()
        if self._segments is None:
            from ledger.eventstore.archive.records import SegmentRecord  # most ledgers have none

            rows = self._reading.rows(_SEGMENTS)
            if not all(tuple(map(type, row)) == _SEGMENT for row in rows):
                raise self._damaged()
            self._segments = [SegmentRecord(*row) for row in rows]
        return self._segments

    def stream(self, stream_id: str) -> ArchivedStream | None:
        if not self.position:
            return None
        row = self._reading.row(f"{STREAMS} WHERE stream_id = ?", (stream_id,))
        return None if row is None else self._stream(row)

    def streams(self) -> Iterator[ArchivedStream]:
        after = ""
        while self.position:
            rows = self._reading.rows(
                f"{STREAMS} WHERE stream_id > ? ORDER BY stream_id LIMIT ?", (after, _PAGE)
            )
            yield from map(self._stream, rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def remembered(self, folder: str) -> str:
        from ledger.eventstore.archive.access import remembered

        return remembered(folder, self.beside)

    def folder_of(self, segment: SegmentRecord) -> str:
        return self.access.folder_of(segment)

    @property
    def access(self) -> ArchiveAccess:
        """The files."""
        if self._access is None:
            from ledger.eventstore.archive.access import ArchiveAccess  # most commands need none

            self._access = ArchiveAccess(self._ledger_id, self.beside)
        return self._access

    def close(self) -> None:
        """Let go of the files."""
        if self._access is not None:
            self._access.close()

    def _stream(self, row: Row) -> ArchivedStream:
        if tuple(map(type, row)) != _STREAM:
            raise self._damaged()
        from ledger.eventstore.archive.records import ArchivedStream

        return ArchivedStream(*row)

    def _damaged(self) -> Exception:
        return self._reading.damaged("what it says of its archive cannot be read")


def archived_and_here(session: ReadingSession) -> Iterator[IntegrityProblem]:
    """Events that are archived are not here any more, and nothing of their streams before them."""
    for (position,) in session.rows(
        "SELECT position FROM events JOIN archived_streams USING (stream_no) "
        "WHERE position <= (SELECT max(to_position) FROM archive) "
        "OR events.version <= archived_streams.version ORDER BY position"
    ):
        yield IntegrityProblem(
            "a change that was moved to the archive is here, too",
            position=position,
            expected="no change",
            found="a change",
        )
