"""A ledger on a server, where tests have the path of a file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import cast

from ledger import Ledger
from ledger.times import system_clock
from tests.support.file_content import Content
from tests.support.restoring import to_be_restored


class ServerBooks(os.PathLike[str]):
    """What stands for the path of a ledger's file: it reads as an address.

    Args:
        path: what the path of the file would have been; files beside it are there.
        url: the address.
    """

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url

    def __str__(self) -> str:
        return self._url

    def __fspath__(self) -> str:
        return self._url

    @property
    def parent(self) -> Path:
        return self._path.parent

    def with_name(self, name: str) -> Path:
        return self._path.with_name(name)

    def exists(self) -> bool:
        """Whether somebody has made the ledger."""
        import psycopg

        with psycopg.connect(self._url, autocommit=True) as connection:
            found = connection.execute("SELECT to_regclass('events') IS NOT NULL").fetchone()
        return bool(found and found[0])


def server_content(url: str) -> Content:
    """Every row of every table of a ledger on a server."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
        return {
            name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()
            for (name,) in found.fetchall()
        }


def server_books(path: Path, url: str) -> Path:
    """The same to a type checker, for which it is the path that the tests take it for."""
    return cast(Path, ServerBooks(path, url))


def copied(source: Path, books: Path) -> None:
    """Put a copy of a ledger where tests have the path of another one."""
    if not isinstance(books, ServerBooks):
        shutil.copy(source, books)
        return
    with Ledger.open(source, create=False) as whole:
        log = list(whole.export_events())
    with to_be_restored(str(books), system_clock) as ledger:
        ledger.import_events(log)
