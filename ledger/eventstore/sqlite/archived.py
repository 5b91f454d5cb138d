"""What a ledger file knows of events that were archived."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ledger.eventstore.sqlite.errors import damaged
from ledger.eventstore.sqlite.schema import ARCHIVED_VERSION
from ledger.eventstore.sqlite.session import Row, Session

if TYPE_CHECKING:
    from ledger.eventstore.archive.access import ArchiveAccess
    from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord

_SEGMENTS: Final = (
    "SELECT from_position, to_position, previous_hash, hash, recorded_at, file, folder, "
    "manifest_sha256 FROM archive ORDER BY to_position"
)
_SEGMENT: Final = (int, int, bytes, bytes, int, str, str, bytes)
_STREAMS: Final = (
    "SELECT stream_id, aggregate_type, version, highest_effective_at, last_recorded_at, "
    "state_version, state FROM archived_streams JOIN streams USING (stream_no)"
)
_STREAM: Final = (str, str, int, int, int, int, str)
_PAGE: Final = 1_000


class SqliteArchive:
    """Implements `ledger.eventstore.archive.records.KeptArchive`.

    Another process may archive at any time. Whoever reads events asks for `position` before and
    after: where it is another one, some of what was read may have left meanwhile.
    """

    def __init__(self, session: Session, ledger_id: str) -> None:
        self._session = session
        self._ledger_id = ledger_id
        self._position = 0
        self._segments: list[SegmentRecord] | None = None
        self._seen: int | None = None
        self._access: ArchiveAccess | None = None

    @property
    def position(self) -> int:
        """The end of what is archived, in the state of the file that was read last."""
        if self._seen != self._session.connection.data_version():
            self._look()
        return self._position

    def forget(self) -> None:
        """Somebody else may have archived, or what was written is undone."""
        self._seen = self._segments = None

    def note(self, data_version: int) -> None:
        """What is known was committed, or was so when something else was."""
        if self._seen is not None:
            self._seen = data_version

    def segments(self) -> Sequence[SegmentRecord]:
        if not self.position:
            return ()
        if self._segments is None:
            from ledger.eventstore.archive.records import SegmentRecord  # most files have none

            rows = self._session.rows(_SEGMENTS)
            if not all(tuple(map(type, row)) == _SEGMENT for row in rows):
                raise self._damaged()
            self._segments = [SegmentRecord(*row) for row in rows]
        return self._segments

    def stream(self, stream_id: str) -> ArchivedStream | None:
        if not self.position:
            return None
        row = self._session.row(f"{_STREAMS} WHERE stream_id = ?", (stream_id,))
        return None if row is None else self._stream(row)

    def streams(self) -> Iterator[ArchivedStream]:
        after = ""
        while self.position:
            rows = self._session.rows(
                f"{_STREAMS} WHERE stream_id > ? ORDER BY stream_id LIMIT ?", (after, _PAGE)
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

    @property
    def beside(self) -> str | None:
        """The folder that has the ledger; None where no file has it."""
        path = self._session.path
        return None if self._session.place is None else os.path.dirname(os.path.realpath(path))

    def close(self) -> None:
        """Let go of the files."""
        if self._access is not None:
            self._access.close()

    def _look(self) -> None:
        self.forget()
        row = self._session.row("PRAGMA user_version")
        position = 0
        if row is not None and row[0] == ARCHIVED_VERSION:
            found = self._session.row("SELECT max(to_position) FROM archive")
            position = (found and found[0]) or 0
            if type(position) is not int:
                raise self._damaged()
        self._position = position
        self._seen = self._session.connection.data_version()

    def _stream(self, row: Row) -> ArchivedStream:
        if tuple(map(type, row)) != _STREAM:
            raise self._damaged()
        from ledger.eventstore.archive.records import ArchivedStream

        return ArchivedStream(*row)

    def _damaged(self) -> Exception:
        return damaged(self._session.path, "what it says of its archive cannot be read")
