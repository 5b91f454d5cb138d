"""A connection to a ledger on a server, made anew where it was lost, and what travels on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from ledger.errors import StorageFailure
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.clock import ServerClock
from ledger.eventstore.postgresql.connecting import Connection, connect
from ledger.eventstore.postgresql.errors import KEPT_OUT, is_gone
from ledger.eventstore.postgresql.foresight import Foresight
from ledger.eventstore.postgresql.line import Line, NulCharacter
from ledger.eventstore.postgresql.opening import look
from ledger.eventstore.postgresql.pending import Pending
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.remembered import Remembered
from ledger.eventstore.postgresql.transactions import (
    ARCHIVED,
    FLUSH_IF_BEHIND,
    LOCK,
    LOCKS_OF_LEDGERS,
    Archived,
    State,
)
from ledger.eventstore.postgresql.wire import Asked
from ledger.eventstore.reading_together import Overtaken

_Result = TypeVar("_Result")

# What others committed before they let go of the lock is seen, whatever the server's default is.
_BEGIN: Final = Asked("BEGIN ISOLATION LEVEL READ COMMITTED")


class Connected(Line):
    """Runs statements, with what is to be written before them.

    Args:
        connection: open, and owned by this from now on.
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
        is_proposing: the one that is open has no write lock.
        remembered: what this process knows from what it has written itself.
        beginning: the statements that begin a transaction, and take the write lock.
        archived: how much is archived. Inside a transaction it is exactly that; else it was so when
            the last read was over, or is more by now.
        patience: milliseconds to wait for somebody else.
        told: called with what the server tells of the ledger, before a transaction goes on with it.
        begun: called once a transaction begins, with the last event's row.
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
        self.archived = Archived()
        self.told: Callable[[State], None] = _nothing_with
        self.begun: Callable[[Row | None], None] = _nothing_with
        self.rolled_back: Callable[[], None] = _nothing
        self.connected_anew: Callable[[], None] = _nothing
        self.writes = 0
        self.is_proposing = False
        self.remembered = Remembered()
        self._doomed = False
        self._reading = False
        self.patience = max(1, round(lock_timeout * 1000))
        self.beginning = self._beginning(schema_number)

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
            self._flush_if_behind()
        return found

    def row(self, sql: str, bindings: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = self.rows(sql, bindings)
        return rows[0] if rows else None

    def flush(self) -> None:
        """Write what is buffered. It may be an outer transaction's, and was counted there.

        Raises:
            StorageFailure: the transaction is over, though its block is not; what came now would be
                committed at once, or be refused.
            Overtaken: it is a proposal, which is written at its end alone.
        """
        if self.is_proposing:
            if self.pending:
                raise Overtaken
            return
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

    def settle(self) -> None:
        """Wait until all that could be read so far is on the disk; outside any transaction."""
        if not self._in_transaction:
            self._on_a_connection(self._flush_if_behind)

    def look_at_archive(self) -> None:
        """See how much is archived now; inside a transaction."""
        self.flush()
        (told,) = self.ask([ARCHIVED])
        self.archived = Archived.told_by(told)

    def _flush_if_behind(self) -> None:
        (told,) = self.ask([FLUSH_IF_BEHIND])
        self.archived = Archived.told_by(told)

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
        return [_BEGIN, Asked(LOCK, (str(self.patience), lock, lock))]

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
            self.beginning = self._beginning(number)
            self.clock.hear(now)
            self.remembered.forget()
            self.connected_anew()
        except BaseException:
            self.connection.close()  # so that it is looked at again the next time
            raise


def _nothing() -> None:
    pass


def _nothing_with(_: object) -> None:
    pass
