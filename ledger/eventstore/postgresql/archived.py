"""What a ledger on a server knows of events that were archived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ledger.eventstore.archive_reader import STREAMS, ArchiveReader
from ledger.eventstore.postgresql.session import Session

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord


class PostgresqlArchive(ArchiveReader):
    """Knows how much is archived from what the session is told of it, after each read."""

    def __init__(self, session: Session, ledger_id: str) -> None:
        super().__init__(session, ledger_id)
        self._session = session
        self._seen = session.archived

    @property
    def position(self) -> int:
        return self._session.archived.position

    @property
    def beside(self) -> None:
        """A server has no folder on the machine of who asks: folders are remembered whole."""
        return None

    def forget(self) -> None:
        """What was written is undone, or another server has been asked."""
        self._segments = None

    def segments(self) -> Sequence[SegmentRecord]:
        if self._seen != self._session.archived:
            self._segments = None
            self._seen = self._session.archived
        return super().segments()

    def stream(self, stream_id: str) -> ArchivedStream | None:
        kept = self._session.foreseen.kept
        return kept[stream_id] if stream_id in kept else super().stream(stream_id)

    def streams_of(self, stream_ids: Sequence[str]) -> Iterator[ArchivedStream]:
        """Those of some streams of which events are archived, as they are after the last one."""
        rows = self._session.rows(f"{STREAMS} WHERE stream_id = ANY (?)", (list(stream_ids),))
        return map(self._stream, rows)
