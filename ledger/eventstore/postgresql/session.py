"""One connection to a ledger on a server: its transactions and its failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from ledger.errors import DamagedLedger, LedgerError, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.log_reader import HEAD
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.clock import NOW, ServerClock
from ledger.eventstore.postgresql.connecting import Connection, connect, numbered
from ledger.eventstore.postgresql.errors import (
    KEPT_OUT,
    damaged,
    is_gone,
    translate,
    unconfirmed,
)
from ledger.eventstore.postgresql.foresight import Foresight, Look
from ledger.eventstore.postgresql.opening import look
from ledger.eventstore.postgresql.pending import Pending, Target
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.wire import Answer, Asked, Wire, binary, integer

_Result = TypeVar("_Result")

_LOCKS_OF_LEDGERS: Final = 0x4C444752 << 32  # "LDGR", before the number of the schema

# Statements that were prepared are not planned anew for each of their values. Where writers wait
# for each other, a commit lets the next one in before it is on the disk; see `_FLUSH`.
_LOCK: Final = (
    "SELECT set_config('lock_timeout', ?, true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true), "
    "CASE WHEN pg_try_advisory_xact_lock(?) THEN NULL "
    "ELSE set_config('synchronous_commit', 'off', true) || CAST(pg_advisory_xact_lock(?) AS text) "
    f"END, {NOW}"
)
_LOCK_READERS: Final = (binary, binary, binary, integer)

# A commit of its own that waits for the disk, if the server is not told otherwise. Its log is
# flushed in order, so whatever was committed before is there, too.
_FLUSH: Final = "SELECT pg_logical_emit_message(true, 'ledger', '')"
_FLUSH_IF_BEHIND: Final = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL "
    "WHEN pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() "
    "THEN pg_logical_emit_message(true, 'ledger', '') END"
)
_COMMIT: Final = Asked("COMMIT")
_HEAD_READERS: Final = (integer, binary, integer)


class Session:
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
        depth: how many transactions are open, one inside the other.
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
        self.connection = connection
        self.place = place
        self.is_draft = is_draft
        self.pending = Pending()
        self.clock = ServerClock()
        self.clock.hear(now)
        self.foreseen = Foresight()
        self.begun: Callable[[Row | None], None] = _nothing_with
        self.rolled_back: Callable[[], None] = _nothing
        self.connected_anew: Callable[[], None] = _nothing
        self.depth = 0
        self.writes = 0
        self._writes_before = 0
        self._doomed = False
        self._failure: psycopg.Error | None = None
        self._reading = False
        self._lets_in_early = False
        self._cursor = connection.cursor(binary=True)
        self._patience = max(1, round(lock_timeout * 1000))
        self._wire = Wire(connection)
        self._begin = self._beginning(schema_number)

    # ── statements ──────────────────────────────────────────────────────────────────────────────

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> int:
        """Run one statement for its effect, and give how many rows it touched."""
        if self.depth:
            self.flush()
        self.writes += 1
        try:
            self._execute(numbered(sql), bindings)
        except _NulCharacter as error:
            raise self._unstorable() from error
        return self._cursor.rowcount

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
            return self._on_a_connection(lambda: self._fetch(numbered(sql), bindings))
        except UnicodeEncodeError:  # what is asked for is no Unicode text, and nothing stored is it
            return []
        except _NulCharacter:
            return []

    def _fetch(self, sql: str, bindings: Sequence[Any]) -> list[Row]:
        self._execute(sql, bindings)
        found = self._cursor.fetchall()
        if not self._in_transaction:
            self.ask([Asked(_FLUSH_IF_BEHIND)])
        return found

    def row(self, sql: str, bindings: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = self.rows(sql, bindings)
        return rows[0] if rows else None

    def copy(self, target: Target, rows: Sequence[Row]) -> None:
        """Insert many rows with one statement."""
        self.writes += 1
        try:
            with self._cursor.copy(
                f"COPY {target.name} ({target.names}) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types([kind for _, kind in target.columns])
                for row in rows:
                    copy.write_row(row)
        except psycopg.DataError as error:
            raise (self._unstorable() if error.sqlstate is None else self._failed(error)) from error
        except psycopg.Error as error:
            raise self._failed(error) from error
        if self._cursor.rowcount != len(rows):
            raise self.damaged(KEPT_OUT)

    def _unstorable(self) -> StorageFailure:
        return StorageFailure(
            f"a text with a NUL character cannot be kept at {self.place.shown}",
            advice="take it out; nothing was changed",
        )

    def script(self, sql: str) -> list[Row]:
        """Run several statements without bindings at one go, and give the last one's rows."""
        cursor = self._cursor
        try:
            cursor.execute(sql, prepare=False, binary=False)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise self._failed(error) from error

    def rewrite(self, table: str) -> None:
        """Write a table anew without the rows of before; outside any transaction."""
        self.script(f"SET lock_timeout = {self._patience}")
        try:
            self.script(f'VACUUM (FULL, ANALYZE) "{table}"')
        finally:
            self.script("RESET lock_timeout")

    def damaged(self, why: str) -> DamagedLedger:
        """The error of a ledger that is not whole."""
        return damaged(self.place, why)

    def _execute(self, sql: str, bindings: Sequence[Any]) -> None:
        try:
            self._cursor.execute(sql, bindings)
            if sql.startswith("DROP "):  # after which the driver drops what was prepared
                self._wire.forget()
        except psycopg.Error as error:
            if isinstance(error, psycopg.DataError) and error.sqlstate is None:
                raise _NulCharacter from error  # which a text on the server cannot hold
            raise self._failed(error) from error

    def _failed(self, error: psycopg.Error) -> LedgerError:
        # After one failure the server refuses all that follows in the transaction.
        if isinstance(error, errors.InFailedSqlTransaction) and self._failure is not None:
            error = self._failure
        self._failure = error
        return translate(error, self.place, writing=bool(self.depth))

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

    def ask(self, statements: Sequence[Asked], *, to_the_end: bool = False) -> list[Answer]:
        """Run several statements in one round trip; see `Wire.ask`."""
        try:
            return self._wire.ask(statements, to_the_end=to_the_end)
        except errors.CharacterNotInRepertoire as error:
            raise self._unstorable() from error
        except psycopg.Error as error:
            raise self._failed(error) from error

    # ── connections ─────────────────────────────────────────────────────────────────────────────

    def _beginning(self, schema_number: int) -> list[Asked]:
        """The statements that begin a transaction, and take the write lock."""
        if self.is_draft:
            return [Asked("SAVEPOINT part")]
        lock = _LOCKS_OF_LEDGERS | schema_number
        return [Asked("BEGIN"), Asked(_LOCK, (str(self._patience), lock, lock))]

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
        self.connection.close()
        connection = connect(self.place)
        self.connection, self._cursor = connection, connection.cursor(binary=True)
        self._wire = Wire(connection)
        try:
            number, now = look(connection, self.place)
            self._begin = self._beginning(number)
            self.clock.hear(now)
            self.connected_anew()
        except BaseException:
            connection.close()  # so that it is looked at again the next time
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
        return _Joined(self) if self.depth else _Outermost(self, look)

    def begin(self, look: Look | None) -> None:
        """Take the write lock, and tell who wants to know."""
        self._doomed = False
        asked = list(look.questions) if look else []
        try:
            told = self._on_a_connection(lambda: self.ask([*self._begin, Asked(HEAD), *asked]))
            if not self.is_draft:
                _, _, waited, now = told[1].row(0, _LOCK_READERS)
                self._lets_in_early = waited is not None
                self.clock.hear(now)
            answers = told[len(self._begin) :]
            self.depth = 1
            self._writes_before = self.writes
            rows = answers[0].rows(_HEAD_READERS)
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
        if (interrupt := self._wire.interrupt) is not None:
            self._wire.interrupt = None
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
        self.ask([Asked("ROLLBACK"), Asked(_FLUSH_IF_BEHIND)])

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
            self._on_a_connection(lambda: self.ask([Asked(_FLUSH_IF_BEHIND)]))

    def _commit(self) -> None:
        if self.is_draft:
            self.flush()
            self.ask([Asked("RELEASE part")])
        elif self.writes == self._writes_before:
            self.ask([_COMMIT, Asked(_FLUSH_IF_BEHIND)], to_the_end=True)
        else:
            self._check_open()
            self._copy_many()
            last = [*self.pending.statements(), _COMMIT]
            place = len(last) - 1
            if self._lets_in_early:
                last.append(Asked(_FLUSH))
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
            if isinstance(error, psycopg.Error) and (
                is_gone(error) or self._wire.failed_at > place
            ):
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
                self._wire.ask([Asked("ROLLBACK TO part")])
            elif self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
                self._wire.ask([Asked("ROLLBACK"), Asked(_FLUSH_IF_BEHIND)])


class _NulCharacter(Exception):
    """A text that is bound has a NUL character."""


class _Outermost:
    """A transaction. A class, since a generator would take more of a short one's time."""

    __slots__ = ("_look", "_session")

    def __init__(self, session: Session, look: Look | None) -> None:
        self._session = session
        self._look = look

    def __enter__(self) -> None:
        try:
            self._session.begin(self._look)
        except DamagedLedger:
            if self._look is None:
                raise
            self._session.begin(None)  # who asks for what is missing is told what that is

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._session.commit()
        else:
            self._session.roll_back()


class _Joined:
    """An inner transaction."""

    __slots__ = ("_session", "_writes_before")

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        session = self._session
        self._writes_before = session.writes
        session.depth += 1

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        session = self._session
        session.depth -= 1
        if kind is not None and session.writes != self._writes_before:
            session.doom()


def _nothing() -> None:
    pass


def _nothing_with(_: Row | None) -> None:
    pass
