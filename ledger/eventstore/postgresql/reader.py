"""Reading the log in a schema of a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.eventstore.log_reader import LogReader
from ledger.eventstore.paging import EventColumns, Row
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.texts import told
from ledger.eventstore.records import IntegrityProblem, RecordedEvent

_COLUMNS: Final = EventColumns(
    event=(
        "position, stream_no, version, event_type, schema_version, data, text, digest, salt, "
        "metadata, effective_at, recorded_at, backdated, hash FROM events"
    ),
    bare=(
        "position, stream_no, version, event_type, schema_version, data, text, digest, "
        "effective_at FROM events"
    ),
    effective_at=10,
)


class PostgresqlReader(LogReader):
    """The questions that `ledger.eventstore.store.EventStore` answers, of a schema."""

    columns = _COLUMNS

    def __init__(self, session: Session) -> None:
        self._session = session
        super().__init__(session)

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

    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                *streams[stream_no],
                version,
                event_type,
                schema_version,
                data,
                digest if text is None else told(text),
                None,
                "",
                effective_at,
                0,
                False,
                b"",
            )
            for (
                position,
                stream_no,
                version,
                event_type,
                schema_version,
                data,
                text,
                digest,
                effective_at,
            ) in rows
        ]

    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                *streams[stream_no],
                version,
                event_type,
                schema_version,
                data,
                digest if text is None else told(text),
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated == 1,
                hashed,
            )
            for (
                position,
                stream_no,
                version,
                event_type,
                schema_version,
                data,
                text,
                digest,
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated,
                hashed,
            ) in rows
        ]
