"""Appending to a log that is kept in the tables of a database, whichever that is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from ledger.errors import ImportRefused
from ledger.eventstore.appending import Chain, Tail, follow_chain, key_taken
from ledger.eventstore.joining import Joinable
from ledger.eventstore.key_records import key_records
from ledger.eventstore.log_reader import LogReader
from ledger.eventstore.paging import ReadingSession
from ledger.eventstore.records import (
    Head,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.surroundings import Surroundings

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import KeptArchive


class WritingSession(ReadingSession, Joinable, Protocol):
    """A connection that can be written to."""

    @property
    def shown(self) -> str:
        """Where the ledger is, for messages."""

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> object:
        """Run one statement for its effect."""

    def transaction(self) -> AbstractContextManager[None]:
        """From the write lock to the commit; an inner one joins the outer one."""


class LogAppender(LogReader):
    """What `ledger.eventstore.store.EventStore` does to its log, and to what is beside it.

    Inside a transaction, what is appended may be buffered; every read has it written first, so
    nobody can tell.
    """

    archive: KeptArchive
    surroundings: Surroundings
    _session: WritingSession
    _chain: Chain | None = None

    @abstractmethod
    def _buffer(self, events: Sequence[RecordedEvent]) -> None:
        """Write events, at the latest before the next read."""

    @abstractmethod
    def _remember(self, record: KeyRecord) -> None:
        """Write what is to be known of an idempotency key, likewise."""

    @abstractmethod
    def _rename(self, ledger_id: str) -> None:
        """Give an empty ledger another id."""

    def append(
        self,
        writes: Sequence[StreamWrite],
        *,
        keyed: KeyedRequest | None = None,
        not_before: int = 0,
    ) -> list[RecordedEvent]:
        session = self._session
        if not session.depth:
            with session.transaction():
                return self.append(writes, keyed=keyed, not_before=not_before)
        if keyed is not None and next(self.key_records(keyed.key), None) is not None:
            raise key_taken(keyed.key)
        events = self._known_chain().append(writes, self.surroundings, not_before)
        try:
            self._buffer(events)
            if keyed is not None:
                first, last = events[0].position, events[-1].position
                self._remember(KeyRecord(keyed.key, keyed.fingerprint, first, last))
        except BaseException:
            session.doom()
            raise
        return events

    def restore(self, ledger_id: str, events: Iterable[RecordedEvent]) -> Head:
        with self._session.transaction():
            if self.head().position:
                raise ImportRefused(
                    f"{self._session.shown} already holds events",
                    advice="restore an exported log into a new ledger",
                    path=self._session.shown,
                )
            self._rename(ledger_id)
            for event in key_records(follow_chain(ledger_id, events), self._remember):
                self._buffer([event])
            self._chain = None
            return self.head()

    def rebuild_keys(self) -> int:
        with self._session.transaction():
            # Those of archived events are all that is left of them here.
            base = self.archive.position
            self._session.run("DELETE FROM idempotency_keys WHERE last_position > ?", (base,))
            for _ in key_records(self.read_all(after_position=base), self._remember):
                pass
            return sum(1 for _ in self.key_records())

    def drop_snapshot(self, stream_id: str, version: int) -> None:
        with self._session.transaction():
            self._session.run(
                "DELETE FROM snapshots WHERE version = ? "
                "AND stream_no = (SELECT stream_no FROM streams WHERE stream_id = ?)",
                (version, stream_id),
            )

    def local_days(self) -> list[tuple[int | None, ...]]:
        return self._session.rows("SELECT * FROM local_days ORDER BY since")

    @property
    def archive_folder(self) -> str | None:
        return self.archive.access.folder

    @archive_folder.setter
    def archive_folder(self, folder: str | None) -> None:
        self.archive.access.folder = folder

    def _known_chain(self) -> Chain:
        if self._chain is None:
            self._chain = Chain(self.head(), self._read_tail)
        return self._chain

    def _know(self, chain: Chain, stream_id: str, stream_no: int, tail: Tail) -> None:
        """Keep what was read of a stream: nobody else can write before it is needed."""
        if stream_no:
            self._stream_nos[stream_id] = stream_no
        chain.know(stream_id, tail)
