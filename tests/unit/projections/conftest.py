from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.commands.book import create_book
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from ledger.eventstore.store import EventStore
from ledger.projections.projector import Projector
from tests.support.memory_store import MemoryStore
from tests.support.projections.examples import filled, noon


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "books.db")


@pytest.fixture
def books(path: str) -> Iterator[Ledger]:
    """A small ledger in a file."""
    with Ledger.open(path, clock=noon) as ledger:
        yield filled(ledger)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, path: str) -> Iterator[EventStore]:
    """The store of a small ledger, of either kind."""
    if request.param == "memory":
        memory = MemoryStore("books", noon)
        Projector(memory).create()
        create_book(memory, Context("test", "run-1"), time_zone="UTC")
        filled(Ledger(memory, clock=noon))
        yield memory
    else:
        with Ledger.open(path, clock=noon) as ledger:
            filled(ledger)
        store = open_store(path, noon)
        yield store
        store.close()
