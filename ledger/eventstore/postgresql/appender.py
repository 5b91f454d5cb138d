"""Appending to a log on a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Final

from ledger.errors import ImportRefused, LedgerMoved
from ledger.eventstore.appending import Chain, Tail, follow_chain, key_taken
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.key_records import key_records
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.foreseeing_reader import ForeseeingReader
from ledger.eventstore.postgresql.foresight import LAST_STREAM, Look
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.snapshots import PostgresqlSnapshots
from ledger.eventstore.postgresql.tables import PostgresqlTables
from ledger.eventstore.reading_together import Touched
from ledger.eventstore.records import (
    Clock,
    Head,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.surroundings import Surroundings

if TYPE_CHECKING:
    from ledger.eventstore.reading_ahead import StreamEnd

_BUFFERED_EVENTS: Final = 1_000


class PostgresqlAppender(ForeseeingReader):
    """Reads and appends, as `ledger.eventstore.store.EventStore` has it.

    Inside a transaction, what is written is kept until it is committed, and then written together;
    every read that needs the server has it written first, so nobody can tell.
    """

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session)
        self.surroundings = Surroundings(clock)
        self.snapshots = PostgresqlSnapshots(session, self._stream_no, self.archive)
        self.tables = PostgresqlTables(session)
        self._last_stream_no: int | None = None
        self._chain: Chain | None = None
        self._ledger_id_before = self._ledger_id
        self._seen = empty_head(self._ledger_id)
        session.begun = self._begun
        session.rolled_back = self._rolled_back
        session.connected_anew = self._connected_anew

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[None]:
        return self._session.reading() if read_only else self._session.transaction()

    def transaction_touching(self, touched: Touched) -> AbstractContextManager[None]:
        return self._session.transaction(Look(touched, self.tables.statements, self.recorded_of))

    def head(self) -> Head:
        head = self._session.foreseen.head
        if head is None:
            head = super().head()
            if not self._session.depth:  # else it may be lost with the transaction
                self._seen = head
        return head

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

    def read_ahead(self, stream_ids: Sequence[str], fingerprint: str) -> Iterator[StreamEnd]:
        from ledger.eventstore.postgresql.reading_ahead import read_ahead  # only batches do

        know = partial(self._know, self._known_chain())
        archive = self.archive if self.archive.position else None
        return read_ahead(self._session, stream_ids, fingerprint, know, archive)

    def restore(self, ledger_id: str, events: Iterable[RecordedEvent]) -> Head:
        session = self._session
        with session.transaction():
            if self.head().position:
                raise ImportRefused(
                    f"{session.place.shown} already holds events",
                    advice="restore an exported log into a new ledger",
                    path=session.place.shown,
                )
            session.write(1, "UPDATE ledger SET ledger_id = ?", (ledger_id,))
            self._ledger_id = ledger_id
            session.foreseen.clear()
            for event in key_records(follow_chain(ledger_id, events), self._remember):
                self._buffer([event])
            self._chain = None
            return self.head()

    def _known_chain(self) -> Chain:
        if self._chain is None:
            self._chain = Chain(self.head(), self._read_tail)
        return self._chain

    def _buffer(self, events: Sequence[RecordedEvent]) -> None:
        stream_nos = self._stream_nos
        pending, foreseen = self._session.pending, self._session.foreseen
        for event in events:
            if event.stream_id not in stream_nos:
                self._add_stream(event.stream_id, event.aggregate_type)
            pending.add_event(event, stream_nos[event.stream_id])
            foreseen.written(event.stream_id)
        self._session.writes += len(events)
        if len(pending.events) >= _BUFFERED_EVENTS:
            self._session.flush()

    def _add_stream(self, stream_id: str, aggregate_type: str) -> None:
        if self._last_stream_no is None:
            last = self._session.foreseen.last_stream
            if last is None:
                row = self._session.row(LAST_STREAM)
                last = (row and row[0]) or 0
            self._last_stream_no = last
        self._last_stream_no += 1
        self._stream_nos[stream_id] = self._last_stream_no
        self._session.pending.add_stream(self._last_stream_no, stream_id, aggregate_type)

    def _remember(self, record: KeyRecord) -> None:
        self._session.pending.add_key(record)
        self._session.foreseen.key_used()
        self._session.writes += 1

    def _begun(self, last: Row | None) -> None:
        """Drop what is known of the ledger: somebody else may have written since."""
        head = empty_head(self._ledger_id) if last is None else Head(*last)
        if self._chain is not None:  # as it was committed
            self._seen = self._chain.head
        self._chain = Chain(head, self._read_tail)
        self._session.foreseen.head = head
        self._last_stream_no = None
        self._ledger_id_before = self._ledger_id
        self.tables.forget()

    def _rolled_back(self) -> None:
        """Drop what was believed during a transaction that did not commit."""
        self._chain = None
        self.archive.forget()
        self.tables.forget()
        self._ledger_id = self._ledger_id_before
        self._stream_nos.clear()
        self._streams.clear()

    def _connected_anew(self) -> None:
        """See that it is the same ledger, with all that this process has seen of it."""
        seen = self._seen if self._chain is None else self._chain.head
        found = self._session.row(
            "SELECT ledger_id, (SELECT hash FROM events WHERE position = ?) FROM ledger",
            (seen.position,),
        )
        ledger_id, digest = found or (None, None)
        if ledger_id != self._ledger_id or (seen.position and digest != seen.hash):
            lost = "another ledger" if ledger_id != self._ledger_id else "an earlier state of it"
            raise LedgerMoved(
                f"the connection to {self._session.place.shown} was lost, and now {lost} is there",
                advice="see what is there now, then repeat the command",
                path=self._session.place.shown,
            )
        self._rolled_back()

    def _know(self, chain: Chain, stream_id: str, stream_no: int, tail: Tail) -> None:
        """Keep what was read of a stream: nobody else can write before it is needed."""
        if stream_no:
            self._stream_nos[stream_id] = stream_no
        chain.know(stream_id, tail)
