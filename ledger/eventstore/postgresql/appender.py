"""Appending to a log on a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Final

from ledger.errors import LedgerMoved
from ledger.eventstore.appending import Chain
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.log_appender import LogAppender
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.archived import PostgresqlArchive
from ledger.eventstore.postgresql.foreseeing_reader import ForeseeingReader
from ledger.eventstore.postgresql.look import LAST_STREAM, Look
from ledger.eventstore.postgresql.proposal import PostgresqlProposal
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.snapshots import PostgresqlSnapshots
from ledger.eventstore.postgresql.tables import PostgresqlTables
from ledger.eventstore.postgresql.transactions import State
from ledger.eventstore.reading_together import Touched
from ledger.eventstore.records import (
    Clock,
    Head,
    KeyRecord,
    RecordedEvent,
)
from ledger.eventstore.surroundings import Surroundings

if TYPE_CHECKING:
    from ledger.eventstore.reading_ahead import StreamEnd

_BUFFERED_EVENTS: Final = 1_000


class PostgresqlAppender(ForeseeingReader, LogAppender):
    """Reads and appends, as `ledger.eventstore.store.EventStore` has it.

    Inside a transaction, what is written is kept until it is committed, and then written together.
    """

    _session: Session
    archive: PostgresqlArchive

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session)
        self.surroundings = Surroundings(clock)
        self.snapshots = PostgresqlSnapshots(session, self._stream_no, self.archive)
        self.tables = PostgresqlTables(session)
        self._last_stream_no: int | None = None
        self._ledger_id_before = self._ledger_id
        self._seen = empty_head(self._ledger_id)
        session.told = self._told
        session.begun = self._begun
        session.rolled_back = self._rolled_back
        session.connected_anew = self._connected_anew

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[None]:
        return self._session.reading() if read_only else self._session.transaction()

    def transaction_touching(self, touched: Touched) -> AbstractContextManager[None]:
        return self._session.transaction(self._look(touched))

    def proposal(self, touched: Touched) -> PostgresqlProposal:
        return PostgresqlProposal(
            self._session, self._look(touched), self._ledger_id, self._settled
        )

    def _look(self, touched: Touched) -> Look:
        return Look(touched, self.tables.statements, self.recorded_of)

    def head(self) -> Head:
        head = self._session.foreseen.head
        if head is None:
            head = super().head()
            if not self._session.depth:  # else it may be lost with the transaction
                self._seen = head
        return head

    def read_ahead(self, stream_ids: Sequence[str], fingerprint: str) -> Iterator[StreamEnd]:
        from ledger.eventstore.postgresql.reading_ahead import read_ahead  # only batches do

        know = partial(self._know, self._known_chain())
        archive = self.archive if self.archive.position else None
        return read_ahead(self._session, stream_ids, fingerprint, know, archive)

    def _rename(self, ledger_id: str) -> None:
        self._session.write(1, "UPDATE ledger SET ledger_id = ?", (ledger_id,))
        self._ledger_id = ledger_id
        self._session.foreseen.clear()

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

    def _told(self, state: State) -> None:
        """See that it is the same ledger, though its schema may have been made anew.

        Raises:
            LedgerMoved: there is another one now, or one that has lost what was seen of it.
        """
        self._note_seen()
        position = 0 if state.head is None else state.head[0]
        is_another = state.ledger_id not in (None, self._ledger_id)
        if is_another or position < self._seen.position:
            raise self._moved("the ledger was replaced", is_another)

    def _begun(self, last: Row | None) -> None:
        """Drop what is known of the ledger: somebody else may have written since."""
        head = empty_head(self._ledger_id) if last is None else Head(*last)
        self._note_seen()
        self._chain = Chain(head, self._read_tail)
        self._session.foreseen.head = head
        self._last_stream_no = None
        self._ledger_id_before = self._ledger_id
        self.tables.forget()

    def _note_seen(self) -> None:
        if self._chain is not None:  # as it was committed
            self._seen = self._chain.head

    def _settled(self, recorded: Sequence[RecordedEvent], stamp: int) -> None:
        """Go on from where a proposal has been written to."""
        session, last = self._session, recorded[-1]
        session.remembered.take(session.foreseen, recorded, self._known_chain().tail, stamp)
        self._chain = Chain(Head(last.position, last.hash, last.recorded_at), self._read_tail)

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
            raise self._moved("the connection was lost", ledger_id != self._ledger_id)
        self._rolled_back()

    def _moved(self, why: str, is_another: bool) -> LedgerMoved:
        lost = "another ledger" if is_another else "an earlier state of it"
        return LedgerMoved(
            f"{why}, and now {lost} is at {self._session.shown}",
            advice="see what is there now, then repeat the command",
            path=self._session.shown,
        )
