"""One connection to a ledger on a server, and its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from ledger.errors import StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.joining import Joined
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.connected import Connected
from ledger.eventstore.postgresql.errors import is_gone, unconfirmed
from ledger.eventstore.postgresql.look import Look
from ledger.eventstore.postgresql.transactions import (
    ARCHIVED,
    BEGIN_READING,
    COMMIT,
    FLUSH,
    FLUSH_IF_BEHIND,
    LOCK_READERS,
    STATE,
    Archived,
    Outermost,
    State,
)
from ledger.eventstore.postgresql.wire import Answer, Asked

_Result = TypeVar("_Result")


class Session(Connected):
    """Runs statements, translates the server's failures, and nests transactions by joining."""

    _writes_before = 0
    _archived_before = Archived()
    lets_in_early = False
    """Whether the last commit let the next writer in before it was on the disk."""

    def transaction(self, look: Look | None = None) -> AbstractContextManager[None]:
        """From the write lock to the commit; an inner one joins the outer one.

        Args:
            look: what is asked as it begins, to be had from `foreseen`.

        Each statement sees what is committed when it begins; since nobody else can write, that is
        one state. An exception that leaves an inner transaction after it has written dooms the
        outer one: half of the inner one's writes must not be committed by who caught it.
        """
        return Joined(self) if self.depth else Outermost(self, look)

    def begin(self, look: Look | None) -> None:
        """Take the write lock, and tell who wants to know."""
        self.remembered.forget()
        told = self.begin_with(self.beginning, look)
        if not self.is_draft:
            self.lock_taken(told[1])

    def begin_with(
        self, beginning: Sequence[Asked], look: Look | None, end: Sequence[Asked] = ()
    ) -> list[Answer]:
        """Begin a transaction with a look, and give the answers to its statements.

        Args:
            beginning: the statements before the look.
            end: those after it.
        """
        asked = look.questions(archived=self.archived.position > 0) if look else []
        try:
            told = self._on_a_connection(lambda: self.ask([*beginning, STATE, *asked, *end]))
            answers = told[len(beginning) :]
            state = State.told_by(answers[0])
            self.archived = state.archived
            if state.now is not None:
                self.clock.hear(state.now)
            self.told(state)
            self.opened(state.head)
            if look:
                look.take(self.foreseen, answers[1:], archived=self.archived.position > 0)
        except BaseException:
            self.roll_back()
            raise
        return told

    def opened(self, head: Row | None) -> None:
        """A transaction has begun at the end of the log that an event's row tells."""
        self._doomed = False
        self.depth = 1
        self._writes_before = self.writes
        self._archived_before = self.archived
        self.begun(head)

    def lock_taken(self, told: Answer) -> None:
        """Take in what the server told as it gave the write lock."""
        _, _, waited, now = told.row(0, LOCK_READERS)
        self.lets_in_early = waited is not None
        self.clock.hear(now)

    def commit(self) -> None:
        """Write what is buffered, and commit.

        Raises:
            RuntimeError: a failed inner transaction was ignored; nothing was written.
        """
        try:
            self.check_not_doomed()
            self._commit()
        except BaseException:
            self.roll_back()
            raise
        self.over()

    def check_not_doomed(self) -> None:
        """Refuse to commit what a failed inner transaction has written half."""
        if self._doomed:
            raise RuntimeError("a failed inner transaction was ignored")

    def over(self) -> None:
        """All of the transaction is done."""
        self.depth = 0
        self.foreseen.clear()
        self.raise_interrupt()

    def raise_interrupt(self) -> None:
        """Raise what came while statements were run to the end."""
        if (interrupt := self.wire.interrupt) is not None:
            self.wire.interrupt = None
            raise interrupt

    def roll_back(self) -> None:
        """Undo all that the transaction wrote."""
        self.pending.clear()
        self.foreseen.clear()
        self.archived = self._archived_before
        self.rolled_back()
        try:
            self._undo()
        finally:
            self.depth = 0

    def doom(self) -> None:
        """See that the transaction which is open is not committed."""
        self._doomed = True

    @contextmanager
    def allowing(self, what: str) -> Iterator[None]:
        """Have the triggers let through what is done on purpose within the block.

        Where that fails, the transaction is undone, and this with it.
        """
        self.run(f"SELECT set_config('ledger.{what}', 'on', true)")
        yield
        self.run(f"SELECT set_config('ledger.{what}', 'off', true)")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the log for several reads; inside a transaction that is its own state."""
        if self.depth or self.is_draft or self._reading:
            yield
            return
        self._begin_reading()
        try:
            yield
        except BaseException:
            self._reading = False
            self._undo()
            raise
        self._reading = False
        *_, told = self.ask([Asked("ROLLBACK"), FLUSH_IF_BEHIND])
        self.archived = Archived.told_by(told)

    def _begin_reading(self) -> None:
        try:
            _, told = self._on_a_connection(lambda: self.ask([BEGIN_READING, ARCHIVED]))
        except BaseException:
            self._undo()
            raise
        self.archived = Archived.told_by(told)
        self._reading = True

    def publish(self) -> None:
        """Commit a draft."""
        self.noting(lambda: self.script("COMMIT"))
        self.is_draft = False

    def close(self) -> None:
        """Close the connection; a draft is gone with it."""
        self.connection.close()

    def _commit(self) -> None:
        if self.is_draft:
            self.flush()
            self.ask([Asked("RELEASE part")])
        elif self.writes == self._writes_before:
            self.ask([COMMIT, FLUSH_IF_BEHIND], to_the_end=True)
        else:
            self._check_open()
            self._copy_many()
            last = [*self.pending.statements(), COMMIT]
            place = len(last) - 1
            if self.lets_in_early:
                last.append(FLUSH)
            self.noting(lambda: self.ask(last, to_the_end=True), place)

    def noting(self, commit: Callable[[], _Result], place: int = 0) -> _Result:
        """Commit, and note for an interrupt that something is saved.

        Args:
            place: of the statement among those that are asked, which may be followed by others.
        """
        standing.saving()
        try:
            return commit()
        except StorageFailure as failure:
            error = failure.__cause__
            if isinstance(error, psycopg.Error) and (is_gone(error) or self.wire.failed_at > place):
                raise unconfirmed(error, self.place) from error
            standing.not_saved()
            if isinstance(error, errors.QueryCanceled):
                self.raise_interrupt()
            raise
        except Exception:
            standing.not_saved()
            raise

    def _undo(self) -> None:
        # The connection may be gone, and the transaction with it; the first error is what is told.
        with suppress(psycopg.Error):
            if self.connection.closed:
                return
            if self.is_draft:
                self.wire.ask([Asked("ROLLBACK TO part")])
            elif self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
                self.wire.ask([Asked("ROLLBACK"), FLUSH_IF_BEHIND])
