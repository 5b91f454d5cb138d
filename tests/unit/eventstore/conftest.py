"""A ledger file and a store on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.eventstore.sqlite import SqliteStore
from tests.support.eventstore.store_files import made, opened


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A ledger file with three events of the stream ``a``, and nobody using it."""
    return made(tmp_path / "books.db")


@pytest.fixture
def store(books: Path) -> Iterator[SqliteStore]:
    with opened(books) as store:
        yield store
