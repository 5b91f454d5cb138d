from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.clock import Clock
from tests.support.erasure.members import write


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEDGER_ACTOR", "LEDGER_CORRELATION_ID", "LEDGER_CAUSATION_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "books.db")


@pytest.fixture
def members(path: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger in a file, with all kinds of texts."""
    with Ledger.open(path, clock=clock, snapshot_interval=2) as ledger:
        write(ledger)
        yield ledger
