from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.clock import Clock


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEDGER_ACTOR", "LEDGER_CORRELATION_ID", "LEDGER_CAUSATION_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the ledger will be: a file, or what `--store` says."""
    if request.config.getoption("--store") == "postgresql":
        url: str = request.getfixturevalue("postgresql_url")
        return url
    return str(tmp_path / "books.db")


@pytest.fixture
def books(path: str, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger in a file, or where `--store` says."""
    with Ledger.open(path, clock=clock) as ledger:
        yield ledger


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, path: str, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger, of either kind."""
    if request.param == "memory":
        yield Ledger.in_memory(clock=clock)
    else:
        with Ledger.open(path, clock=clock) as ledger:
            yield ledger


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the local zone by a POSIX rule, so that no zone files are needed."""

    def move_to(rule: str) -> None:
        monkeypatch.setenv("TZ", rule)
        time.tzset()

    yield move_to
    monkeypatch.undo()
    time.tzset()
