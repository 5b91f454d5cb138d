"""Ledger files for the tests of the SQLite store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.eventstore.sqlite import SqliteStore
from tests.support.appends import LEDGER_ID, appended, deposits
from tests.support.clock import Clock


def made(path: Path, events: int = 3) -> Path:
    """A closed ledger file with some events of the stream ``a``."""
    draft = SqliteStore.draft(str(path), LEDGER_ID, Clock())
    if events:
        appended(draft, "a", *deposits(events))
    draft.publish()
    return path


@contextmanager
def opened(path: Path, *, lock_timeout: float = 10) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(str(path), Clock(), lock_timeout=lock_timeout)) as store:
        yield store


@contextmanager
def foreign(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program: of the standard library's own SQLite."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection
