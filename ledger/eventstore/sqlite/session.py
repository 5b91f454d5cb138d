"""One connection to a ledger file: its transactions and its failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import apsw
import msgspec

from ledger.errors import DamagedLedger, LedgerError, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.joining import Joined
from ledger.eventstore.sqlite.errors import damaged, translate, unconfirmed
from ledger.eventstore.sqlite.place import Place

Row = tuple[Any, ...]


class Session:
    """Runs statements, translates SQLite's failures, and nests transactions by joining.

    Args:
        connection: open, and owned by the session from now on.
        path: of the file, for messages.
        place: where the file is, to see that nothing is acknowledged that it does not have; None of
            a file that others do not know.

    Attributes:
        write_buffer: called before a statement inside a transaction and before its commit where
            something is buffered, so that it is seen and kept.
        begun: called once a transaction has the write lock.
        committed: called once a transaction is committed.
        rolled_back: called before a transaction's writes are undone.
        depth: how many transactions are open, one inside the other.
        writes: how many writes there were, those included that are only buffered yet.
        buffered: whether there are such.
        is_kept: whether what is committed is there for good; not so in a draft or in memory.
    """

    def __init__(self, connection: apsw.Connection, path: str, place: Place | None = None) -> None:
        self.connection = connection
        self.path = path
        self.place = place
        self.write_buffer: Callable[[], None] = _nothing
        self.begun: Callable[[], None] = _nothing
        self.committed: Callable[[], None] = _nothing
        self.rolled_back: Callable[[], None] = _nothing
        self.depth = 0
        self.writes = 0
        self.buffered = False
        self.is_kept = True
        self._writes_before = 0
        self._doomed = False
        self._has_committed = False

    @property
    def shown(self) -> str:
        return self.path

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> None:
        """Run one statement for its effect."""
        if self.depth:
            self.flush()
        self.writes += 1
        try:
            self.connection.execute(sql, bindings)
        except apsw.Error as error:
            raise translate(error, self.path) from error

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row of bindings."""
        self.writes += 1
        try:
            self.connection.executemany(sql, rows)
        except apsw.Error as error:
            raise translate(error, self.path) from error

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query.

        They are taken at once. A statement left unfinished would hold the connection to the state
        of the file that it saw: once another process has written, no write could begin here.
        """
        if self.depth:
            self.flush()
        try:
            return self.connection.execute(sql, bindings).fetchall()
        except UnicodeEncodeError:  # what is asked for is no Unicode text, and nothing stored is it
            return []
        except apsw.Error as error:
            raise translate(error, self.path) from error
        except UnicodeDecodeError as error:
            raise damaged(self.path, f"a text in it is not UTF-8 ({error.reason})") from error

    def row(self, sql: str, bindings: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        if self.depth:
            self.flush()
        try:
            return self.connection.execute(sql, bindings).fetchone()
        except UnicodeEncodeError:  # as above
            return None
        except apsw.Error as error:
            raise translate(error, self.path) from error
        except UnicodeDecodeError as error:
            raise damaged(self.path, f"a text in it is not UTF-8 ({error.reason})") from error

    def damaged(self, why: str) -> DamagedLedger:
        """The error of a file that is not whole."""
        return damaged(self.path, why)

    def flush(self) -> None:
        """Write what is buffered. It may be an outer transaction's, and was counted there.

        Raises:
            StorageFailure: the transaction is over, though its block is not; what came now would be
                committed at once.
        """
        if not self.connection.in_transaction:
            raise StorageFailure(
                f"SQLite has rolled back the transaction on {self.path}",
                advice="repeat the command; nothing was changed",
            )
        if not self.buffered:
            return
        writes = self.writes
        try:
            self.write_buffer()
        except BaseException:
            self._doomed = True
            raise
        self.writes = writes
        self.buffered = False

    def transaction(self) -> AbstractContextManager[None]:
        """``BEGIN IMMEDIATE`` to ``COMMIT``; an inner one joins the outer one.

        Deferred transactions that read first and write later fail at once when another writer was
        faster, whatever the timeout: hence IMMEDIATE.

        An exception that leaves an inner transaction after it has written dooms the outer one: half
        of the inner one's writes must not be committed by somebody who caught the exception.
        """
        return Joined(self) if self.depth else _Outermost(self)

    def begin(self) -> None:
        """Take the write lock, and tell who wants to know."""
        self._doomed = False
        try:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except apsw.Error as error:
                raise translate(error, self.path) from error
            self.depth = 1
            self._writes_before = self.writes
            self.begun()
        except BaseException:
            self.roll_back()
            raise

    def commit(self) -> None:
        """Write what is buffered, and commit.

        Raises:
            RuntimeError: a failed inner transaction was ignored; nothing was written.
            LedgerMoved: the path leads to the file no more.
        """
        try:
            if self._doomed:
                raise RuntimeError("a failed inner transaction was ignored")
            self.flush()
            if self.place is not None:
                self.place.check("; nothing was changed")
            interrupt = self._commit()
        except BaseException:
            self.roll_back()
            raise
        self.depth = 0
        self._has_committed = True
        self.committed()
        self.check_place()
        if interrupt:
            raise interrupt

    def roll_back(self) -> None:
        """Undo all that the transaction wrote."""
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
        """One state of the file for several reads; inside a transaction that is its own state."""
        if self.depth or self.connection.in_transaction:
            yield
            return
        self._execute("BEGIN")
        try:
            yield
        finally:
            self._undo()

    @property
    def alone(self) -> bool:
        """Whether nobody else can open the file meanwhile."""
        try:
            return bool(self.connection.pragma("locking_mode") == "exclusive")
        except apsw.ConnectionClosedError:
            return False

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, which the last connection to close does too."""
        try:
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error as error:
            raise translate(error, self.path) from error

    def check_place(self) -> None:
        """See that the path still leads to the file, which has all that was written.

        Raises:
            LedgerMoved: it does not.
        """
        if self.place is not None and self.place.is_left():
            self._has_committed = False  # this is told once
            with suppress(LedgerError):
                # What is left beside the path would be taken for writes to what is there now.
                self.checkpoint()
            self.place.check_written()

    def close(self) -> None:
        """Close the connection; SQLite reports no failure here: hence `checkpoint`.

        Raises:
            LedgerMoved: something was committed, and the path leads to the file no more.
        """
        try:
            if self._has_committed:
                self.check_place()
        finally:
            self.connection.close()

    def _commit(self) -> BaseException | None:
        """Commit, and give the interrupt that came meanwhile, if one did.

        Python hears of it once SQLite is done: the statement is too short to be interrupted, unless
        it went on counting its steps from the commits before.
        """
        noted = self.is_kept and self.writes != self._writes_before
        if noted:
            standing.saving()
        try:
            self.connection.execute("COMMIT", can_cache=False)
        except apsw.Error as error:
            unsynced = getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_FSYNC
            if noted and not unsynced:
                standing.not_saved()
            raise (unconfirmed if unsynced else translate)(error, self.path) from error
        except BaseException as interrupt:
            if not self.connection.in_transaction:
                return interrupt
            if noted:
                standing.not_saved()
            raise
        return None

    def _undo(self) -> None:
        # After some failures, a full disk among them, SQLite has rolled back by itself. So it has
        # where an interrupt kept a block from ending before the connection was closed.
        try:
            if self.connection.in_transaction:
                self._execute("ROLLBACK")
        except apsw.ConnectionClosedError:
            pass

    def _execute(self, sql: str) -> None:
        try:
            self.connection.execute(sql)
        except apsw.Error as error:
            raise translate(error, self.path) from error


class _Outermost:
    """A transaction. A class, since a generator would take a tenth of a short one's time."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.begin()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._session.commit()
        else:
            self._session.roll_back()


def to_json(values: object) -> str:
    """What SQLite's ``json_each`` gives back, so that one statement takes any number of values.

    Raises:
        UnicodeEncodeError: one is no Unicode text.
    """
    return msgspec.json.encode(values).decode()


def _nothing() -> None:
    pass
