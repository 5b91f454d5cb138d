"""What SQLite itself takes, through apsw and with nothing around it: the bounds of what can be had.

Tables, indexes, triggers and rows are read out of a ledger that was made for it, so they are the
same whatever the file format looks like; only the names of two tables are known here. The triggers
do not run, as they do not run for ledger's own inserts: they guard the file against others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import apsw

from tests.benchmarks.material import INITIAL, OPENED, account_id, moment, movements
from tests.benchmarks.rounds import Action

_LOG, _STREAMS = "events", "streams"

_Rows = list[tuple[object, ...]]


class BareLog(NamedTuple):
    """The tables of a ledger and the rows of its log, to be written again."""

    schema: list[str]
    streams: _Rows
    rows: _Rows

    @classmethod
    def of(cls, ledger: Path, count: int) -> BareLog:
        """Those of a ledger, with its last so many events."""
        connection = apsw.Connection(str(ledger), flags=apsw.SQLITE_OPEN_READONLY)
        schema = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
            "AND tbl_name NOT IN (SELECT name FROM sqlite_schema WHERE type = 'view') "
            "ORDER BY type = 'table' DESC, rowid"
        )
        bare = cls(
            [sql for (sql,) in schema],
            list(connection.execute(f"SELECT * FROM {_STREAMS}")),
            list(
                connection.execute(
                    f"SELECT * FROM (SELECT * FROM {_LOG} ORDER BY position DESC LIMIT ?) "
                    "ORDER BY position",
                    (count,),
                )
            ),
        )
        connection.close()
        return bare

    @contextmanager
    def commits(self, path: Path) -> Iterator[Action]:
        """Each row in a durable commit of its own."""
        with self._written(path) as (connection, insert):

            def act() -> None:
                for row in self.rows:
                    with connection:
                        connection.execute(insert, row)

            yield act

    @contextmanager
    def bulk(self, path: Path) -> Iterator[Action]:
        """All rows in one durable commit."""
        with self._written(path) as (connection, insert):

            def act() -> None:
                with connection:
                    connection.executemany(insert, self.rows)

            yield act

    @contextmanager
    def _written(self, path: Path) -> Iterator[tuple[apsw.Connection, str]]:
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        with connection:
            for statement in self.schema:
                connection.execute(statement)
            connection.executemany(_insert(_STREAMS, self.streams), self.streams)
        try:
            yield connection, _insert(_LOG, self.rows)
        finally:
            connection.close()


def hashing_scan(ledger: Path) -> None:
    """Read every row of the log and hash it after the hash before, as one text of all columns."""
    connection = apsw.Connection(str(ledger), flags=apsw.SQLITE_OPEN_READONLY)
    columns = [
        f"hex({name})" if kind == "BLOB" else str(name)
        for name, kind in connection.execute(f"SELECT name, type FROM pragma_table_info('{_LOG}')")
    ]
    head = b""
    for (row,) in connection.execute(
        f"SELECT concat_ws(' ', {', '.join(columns)}) FROM {_LOG} ORDER BY position"
    ):
        head = sha256(head + row.encode()).digest()
    connection.close()


class Entries:
    """A plain table of entries, as somebody would write it who only wants sums by hand."""

    def __init__(self, path: Path, count: int, accounts: int) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.execute(
            "CREATE TABLE entries (account TEXT, effective_at INTEGER, amount INTEGER)"
        )
        with self._connection:
            self._connection.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)", _entries(count, accounts)
            )

    def balances(self, as_of: int) -> int:
        """The sum of all accounts' balances at a moment (µs UTC)."""
        rows = self._connection.execute(
            "SELECT account, SUM(amount) FROM entries WHERE effective_at <= ? "
            "GROUP BY account ORDER BY account",
            (as_of,),
        )
        return sum(balance for _, balance in rows)

    def close(self) -> None:
        self._connection.close()


def _entries(count: int, accounts: int) -> Iterable[tuple[str, int, int]]:
    opened = int(OPENED.timestamp()) * 1_000_000
    for number in range(accounts):
        yield account_id(number), opened, INITIAL
    for number, movement in enumerate(movements(count, accounts)):
        yield movement.account, int(moment(number).timestamp()) * 1_000_000, movement.cents


def _insert(table: str, rows: _Rows) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
