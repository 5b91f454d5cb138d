"""Reading the log in a schema of a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.eventstore.log_reader import LogReader
from ledger.eventstore.paging import EventColumns, Row
from ledger.eventstore.postgresql.archived import PostgresqlArchive
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.texts import told
from ledger.eventstore.records import IntegrityProblem, RecordedEvent

_COLUMNS: Final = EventColumns(
    event=(
        "position, stream_no, version, event_type, schema_version, data, text, salt, metadata, "
        "effective_at, recorded_at, backdated, hash, digest FROM events"
    ),
    bare=(
        "position, stream_no, version, event_type, schema_version, data, text, effective_at, "
        "digest FROM events"
    ),
    effective_at=9,
)
_TEXT: Final = 6
"""The place of the text in a row."""


class PostgresqlReader(LogReader):
    """The questions that `ledger.eventstore.store.EventStore` answers, of a schema."""

    columns = _COLUMNS
    archive: PostgresqlArchive

    def __init__(self, session: Session) -> None:
        self._session = session
        super().__init__(session)
        self.archive = PostgresqlArchive(session, self._ledger_id)

    def settled(self) -> None:
        """A commit can be read before it is on the server's disk: so this waits for the disk."""
        self._session.settle()

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        from ledger.eventstore.postgresql.integrity import integrity_problems

        return integrity_problems(self._session)

    def _streams_of(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The id and aggregate type of the streams of events."""
        streams = self._streams
        unknown = {row[1] for row in rows if row[1] not in streams}
        if unknown:
            for stream_no, stream_id, kind in self._session.rows(
                "SELECT stream_no, stream_id, aggregate_type FROM streams "
                "WHERE stream_no = ANY (?)",
                (list(unknown),),
            ):
                streams[stream_no] = (stream_id, kind)
                unknown.discard(stream_no)
        if unknown:
            raise self._session.damaged(f"stream number {min(unknown)} has no id")
        return streams

    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        return super()._recorded(list(map(_with_text, rows)))

    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        return super()._recorded_bare(list(map(_with_text, rows)))


def _with_text(row: Row) -> Row:
    """A row without the digest at its end, which is what an erased text is told by."""
    text = row[_TEXT]
    if text is None:
        return (*row[:_TEXT], row[-1], *row[_TEXT + 1 : -1])
    return (*row[:_TEXT], told(text), *row[_TEXT + 1 : -1])
