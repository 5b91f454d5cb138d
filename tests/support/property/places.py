"""Where the ledgers of random lives are: in memory, or on the server that `--store` asks for.

A life on a server takes many times as long, so there are fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.ledger import NewBook
from tests.support.servers.postgresql import PostgresServer

_FEWER = 3


class Places:
    """
    Attributes:
        server: where the ledgers are; None for memory and files.
    """

    server: PostgresServer | None = None


def on_a_server() -> bool:
    """Whether lives are lived on a server."""
    return Places.server is not None


def lives(first: int, count: int) -> range:
    """The seeds of so many lives, or of a few of them."""
    return range(first, first + (max(count // _FEWER, 1) if on_a_server() else count))


@contextmanager
def new_url() -> Iterator[str]:
    """The address of a ledger on the server that is not there yet; it is gone with the block."""
    assert Places.server is not None
    with Places.server.new_schema() as schema:
        yield Places.server.url(schema)


@contextmanager
def new_place(folder: Path) -> Iterator[str | Path]:
    """Where a ledger can be made: in a folder, or on the server."""
    if not on_a_server():
        yield folder / "books.db"
        return
    with new_url() as url:
        yield url


@contextmanager
def new_ledger(book: NewBook, **options: Any) -> Iterator[Ledger]:
    """A ledger in memory or on the server, of which nothing is kept."""
    if not on_a_server():
        with Ledger.in_memory(book=book, **options) as ledger:
            yield ledger
        return
    with new_url() as url:
        with Ledger.draft(url, keep_empty=True, book=book, **options):
            pass
        with Ledger.open(url, **options) as ledger:
            yield ledger
