"""A transaction that is decided without the write lock, and written if nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
from msgspec.structs import astuple

from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore import standing
from ledger.eventstore.postgresql.proposed import proposed, settled
from ledger.eventstore.postgresql.transactions import (
    BEGIN_READING,
    COMMIT,
    FLUSH,
    FLUSH_IF_BEHIND,
)
from ledger.eventstore.reading_together import Overtaken
from ledger.eventstore.records import RecordedEvent

if TYPE_CHECKING:
    from ledger.eventstore.postgresql.look import Look
    from ledger.eventstore.postgresql.session import Session


class PostgresqlProposal:
    """Implements `ledger.eventstore.reading_together.Proposal`.

    Args:
        session: it is made on.
        look: what is asked as it begins; what this process remembers is not asked for again.
        ledger_id: of the ledger that it is for.
        on_settled: told the events that were written, and the stamp of the rows that were written
            with them, while it is still known what they rest on.
    """

    __slots__ = ("_is_recalled", "_ledger_id", "_look", "_on_settled", "_session", "recorded")

    def __init__(
        self,
        session: Session,
        look: Look,
        ledger_id: str,
        on_settled: Callable[[Sequence[RecordedEvent], int], None],
    ) -> None:
        self._session = session
        self._look = look
        self._ledger_id = ledger_id
        self._on_settled = on_settled
        self._is_recalled = False
        self.recorded: Sequence[RecordedEvent] = ()

    def __enter__(self) -> PostgresqlProposal:
        session = self._session
        if session.depth:
            raise Overtaken  # nobody else can write, so there is nothing to propose
        head = session.remembered.answers(self._look)
        if head is not None and session.clock.is_fresh and session.wire.is_quiet():
            self._is_recalled = True
            session.opened(astuple(head))
            session.remembered.recall(self._look, session.foreseen)
        else:
            try:
                session.begin_with([BEGIN_READING], self._look, [COMMIT])
            except DamagedLedger as error:  # who holds the lock is told what that is
                raise Overtaken from error
        session.is_proposing = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        session = self._session
        if error is None:
            try:
                self._commit()
            except DamagedLedger as damaged:  # or a row is not as it was; as above
                self._give_up()
                raise Overtaken from damaged
            except BaseException:
                self._give_up()
                raise
            return
        self._give_up()
        if isinstance(error, LedgerError):
            if self._is_recalled or isinstance(error, DamagedLedger):  # it may be so no more
                raise Overtaken from error
            with suppress(psycopg.Error):  # what is told must not be lost by a crash
                session.wire.ask([FLUSH_IF_BEHIND])

    def _commit(self) -> None:
        session = self._session
        session.check_not_doomed()
        events = [event for event, _ in session.pending.events]
        if events:
            self._write(events)
        elif session.pending:
            raise Overtaken
        else:
            session.ask([FLUSH_IF_BEHIND], to_the_end=True)
        session.is_proposing = False
        session.over()

    def _write(self, events: Sequence[RecordedEvent]) -> None:
        session = self._session
        write = proposed(session.pending, session.foreseen, self._ledger_id)
        asked = [*session.beginning, write, COMMIT]
        place = len(asked) - 1
        is_flushed = session.lets_in_early  # who has waited the last time may well wait again
        if is_flushed:
            asked.append(FLUSH_IF_BEHIND)
        session.pending.clear()
        told = session.noting(
            lambda: session.ask(asked, to_the_end=True, may_be_stopped=True), place
        )
        session.lock_taken(told[1])
        recorded, stamp = settled(events, told[place - 1])
        if not recorded:
            standing.not_saved()
            session.raise_interrupt()
            raise Overtaken
        self.recorded = recorded
        self._on_settled(recorded, stamp)
        if session.lets_in_early and not is_flushed:
            session.noting(lambda: session.ask([FLUSH], to_the_end=True), place=-1)

    def _give_up(self) -> None:
        session = self._session
        session.is_proposing = False
        session.remembered.forget()
        session.roll_back()
