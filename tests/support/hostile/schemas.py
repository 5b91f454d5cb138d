"""Objects that somebody has put into a ledger file, in the place of one of its own or upon it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from ledger.eventstore.sqlite.schema import PUBLICATIONS

LOG: Final = ("ledger", "streams", "events")
DERIVED: Final = (
    "idempotency_keys",
    "snapshots",
    "projections",
    "account_balances",
    "account_summaries",
    "publications",
)

_BOMB: Final = "printf('%.*c', 1000000, 'x')"
"""1 MB for every row that it is worked out for."""


def put(path: Path | str, kind: str, place: str) -> None:
    """Put an object of a kind into a file, at the place of a table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA foreign_keys = OFF")
        file.execute("PRAGMA legacy_alter_table = ON")
        if place == "publications":  # which a ledger has once it is published
            file.execute(PUBLICATIONS)
        KINDS[kind](file, place)


def _endless_view(file: sqlite3.Connection, place: str) -> None:
    columns = ", ".join(f'x AS "{column}"' for column in _columns(file, place))
    file.execute(f"ALTER TABLE {place} RENAME TO hidden")
    file.execute(
        f"CREATE VIEW {place} AS WITH RECURSIVE t (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) "
        f"SELECT {columns} FROM t"
    )


def _virtual_table(file: sqlite3.Connection, place: str) -> None:
    columns = ", ".join(_columns(file, place))
    file.execute(f"DROP TABLE {place}")
    file.execute(f"CREATE VIRTUAL TABLE {place} USING fts5({columns})")


def _added_column(file: sqlite3.Connection, place: str) -> None:
    file.execute(f"ALTER TABLE {place} ADD COLUMN extra TEXT NOT NULL DEFAULT 'x'")


def _computed_column(file: sqlite3.Connection, place: str) -> None:
    file.execute(f"ALTER TABLE {place} ADD COLUMN computed TEXT AS ({_BOMB})")


def _check(file: sqlite3.Connection, place: str) -> None:
    _remade(file, place, f"CHECK (length({_BOMB}) > 0)")


def _unique(file: sqlite3.Connection, place: str) -> None:
    """A write of one row deletes another one."""
    _remade(file, place, f"UNIQUE ({_columns(file, place)[-1]}) ON CONFLICT REPLACE")


def _trigger(file: sqlite3.Connection, place: str) -> None:
    file.execute(
        f"CREATE TRIGGER sly AFTER INSERT ON {place} BEGIN DELETE FROM idempotency_keys; END"
    )


def _index(file: sqlite3.Connection, place: str) -> None:
    column = _columns(file, place)[-1]
    file.execute(f"CREATE INDEX sly ON {place} (length({_BOMB} || {column}))")


KINDS: Final[dict[str, Callable[[sqlite3.Connection, str], None]]] = {
    "endless view": _endless_view,
    "virtual table": _virtual_table,
    "added column": _added_column,
    "computed column": _computed_column,
    "check": _check,
    "unique": _unique,
    "trigger": _trigger,
    "index": _index,
}


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in file.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _remade(file: sqlite3.Connection, table: str, constraint: str) -> None:
    (sql,) = file.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    start, _, rest = sql.rpartition(") STRICT")
    file.execute(f"ALTER TABLE {table} RENAME TO hidden")
    file.execute(f"{start}, {constraint}) STRICT{rest}")
    file.execute(f"INSERT INTO {table} SELECT * FROM hidden ORDER BY 1")
    file.execute("DROP TABLE hidden")
