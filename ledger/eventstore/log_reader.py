"""Reading a log that is kept in the tables of a database, whichever that is.

The statements are such as every database takes. What differs from one to the other stands in the
class variables and the abstract methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Final

from ledger.errors import ArchiveMissing, LedgerError
from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.event_rows import bare_events_in, events_in
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.paging import (
    POSITION,
    VERSION,
    Asked,
    EventColumns,
    ReadingSession,
    Row,
    log_pages,
)
from ledger.eventstore.records import Head, KeyRecord, RecordedEvent

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream, KeptArchive

_LARGEST_PAGE: Final = 1_024

# An event that is not backdated has, by definition, the highest effective time so far.
TAIL: Final = """
    SELECT
        stream_no,
        (SELECT max(version) FROM events WHERE stream_no = streams.stream_no),
        (SELECT effective_at FROM events WHERE stream_no = streams.stream_no AND backdated = 0
            ORDER BY version DESC LIMIT 1),
        aggregate_type
    FROM streams WHERE stream_id = ?
"""
HEAD: Final = "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"

_KEYS: Final = "SELECT key, fingerprint, first_position, last_position FROM idempotency_keys"


class LogReader(ABC):
    """The questions that `ledger.eventstore.store.EventStore` answers.

    Events are read a page at a time, so nothing of the medium is held while a page is looked at,
    however slowly. Those that are archived are read from there.
    """

    columns: ClassVar[EventColumns]
    archive: KeptArchive | None = None

    def __init__(self, session: ReadingSession) -> None:
        self._reading = session
        self._stream_nos: dict[str, int] = {}
        self._streams: dict[int, tuple[str, str]] = {}
        self._ledger_id = self._read_ledger_id()

    @abstractmethod
    def _streams_of(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The id and aggregate type of the streams of events, by the numbers of these."""

    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """The events that rows of `event` hold."""
        return events_in(rows, self._streams_of(rows))

    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """The events that rows of `bare` hold."""
        return bare_events_in(rows, self._streams_of(rows))

    @property
    def ledger_id(self) -> str:
        return self._ledger_id

    @property
    def _base(self) -> int:
        """The last position that is archived; 0 where nothing is."""
        return 0 if self.archive is None else self.archive.position

    def head(self) -> Head:
        row = self._reading.row(HEAD)
        if row is None:
            return empty_head(self._ledger_id)
        if (type(row[1]), type(row[2])) != (bytes, int):  # all that follows is chained to these
            raise self._reading.damaged(f"event {row[0]} has no hash, or no time")
        return Head(*row)

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        for (stream_id,) in self._reading.rows(
            "SELECT stream_id FROM streams WHERE substr(stream_id, 1, CAST(? AS INTEGER)) = ? "
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
        asked = Asked(self.columns, stream_id, stream_no, effective_to, effective_after)
        read = self._stream_backwards if newest_first else self._stream_forwards
        return chain.from_iterable(read(asked, after_version, to_version))

    def _stream_forwards(
        self, asked: Asked, after: int, to: int | None
    ) -> Iterator[list[RecordedEvent]]:
        while True:
            base = self._base
            if base and self.archive:
                stream = self.archive.stream(asked.stream_id)
                if stream is not None and after < stream.version:
                    yield from self._archived(asked, stream, after, to)
                    after = stream.version
            for page in asked.pages(self._reading, after, to):
                if self._base != base:
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
            base = self._base
            stream = self.archive.stream(asked.stream_id) if base and self.archive else None
            last = 0 if stream is None else stream.version
            for page in asked.pages_backwards(self._reading, max(after, last), to):
                if self._base != base:
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

        assert self.archive
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
            base = self._base
            archived_to = base if to is None else min(base, to)
            if base and after < archived_to:
                yield from self._archived_log(after, archived_to, part, parts, bare=bare)
                after = archived_to
            for page in log_pages(self._reading, self.columns, after, to, part, parts, bare=bare):
                if self._base != base:
                    break
                if page:
                    after = page[-1][POSITION]
                    yield recorded(page)
            else:
                return

    def _archived_log(
        self, after: int, to: int, part: int, parts: int, *, bare: bool
    ) -> Iterator[list[RecordedEvent]]:
        from ledger.eventstore.archive.read_through import archived_log

        def is_in_part(stream_id: str) -> bool:
            return (self._stream_no(stream_id) or 0) % parts == part

        assert self.archive
        return archived_log(
            self.archive.access,
            self.archive.segments(),
            after,
            to,
            None if parts == 1 else is_in_part,
            bare=bare,
        )

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        if key is not None:
            row = self._reading.row(f"{_KEYS} WHERE key = ?", (key,))
            return iter(() if row is None else (self._key_record(row),))
        return self._key_records_from(prefix)

    def _key_records_from(self, prefix: str) -> Iterator[KeyRecord]:
        start, after = ">=", prefix
        while True:
            rows = self._reading.rows(
                f"{_KEYS} WHERE key {start} ? ORDER BY key LIMIT ?", (after, _LARGEST_PAGE)
            )
            for row in rows:
                record = self._key_record(row)
                if not record.key.startswith(prefix):
                    return
                yield record
            if len(rows) < _LARGEST_PAGE:
                return
            if start == ">" and rows[-1][0] <= after:
                raise self._reading.damaged("the idempotency keys are out of order")
            start, after = ">", rows[-1][0]

    def _key_record(self, row: Row) -> KeyRecord:
        key, _, first, last = row
        if not (isinstance(key, str) and type(first) is type(last) is int):
            raise self._reading.damaged("a record of an idempotency key cannot be read")
        return KeyRecord(*row)

    def _stream_no(self, stream_id: str) -> int | None:
        stream_no = self._stream_nos.get(stream_id)
        if stream_no is None:
            row = self._reading.row(
                "SELECT stream_no FROM streams WHERE stream_id = ?", (stream_id,)
            )
            if row is not None:
                stream_no = self._stream_nos[stream_id] = row[0]
        return stream_no

    def _read_tail(self, stream_id: str) -> Tail:
        row = self._tail_row(stream_id)
        if row is None:
            return no_tail()
        self._stream_nos[stream_id] = row[0]
        return no_tail() if row[2] is None else Tail(*row[1:])

    def _tail_row(self, stream_id: str) -> Row | None:
        """Number, last version, highest effective time and type of a stream that is there.

        Of one without events the version is None; the highest time of one that has nothing but
        backdated ones is, too.
        """
        row = self._reading.row(TAIL, (stream_id,))
        if row is None or not self._base or not self.archive:
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
            row = self._reading.row("SELECT ledger_id FROM ledger")
            if row is None:
                raise self._reading.damaged("the ledger's id is missing")
            if type(row[0]) is not str:
                raise self._reading.damaged("the ledger's id cannot be read")
        except LedgerError:
            self._reading.close()
            raise
        return str(row[0])
