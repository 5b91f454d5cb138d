"""Changing a ledger file from outside, as somebody could who knows how it is made.

Nothing of the product is used here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


def run_sql(path: str | Path, *statements: str) -> None:
    """Run statements that no trigger forbids; each must change something."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            assert file.execute(statement).rowcount


@contextmanager
def triggers_put_aside(path: str | Path) -> Iterator[sqlite3.Connection]:
    """Give a connection on which the triggers are gone; they are back at the end of the block."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("BEGIN")
        triggers = file.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            file.execute(f"DROP TRIGGER {name}")
        yield file
        for _, sql in triggers:
            file.execute(sql)
        file.execute("COMMIT")


def edit_file(path: str | Path, *statements: str) -> None:
    """Change a file past the triggers that forbid it; each statement must change something."""
    with triggers_put_aside(path) as file:
        for statement in statements:
            assert file.execute(statement).rowcount
