"""Reading the log in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from ledger.errors import ArchiveMissing, LedgerError
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head, IntegrityProblem, KeyRecord, RecordedEvent
from ledger.eventstore.sqlite.archived import SqliteArchive
from ledger.eventstore.sqlite.errors import damaged
from ledger.eventstore.sqlite.paging import POSITION, VERSION, Asked, log_pages
from ledger.eventstore.sqlite.session import Row, Session

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream

_LARGEST_PAGE: Final = 1_024

# An event that is not backdated has, by definition, the highest effective time so far.
TAIL: Final = """
    SELECT
        stream_no,
        (SELECT max(version) FROM events WHERE stream_no = streams.stream_no),
        (SELECT effective_at FROM events WHERE stream_no = streams.stream_no AND NOT backdated
            ORDER BY version DESC LIMIT 1),
        aggregate_type
    FROM streams WHERE stream_id = ?
"""

_KEYS: Final = "SELECT key, fingerprint, first_position, last_position FROM idempotency_keys"


class LogReader:
    """The questions that `ledger.eventstore.store.EventStore` answers.

    Events are read a page at a time, so nothing of the file is held while a page is looked at,
    however slowly.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stream_nos: dict[str, int] = {}
        self._streams: dict[int, tuple[str, str]] = {}
        self._ledger_id = self._read_ledger_id()
        self.archive = SqliteArchive(session, self._ledger_id)

    @property
    def ledger_id(self) -> str:
        return self._ledger_id

    def head(self) -> Head:
        row = self._session.row(
            "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        )
        if row is None:
            return empty_head(self._ledger_id)
        if (type(row[1]), type(row[2])) != (bytes, int):  # all that follows is chained to these
            raise damaged(self._session.path, f"event {row[0]} has no hash, or no time")
        return Head(*row)

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        for (stream_id,) in self._session.rows(
            "SELECT stream_id FROM streams WHERE substr(stream_id, 1, ?) = ? "
            "AND stream_no % ? = ? ORDER BY stream_id",
            (len(prefix), prefix, parts, part),
        ):
            yield stream_id

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        stream_no = self._stream_no(stream_id)
        if stream_no is None:
            return iter(())
        asked = Asked(stream_id, stream_no, effective_to, effective_after)
        read = self._stream_backwards if newest_first else self._stream_forwards
        return chain.from_iterable(read(asked, after_version, to_version))

    def _stream_forwards(
        self, asked: Asked, after: int, to: int | None
    ) -> Iterator[list[RecordedEvent]]:
        while True:
            base = self.archive.position
            if base:
                stream = self.archive.stream(asked.stream_id)
                if stream is not None and after < stream.version:
                    yield from self._archived(asked, stream, after, to)
                    after = stream.version
            for page in asked.pages(self._session, after, to):
                if self.archive.position != base:
                    break
                if page:
                    after = page[-1][VERSION]
                    yield self._recorded(page)
            else:
                return

    def _stream_backwards(
        self, asked: Asked, after: int, to: int | None
    ) -> Iterator[list[RecordedEvent]]:
        while True:
            base = self.archive.position
            stream = self.archive.stream(asked.stream_id) if base else None
            last = 0 if stream is None else stream.version
            for page in asked.pages_backwards(self._session, max(after, last), to):
                if self.archive.position != base:
                    break
                if page:
                    to = page[-1][VERSION] - 1
                    yield self._recorded(page)
            else:
                if stream is not None and after < last:
                    yield from self._archived(asked, stream, after, to, newest_first=True)
                return

    def _archived(
        self,
        asked: Asked,
        stream: ArchivedStream,
        after: int,
        to: int | None,
        *,
        newest_first: bool = False,
    ) -> Iterator[list[RecordedEvent]]:
        from ledger.eventstore.archive.read_through import archived_stream  # few commands need it

        archived = archived_stream(
            self.archive.access,
            self.archive.segments(),
            stream,
            after_version=after,
            to_version=to,
            effective_to=asked.effective_to,
            effective_after=asked.effective_after,
            newest_first=newest_first,
        )
        try:
            for event in archived:
                yield [event]
        except ArchiveMissing as error:
            error.details |= {"account_id": asked.stream_id, "archived_version": stream.version}
            raise

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
        bare: bool = False,
    ) -> Iterator[RecordedEvent]:
        return chain.from_iterable(
            self._log_pages(after_position, to_position, part, parts, bare=bare)
        )

    def _log_pages(
        self, after: int, to: int | None, part: int, parts: int, *, bare: bool
    ) -> Iterator[list[RecordedEvent]]:
        recorded = self._recorded_bare if bare else self._recorded
        while True:
            base = self.archive.position
            archived_to = base if to is None else min(base, to)
            if base and after < archived_to:
                yield from self._archived_log(after, archived_to, part, parts)
                after = archived_to
            for page in log_pages(self._session, after, to, part, parts, bare=bare):
                if self.archive.position != base:
                    break
                if page:
                    after = page[-1][POSITION]
                    yield recorded(page)
            else:
                return

    def _archived_log(
        self, after: int, to: int, part: int, parts: int
    ) -> Iterator[list[RecordedEvent]]:
        from ledger.eventstore.archive.read_through import archived_log

        def is_in_part(stream_id: str) -> bool:
            return (self._stream_no(stream_id) or 0) % parts == part

        return archived_log(
            self.archive.access,
            self.archive.segments(),
            after,
            to,
            None if parts == 1 else is_in_part,
        )

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        if key is not None:
            row = self._session.row(f"{_KEYS} WHERE key = ?", (key,))
            return iter(() if row is None else (self._key_record(row),))
        return self._key_records_from(prefix)

    def _key_records_from(self, prefix: str) -> Iterator[KeyRecord]:
        start, after = ">=", prefix
        while True:
            rows = self._session.rows(
                f"{_KEYS} WHERE key {start} ? ORDER BY key LIMIT ?", (after, _LARGEST_PAGE)
            )
            for row in rows:
                record = self._key_record(row)
                if not record.key.startswith(prefix):
                    return
                yield record
            if len(rows) < _LARGEST_PAGE:
                return
            start, after = ">", rows[-1][0]

    def _key_record(self, row: Row) -> KeyRecord:
        key, _, first, last = row
        if not (isinstance(key, str) and type(first) is type(last) is int):
            raise damaged(self._session.path, "a record of an idempotency key cannot be read")
        return KeyRecord(*row)

    def settled(self) -> None:
        """Whatever can be read was synced before its commit was; it must still be at the path."""
        if self._session.place is not None:
            self._session.place.check()

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        from ledger.eventstore.sqlite.integrity import integrity_problems  # nothing else needs it

        return integrity_problems(self._session)

    def _streams_of(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The id and aggregate type of the streams of events."""
        for stream_no in {row[1] for row in rows}:
            if stream_no not in self._streams:
                self._read_stream_row(stream_no)
        return self._streams

    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                streams[stream_no][0],
                streams[stream_no][1],
                version,
                event_type,
                schema_version,
                data,
                text,
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
                effective_at,
            ) in rows
        ]

    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                streams[stream_no][0],
                streams[stream_no][1],
                version,
                event_type,
                schema_version,
                data,
                text,
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated == 1,
                digest,
            )
            for (
                position,
                stream_no,
                version,
                event_type,
                schema_version,
                data,
                text,
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated,
                digest,
            ) in rows
        ]

    def _read_stream_row(self, stream_no: int) -> None:
        """Learn a stream's id and aggregate type."""
        row = self._session.row(
            "SELECT stream_id, aggregate_type FROM streams WHERE stream_no = ?", (stream_no,)
        )
        if row is None:
            raise damaged(self._session.path, f"stream number {stream_no} has no id")
        self._streams[stream_no] = (row[0], row[1])

    def _stream_no(self, stream_id: str) -> int | None:
        stream_no = self._stream_nos.get(stream_id)
        if stream_no is None:
            row = self._session.row(
                "SELECT stream_no FROM streams WHERE stream_id = ?", (stream_id,)
            )
            if row is not None:
                stream_no = self._stream_nos[stream_id] = row[0]
        return stream_no

    def _tail_row(self, stream_id: str) -> Row | None:
        """Number, last version, highest effective time and type of a stream that is there.

        Of one without events the version is None; the highest time of one that has nothing but
        backdated ones is, too.
        """
        row = self._session.row(TAIL, (stream_id,))
        if row is None or not self.archive.position:
            return row
        stream_no, version, highest, aggregate_type = row
        if version is None or highest is None:
            archived = self.archive.stream(stream_id)
            if archived is not None:
                version = archived.version if version is None else version
                highest = archived.highest_effective_at if highest is None else highest
        return stream_no, version, highest, aggregate_type

    def _read_ledger_id(self) -> str:
        try:
            row = self._session.row("SELECT ledger_id FROM ledger")
            if row is None:
                raise damaged(self._session.path, "the ledger's id is missing")
            if type(row[0]) is not str:
                raise damaged(self._session.path, "the ledger's id cannot be read")
        except LedgerError:
            self._session.close()
            raise
        return str(row[0])
