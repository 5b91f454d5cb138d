"""One connection to a ledger on a server: its transactions and its failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from ledger.errors import StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.joining import Joined
from ledger.eventstore.log_reader import HEAD
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.clock import ServerClock
from ledger.eventstore.postgresql.connecting import Connection, connect
from ledger.eventstore.postgresql.errors import KEPT_OUT, is_gone, unconfirmed
from ledger.eventstore.postgresql.foresight import Foresight, Look
from ledger.eventstore.postgresql.line import Line, NulCharacter
from ledger.eventstore.postgresql.opening import look
from ledger.eventstore.postgresql.pending import Pending
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.transactions import (
    COMMIT,
    FLUSH,
    FLUSH_IF_BEHIND,
    HEAD_READERS,
    LOCK,
    LOCK_READERS,
    LOCKS_OF_LEDGERS,
    Outermost,
)
from ledger.eventstore.postgresql.wire import Asked

_Result = TypeVar("_Result")


class Session(Line):
    """Runs statements, translates the server's failures, and nests transactions by joining.

    Args:
        connection: open, and owned by the session from now on.
        place: where it leads.
        schema_number: of the schema, by which the server knows it.
        now: what the server's clock says (µs UTC).
        lock_timeout: seconds to wait for another writer.
        is_draft: all is one transaction that is open already, and `publish` commits; what would be
            one elsewhere is a part of it that can be undone.

    Attributes:
        pending: what is written before a statement inside a transaction and before its commit, so
            that it is seen and kept.
        clock: the server's.
        foreseen: what the transaction that is open was told as it began.
        begun: called once a transaction has the write lock, with the last event's row.
        rolled_back: called before a transaction's writes are undone.
        connected_anew: called once there is a new connection in the place of one that was lost.
        writes: how many writes there were, those included that are only pending yet.
    """

    def __init__(
        self,
        connection: Connection,
        place: ServerPlace,
        schema_number: int,
        now: int,
        lock_timeout: float,
        *,
        is_draft: bool = False,
    ) -> None:
        super().__init__(connection, place)
        self.is_draft = is_draft
        self.pending = Pending()
        self.clock = ServerClock()
        self.clock.hear(now)
        self.foreseen = Foresight()
        self.begun: Callable[[Row | None], None] = _nothing_with
        self.rolled_back: Callable[[], None] = _nothing
        self.connected_anew: Callable[[], None] = _nothing
        self.writes = 0
        self._writes_before = 0
        self._doomed = False
        self._reading = False
        self._lets_in_early = False
        self._patience = max(1, round(lock_timeout * 1000))
        self._begin = self._beginning(schema_number)

    # ── statements ──────────────────────────────────────────────────────────────────────────────

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> int:
        """Run one statement for its effect, and give how many rows it touched."""
        if self.depth:
            self.flush()
        self.writes += 1
        try:
            return self.execute(sql, bindings)
        except NulCharacter as error:
            raise self.unstorable() from error

    def write(self, rows: int, sql: str, bindings: Sequence[Any] = ()) -> None:
        """Run a statement that writes so many rows.

        Raises:
            DamagedLedger: something in the schema has kept it from that.
        """
        if self.run(sql, bindings) != rows:
            raise self.damaged(KEPT_OUT)

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        if self.depth:
            self.flush()
        try:
            return self._on_a_connection(lambda: self._settled(sql, bindings))
        except UnicodeEncodeError:  # what is asked for is no Unicode text, and nothing stored is it
            return []
        except NulCharacter:
            return []

    def _settled(self, sql: str, bindings: Sequence[Any]) -> list[Row]:
        """The rows of a query, which a crash of the server does not take away any more."""
        found = self.fetch(sql, bindings)
        if not self._in_transaction:
            self.ask([FLUSH_IF_BEHIND])
        return found

    def row(self, sql: str, bindings: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = self.rows(sql, bindings)
        return rows[0] if rows else None

    def rewrite(self, table: str) -> None:
        """Write a table anew without the rows of before; outside any transaction."""
        self.script(f"SET lock_timeout = {self._patience}")
        try:
            self.script(f'VACUUM (FULL, ANALYZE) "{table}"')
        finally:
            self.script("RESET lock_timeout")

    def flush(self) -> None:
        """Write what is buffered. It may be an outer transaction's, and was counted there.

        Raises:
            StorageFailure: the transaction is over, though its block is not; what came now would be
                committed at once, or be refused.
        """
        self._check_open()
        if not self.pending:
            return
        writes = self.writes
        try:
            self._copy_many()
            if asked := self.pending.statements():
                self.ask(asked)
        except BaseException:
            self._doomed = True
            raise
        self.writes = writes

    def _check_open(self) -> None:
        status = self.connection.pgconn.transaction_status
        if status not in (TransactionStatus.INTRANS, TransactionStatus.ACTIVE):
            raise StorageFailure(
                f"the server has given up the transaction on {self.place.shown}",
                advice="repeat the command; nothing was changed",
            )

    def _copy_many(self) -> None:
        for target, rows in self.pending.many():
            self.copy(target, rows)

    # ── connections ─────────────────────────────────────────────────────────────────────────────

    def _beginning(self, schema_number: int) -> list[Asked]:
        """The statements that begin a transaction, and take the write lock."""
        if self.is_draft:
            return [Asked("SAVEPOINT part")]
        lock = LOCKS_OF_LEDGERS | schema_number
        return [Asked("BEGIN"), Asked(LOCK, (str(self._patience), lock, lock))]

    @property
    def _in_transaction(self) -> bool:
        return bool(self.depth or self._reading or self.is_draft)

    def _on_a_connection(self, work: Callable[[], _Result]) -> _Result:
        """Do a piece of work; on a new connection where the one that there was is lost.

        Within a transaction that would be another transaction, so there it is not done.
        """
        try:
            return work()
        except StorageFailure as failure:
            error = failure.__cause__
            if self._in_transaction:
                raise
            if not isinstance(error, psycopg.Error) or not is_gone(error):
                raise
        self._connect_anew()
        return work()

    def _connect_anew(self) -> None:
        """Connect once more, as after a restart of the server.

        Raises:
            LedgerMoved: there is another ledger now, or it has lost what was seen of it.
            LedgerError: there is none, or no way to it.
        """
        self.replace(connect(self.place))
        try:
            number, now = look(self.connection, self.place)
            self._begin = self._beginning(number)
            self.clock.hear(now)
            self.connected_anew()
        except BaseException:
            self.connection.close()  # so that it is looked at again the next time
            raise

    # ── transactions ────────────────────────────────────────────────────────────────────────────

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
        self._doomed = False
        asked = list(look.questions) if look else []
        try:
            told = self._on_a_connection(lambda: self.ask([*self._begin, Asked(HEAD), *asked]))
            if not self.is_draft:
                _, _, waited, now = told[1].row(0, LOCK_READERS)
                self._lets_in_early = waited is not None
                self.clock.hear(now)
            answers = told[len(self._begin) :]
            self.depth = 1
            self._writes_before = self.writes
            rows = answers[0].rows(HEAD_READERS)
            self.begun(rows[0] if rows else None)
            if look:
                look.take(self.foreseen, answers[1:])
        except BaseException:
            self.roll_back()
            raise

    def commit(self) -> None:
        """Write what is buffered, and commit.

        Raises:
            RuntimeError: a failed inner transaction was ignored; nothing was written.
        """
        try:
            if self._doomed:
                raise RuntimeError("a failed inner transaction was ignored")
            self._commit()
        except BaseException:
            self.roll_back()
            raise
        self.depth = 0
        self.foreseen.clear()
        if (interrupt := self.wire.interrupt) is not None:
            self.wire.interrupt = None
            raise interrupt

    def roll_back(self) -> None:
        """Undo all that the transaction wrote."""
        self.pending.clear()
        self.foreseen.clear()
        self.rolled_back()
        try:
            self._undo()
        finally:
            self.depth = 0

    def doom(self) -> None:
        """See that the transaction which is open is not committed."""
        self._doomed = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the log for several reads; inside a transaction that is its own state."""
        if self.depth or self.is_draft or self._reading:
            yield
            return
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        self._on_a_connection(lambda: self.script(begin))
        self._reading = True
        try:
            yield
        except BaseException:
            self._reading = False
            self._undo()
            raise
        self._reading = False
        self.ask([Asked("ROLLBACK"), FLUSH_IF_BEHIND])

    def publish(self) -> None:
        """Commit a draft."""
        self._noting(lambda: self.script("COMMIT"))
        self.is_draft = False

    def close(self) -> None:
        """Close the connection; a draft is gone with it."""
        self.connection.close()

    def settle(self) -> None:
        """Wait until all that could be read so far is on the disk; outside any transaction."""
        if not self._in_transaction:
            self._on_a_connection(lambda: self.ask([FLUSH_IF_BEHIND]))

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
            if self._lets_in_early:
                last.append(FLUSH)
            self._noting(lambda: self.ask(last, to_the_end=True), place)

    def _noting(self, commit: Callable[[], object], place: int = 0) -> None:
        """Commit, and note for an interrupt that something is saved.

        Args:
            place: of the statement among those that are asked, which may be followed by others.
        """
        standing.saving()
        try:
            commit()
        except StorageFailure as failure:
            error = failure.__cause__
            if isinstance(error, psycopg.Error) and (is_gone(error) or self.wire.failed_at > place):
                raise unconfirmed(error, self.place) from error
            standing.not_saved()
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


def _nothing() -> None:
    pass


def _nothing_with(_: Row | None) -> None:
    pass
