"""A connection to a ledger on a server: its statements, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors

from ledger.errors import DamagedLedger, LedgerError, StorageFailure
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.connecting import Connection, numbered
from ledger.eventstore.postgresql.errors import KEPT_OUT, damaged, translate
from ledger.eventstore.postgresql.pending import Target
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.wire import Answer, Asked, Wire


class NulCharacter(Exception):
    """A text that is bound has a NUL character."""


class Line:
    """Runs statements, and translates the server's failures.

    Args:
        connection: open, and owned by the line from now on.
        place: where it leads.

    Attributes:
        depth: how many transactions that may write are open, one inside the other.
        wire: several statements at once travel on it.
    """

    def __init__(self, connection: Connection, place: ServerPlace) -> None:
        self.connection = connection
        self.place = place
        self.depth = 0
        self.wire = Wire(connection)
        self._cursor = connection.cursor(binary=True)
        self._failure: psycopg.Error | None = None

    @property
    def shown(self) -> str:
        """Where the ledger is, for messages."""
        return self.place.shown

    def replace(self, connection: Connection) -> None:
        """Go on with a new connection to the place."""
        self.connection.close()
        self.connection = connection
        self.wire = Wire(connection)
        self._cursor = connection.cursor(binary=True)

    def execute(self, sql: str, bindings: Sequence[Any]) -> int:
        """Run one statement, and give how many rows it touched.

        Raises:
            NulCharacter: there is one in what is bound, which the server cannot hold.
            LedgerError: it failed.
        """
        try:
            self._cursor.execute(numbered(sql), bindings)
            if sql.startswith("DROP "):  # after which the driver drops what was prepared
                self.wire.forget()
        except psycopg.Error as error:
            if isinstance(error, psycopg.DataError) and error.sqlstate is None:
                raise NulCharacter from error
            raise self._failed(error) from error
        return self._cursor.rowcount

    def fetch(self, sql: str, bindings: Sequence[Any]) -> list[Row]:
        """All rows of a query; see `execute`."""
        self.execute(sql, bindings)
        return self._cursor.fetchall()

    def copy(self, target: Target, rows: Sequence[Row]) -> None:
        """Insert many rows with one statement."""
        try:
            with self._cursor.copy(
                f"COPY {target.name} ({target.names}) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types([kind for _, kind in target.columns])
                for row in rows:
                    copy.write_row(row)
        except psycopg.DataError as error:
            raise (self.unstorable() if error.sqlstate is None else self._failed(error)) from error
        except psycopg.Error as error:
            raise self._failed(error) from error
        if self._cursor.rowcount != len(rows):
            raise self.damaged(KEPT_OUT)

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

    def ask(
        self,
        statements: Sequence[Asked],
        *,
        to_the_end: bool = False,
        may_be_stopped: bool = False,
    ) -> list[Answer]:
        """Run several statements in one round trip; see `Wire.ask`."""
        try:
            return self.wire.ask(statements, to_the_end=to_the_end, may_be_stopped=may_be_stopped)
        except errors.CharacterNotInRepertoire as error:
            raise self.unstorable() from error
        except psycopg.Error as error:
            raise self._failed(error) from error

    def unstorable(self) -> StorageFailure:
        """The error of a text that the server cannot hold."""
        return StorageFailure(
            f"a text with a NUL character cannot be kept at {self.place.shown}",
            advice="take it out; nothing was changed",
        )

    def damaged(self, why: str) -> DamagedLedger:
        """The error of a ledger that is not whole."""
        return damaged(self.place, why)

    def _failed(self, error: psycopg.Error) -> LedgerError:
        # After one failure the server refuses all that follows in the transaction.
        if isinstance(error, errors.InFailedSqlTransaction) and self._failure is not None:
            error = self._failure
        self._failure = error
        return translate(error, self.place, writing=bool(self.depth))
