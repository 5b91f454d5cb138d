"""A signal is heard in the middle of a long statement, of waiting, and of a commit."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import apsw
import pytest

from ledger import Ledger
from ledger.eventstore.sqlite.files import connect
from ledger.eventstore.standing import saves
from tests.support.eventstore.interrupts import interrupted
from tests.support.lock_holder import locked

COUNTING = """
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {})
    SELECT count(*) FROM number
"""

ENDLESS = COUNTING.format(10**12)

BOUND = 20
"""Seconds; it takes some milliseconds."""


class Struck(Exception):
    pass


@contextmanager
def signal_soon() -> Iterator[None]:
    """A signal that comes after a moment, and raises `Struck` in the block."""

    def strike(_number: int, _frame: object) -> None:
        raise Struck

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    begun = monotonic()
    try:
        with pytest.raises(Struck):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert monotonic() - begun < BOUND


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account("acc-001", "Ana Souza")
    return str(path)


def test_a_statement_without_an_end_is_interrupted(path: str) -> None:
    with closing(connect(path, 0)) as connection:
        with signal_soon():
            connection.execute(ENDLESS).fetchall()
        assert connection.execute("SELECT count(*) FROM ledger").fetchall() == [(1,)]


def test_a_statement_in_another_thread_goes_on(path: str) -> None:
    found: list[object] = []

    def count() -> None:
        with closing(connect(path, 0)) as connection:
            found.extend(connection.execute(COUNTING.format(500_000)))

    thread = Thread(target=count)
    thread.start()
    with signal_soon():
        sleep(BOUND)
    thread.join()
    assert found == [(500_000,)]


def test_waiting_for_a_lock_is_interrupted(path: str) -> None:
    with locked(Path(path), "BEGIN IMMEDIATE"), closing(connect(path, 60)) as connection:
        with signal_soon():
            connection.execute("BEGIN IMMEDIATE")
        assert not connection.in_transaction


@pytest.mark.parametrize("seconds", [-1, 0, 0.2, float("nan")])
def test_waiting_for_a_lock_ends(path: str, seconds: float) -> None:
    with locked(Path(path), "BEGIN IMMEDIATE"), closing(connect(path, seconds)) as connection:
        begun = monotonic()
        with pytest.raises(apsw.BusyError):
            connection.execute("BEGIN IMMEDIATE")
        assert max(0, seconds) <= monotonic() - begun < BOUND


def test_whether_anything_was_saved_is_known_wherever_an_interrupt_comes(
    path: str, tmp_path: Path
) -> None:
    book = tmp_path / "struck.db"

    def deposit(interrupted_at: int) -> tuple[int, bool]:
        """How often something was saved, and whether the deposit is there."""
        shutil.copy(path, book)
        before = saves()
        with Ledger.open(book) as ledger:
            interrupted(lambda: ledger.deposit("acc-001", 5), interrupted_at)
        saved = saves() - before
        with Ledger.open(book) as ledger:
            return saved, bool(ledger.balance("acc-001").balance.minor_units)

    first, beyond = 1, 10_000  # where an interrupt comes too late to keep it from being saved
    while first + 1 < beyond:
        call = (first + beyond) // 2
        saved, done = deposit(call)
        assert saved == done, f"interrupted at call {call}"
        first, beyond = (first, call) if done else (call, beyond)
    for call in range(beyond - 10, beyond + 10):
        assert deposit(call) == ((1, True) if call >= beyond else (0, False))


def test_a_draft_that_is_discarded_saves_nothing(tmp_path: Path) -> None:
    before = saves()
    with Ledger.draft(tmp_path / "books.db") as ledger:
        assert ledger.head().position
    assert os.listdir(tmp_path) == []
    assert saves() == before
    with Ledger.draft(tmp_path / "books.db", keep_empty=True):
        pass
    assert saves() == before + 1
