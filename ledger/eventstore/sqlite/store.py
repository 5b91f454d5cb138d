"""The event store in one SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

from ledger.errors import ON_IMPOSSIBLE_VALUES, LedgerError, LedgerMoved, StorageFailure
from ledger.eventstore.log_appender import LogAppender
from ledger.eventstore.records import (
    Clock,
    Head,
    KeyRecord,
    Progress,
    RecordedEvent,
)
from ledger.eventstore.sqlite.archived import SqliteArchive
from ledger.eventstore.sqlite.errors import translating
from ledger.eventstore.sqlite.files import connect, take_over
from ledger.eventstore.sqlite.place import Place
from ledger.eventstore.sqlite.reader import SqliteReader
from ledger.eventstore.sqlite.session import Row, Session
from ledger.eventstore.sqlite.snapshots import SqliteSnapshots
from ledger.eventstore.sqlite.tables import SqliteTables
from ledger.eventstore.store import LOCK_TIMEOUT, EventStore
from ledger.eventstore.surroundings import Surroundings

if TYPE_CHECKING:
    import apsw

    from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
    from ledger.eventstore.reading_ahead import StreamEnd
    from ledger.eventstore.sql_views import SqlAnswer, SqlFunction
    from ledger.eventstore.sqlite.drafts import Draft
    from ledger.eventstore.sqlite.publications import SqlitePublications

_BUFFERED_EVENTS = 1_000

_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class SqliteStore(SqliteReader, LogAppender):
    """Implements `ledger.eventstore.store.EventStore`.

    Inside a transaction, appended events are buffered and inserted in runs.
    """

    _session: Session
    archive: SqliteArchive

    def __init__(
        self,
        session: Session,
        clock: Clock,
        draft: Draft | None = None,
        *,
        in_memory: bool = False,
    ) -> None:
        super().__init__(session)
        self.surroundings = Surroundings(clock)
        self._draft = draft
        self._alone = in_memory or session.alone
        self.snapshots = SqliteSnapshots(session, self.archive)
        self.tables = SqliteTables(session)
        self._pending: list[Row] = []
        self._data_version = 0
        self._ledger_id_before = self._ledger_id
        session.is_kept = draft is None and not in_memory
        session.write_buffer = self._flush
        session.begun = self._begun
        session.committed = self._note_version
        session.rolled_back = self._rolled_back

    @classmethod
    def open(
        cls,
        path: str,
        clock: Clock,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
        as_it_is: bool = False,
        mapped: bool = False,
        check: Callable[[EventStore], None] | None = None,
    ) -> SqliteStore:
        """Open the ledger file at a path.

        Args:
            check: raises where a store is not whole; asked where a killed writer has left something
                beside the file that may not be its own.

        Raises:
            LedgerMoved: another file was put in its place meanwhile.
            LedgerError: see `files.connect`.
        """
        place = Place(path)

        def is_whole(connection: apsw.Connection) -> bool:
            try:
                if check:
                    check(cls(Session(connection, path), clock, in_memory=True))
            except StorageFailure:  # a disk that fails says nothing about the content
                raise
            except LedgerError:
                return False
            except ON_IMPOSSIBLE_VALUES:  # such as pages of two files make together
                return False
            return True

        connection = connect(
            path, lock_timeout, as_it_is=as_it_is, mapped=mapped, is_whole=is_whole
        )
        store = cls(Session(connection, path, place), clock)
        try:
            place.check()
        except LedgerMoved:
            connection.close()
            raise
        return store

    @classmethod
    def draft(cls, path: str, ledger_id: str, clock: Clock) -> SqliteStore:
        """Begin a new ledger for a path where there is none; `publish` gives it its name."""
        from ledger.eventstore.sqlite.drafts import Draft  # few commands make a ledger

        draft = Draft(path)
        connection = draft.create(ledger_id)
        try:  # an interrupt that came while SQLite was writing strikes here
            return cls(Session(connection, path), clock, draft)
        except BaseException:
            connection.close()
            draft.discard()
            raise

    @classmethod
    def in_memory(cls, ledger_id: str, clock: Clock) -> SqliteStore:
        """A new ledger that no file has, and nobody else can open."""
        from ledger.eventstore.sqlite.drafts import create_in_memory

        return cls(Session(create_in_memory(ledger_id), ":memory:"), clock, in_memory=True)

    @classmethod
    def temporary(cls, ledger_id: str, path: str, clock: Clock) -> SqliteStore:
        """A new ledger in a file without a name, gone with the process; ``path`` is what it is for.

        Unlike one in memory it may be larger than that.
        """
        from ledger.eventstore.sqlite.drafts import create_temporary

        return cls(Session(create_temporary(ledger_id), path), clock, in_memory=True)

    @classmethod
    def of_copy(cls, connection: apsw.Connection, path: str, clock: Clock) -> SqliteStore:
        """The ledger in a private copy of the file at a path; see `files.connect` for what it
        refuses.
        """
        take_over(connection, path)
        return cls(Session(connection, path), clock, in_memory=True)

    @property
    def location(self) -> str | None:
        return None if self._draft or self._alone else self._session.path

    @property
    def publications(self) -> SqlitePublications:
        """How far the log has been published."""
        from ledger.eventstore.sqlite.publications import SqlitePublications  # few commands ask

        return SqlitePublications(self._session)

    def publish(self) -> None:
        """Close a draft and give it its name; of a store that is none, just close it."""
        if self._draft is None:
            self.close()
            return
        self._session.checkpoint()
        self._session.close()
        self._draft.publish()
        self._draft = None

    def close(self) -> None:
        self.archive.close()
        try:
            self._session.close()
        finally:
            if self._draft:
                self._draft.discard()

    def backup(
        self,
        destination: str,
        *,
        replace: bool,
        check: Callable[[EventStore], None],
        progress: Progress | None = None,
    ) -> Head:
        from ledger.eventstore.sqlite.backup import Copy  # most commands make none

        with Copy(destination, self._session.path, replace=replace) as copy:
            with self.transaction(read_only=True):
                head = self.head()  # this read fixes the state that is copied
                copy.fill(self._session, progress)
            with copy.blaming_the_source():
                store = SqliteStore.open(copy.temporary, self.surroundings.clock)
                try:
                    check(store)
                finally:
                    store.close()
            copy.publish()
        return head

    def repair(self) -> list[str]:
        from ledger.eventstore.sqlite.repair import (  # most commands repair nothing
            free_unused_pages,
            repair,
            repair_journal_mode,
        )

        with translating(self._session.path):
            done = repair_journal_mode(self._session)
            with self._session.transaction():
                self.tables.forget()
                done += repair(self._session)
            free_unused_pages(self._session)
        return done

    def keep_local_days(self, rows: Iterable[Sequence[int | None]]) -> None:
        with self._session.transaction():
            self._session.run("DELETE FROM local_days")
            self._session.run_many(
                "INSERT INTO local_days VALUES (?, ?, ?, ?)", [tuple(row) for row in rows]
            )

    def answer_sql(
        self, query: str, functions: Sequence[SqlFunction] = (), *, timeout: float
    ) -> AbstractContextManager[SqlAnswer]:
        from ledger.eventstore.sqlite.queries import answer_sql  # few commands ask in SQL

        return answer_sql(self.location, self.ledger_id, query, functions, timeout)

    def keep_keys(self, records: Iterable[KeyRecord]) -> None:
        """Put other records in the place of those there are."""
        with self._session.transaction():
            self._session.run("DELETE FROM idempotency_keys")
            for record in records:
                self._remember(record)

    def erase_texts(self, positions: Iterable[int]) -> int:
        from ledger.eventstore.sqlite.erasing import erase_texts  # most commands erase nothing

        with self._session.transaction():
            return erase_texts(self._session, positions)

    def empty_projection(self, name: str) -> None:
        from ledger.eventstore.sqlite.erasing import empty_projection

        with self._session.transaction():
            self.tables.forget()
            empty_projection(self._session, name)

    def scrub(self) -> None:
        from ledger.eventstore.sqlite.erasing import scrub

        scrub(self._session)

    def check_may_put_away(self) -> None:
        with self._session.transaction():
            pass  # the write lock is not to be had of a file that can only be read

    def put_away(self, segment: SegmentRecord, streams: Iterable[ArchivedStream]) -> None:
        from ledger.eventstore.sqlite.archiving import put_away  # few commands archive

        with translating(self._session.path), self._session.transaction():
            put_away(self._session, segment, streams, self.archive.position)
            self.archive.forget()

    def restore_archived(
        self,
        ledger_id: str,
        segments: Iterable[SegmentRecord],
        streams: Iterable[ArchivedStream],
        events: Iterable[RecordedEvent],
    ) -> Head:
        """Make an empty store the twin of another one that has an archive.

        Args:
            segments: of the archive.
            streams: all that have archived events.
            events: all that are not archived, or stayed though others went.
        """
        from ledger.eventstore.sqlite.archiving import take_over

        with self._session.transaction():
            self._rename(ledger_id)
            kept = list(streams)
            for stream in kept:
                self._add_stream(stream.stream_id, stream.aggregate_type)
            take_over(self._session, segments, kept)
            for event in events:
                self._buffer([event])
            self._chain = None
            self.archive.forget()
            return self.head()

    def replace_segment(self, segment: SegmentRecord) -> None:
        from ledger.eventstore.sqlite.archiving import replace_segment

        with self._session.transaction():
            replace_segment(self._session, segment)
            self.archive.forget()

    def replace_state(self, stream: ArchivedStream) -> None:
        from ledger.eventstore.sqlite.archiving import replace_state

        with self._session.transaction():
            replace_state(self._session, stream)

    def size(self) -> int:
        from ledger.eventstore.opening import stored_size

        return stored_size(self._session.path) or 0

    def shrink(self) -> None:
        from ledger.eventstore.sqlite.archiving import shrink

        with translating(self._session.path):
            shrink(self._session)

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[None]:
        return self._session.reading() if read_only else self._session.transaction()

    def read_ahead(self, stream_ids: Sequence[str], fingerprint: str) -> Iterator[StreamEnd]:
        from ledger.eventstore.sqlite.reading_ahead import read_ahead  # only batches do

        know = partial(self._know, self._known_chain())
        archived = self.archive.position > 0
        return read_ahead(self._session, stream_ids, fingerprint, know, archived)

    def _rename(self, ledger_id: str) -> None:
        self._session.run("UPDATE ledger SET ledger_id = ?", (ledger_id,))
        self._ledger_id = ledger_id

    def _buffer(self, events: Sequence[RecordedEvent]) -> None:
        stream_nos = self._stream_nos
        for event in events:
            if event.stream_id not in stream_nos:
                self._add_stream(event.stream_id, event.aggregate_type)
        self._pending += [
            (
                event.position,
                stream_nos[event.stream_id],
                event.version,
                event.event_type,
                event.schema_version,
                event.data,
                event.text,
                event.salt,
                event.metadata,
                event.effective_at,
                event.recorded_at,
                event.backdated,
                event.hash,
            )
            for event in events
        ]
        self._session.writes += len(events)
        self._session.buffered = True
        if len(self._pending) >= _BUFFERED_EVENTS:
            self._session.flush()

    def _flush(self) -> None:
        if self._pending:
            rows, self._pending = self._pending, []
            self._session.run_many(_INSERT, rows)

    def _begun(self) -> None:
        """Drop what is known of the log's end if somebody else has written since."""
        if self._session.connection.data_version() != self._data_version:
            self._chain = None
            self.tables.forget()
            self.archive.forget()
        self._ledger_id_before = self._ledger_id

    def _note_version(self) -> None:
        """What is known now stays true until the file has another version."""
        self._data_version = self._session.connection.data_version()
        self.archive.note(self._data_version)

    def _rolled_back(self) -> None:
        """Drop what was believed during a transaction that did not commit."""
        self._chain = None
        self.tables.forget()
        self.archive.forget()
        self._ledger_id = self._ledger_id_before
        self._pending.clear()
        self._session.buffered = False
        self._stream_nos.clear()
        self._streams.clear()

    def _add_stream(self, stream_id: str, aggregate_type: str) -> None:
        self._session.run(
            "INSERT INTO streams (stream_id, aggregate_type) VALUES (?, ?)",
            (stream_id, aggregate_type),
        )
        self._stream_nos[stream_id] = self._session.connection.last_insert_rowid()

    def _remember(self, record: KeyRecord) -> None:
        self._session.run(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)",
            (record.key, record.fingerprint, record.first_position, record.last_position),
        )
