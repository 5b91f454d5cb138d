"""Reading the log in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.eventstore.log_reader import LogReader
from ledger.eventstore.paging import EventColumns
from ledger.eventstore.records import IntegrityProblem
from ledger.eventstore.sqlite.archived import SqliteArchive
from ledger.eventstore.sqlite.errors import damaged, translating
from ledger.eventstore.sqlite.session import Row, Session

_COLUMNS: Final = EventColumns(
    event=(
        "position, stream_no, version, event_type, schema_version, data, text, salt, metadata, "
        "effective_at, recorded_at, backdated, hash FROM events"
    ),
    bare=(
        "position, stream_no, version, event_type, schema_version, data, text, effective_at "
        "FROM events"
    ),
    effective_at=9,
    backdated_index="INDEXED BY events_backdated",
)


class SqliteReader(LogReader):
    """The questions that `ledger.eventstore.store.EventStore` answers, of a file."""

    columns = _COLUMNS
    archive: SqliteArchive

    def __init__(self, session: Session) -> None:
        self._session = session
        super().__init__(session)
        self.archive = SqliteArchive(session, self._ledger_id)

    def settled(self) -> None:
        """Whatever can be read was synced before its commit was; it must still be at the path."""
        if self._session.place is not None:
            self._session.place.check()

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        from ledger.eventstore.sqlite.integrity import integrity_problems  # nothing else needs it

        with translating(self._session.path):
            yield from integrity_problems(self._session)

    def _streams_of(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The id and aggregate type of the streams of events."""
        for stream_no in {row[1] for row in rows}:
            if stream_no not in self._streams:
                self._read_stream_row(stream_no)
        return self._streams

    def _read_stream_row(self, stream_no: int) -> None:
        """Learn a stream's id and aggregate type."""
        row = self._session.row(
            "SELECT stream_id, aggregate_type FROM streams WHERE stream_no = ?", (stream_no,)
        )
        if row is None:
            raise damaged(self._session.path, f"stream number {stream_no} has no id")
        self._streams[stream_no] = (row[0], row[1])
