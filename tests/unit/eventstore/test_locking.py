"""What a lock of another process does, and what it does not."""

from __future__ import annotations

from pathlib import Path
from threading import Timer

import pytest

from ledger.errors import LockTimeout
from ledger.eventstore.opening import open_store
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.store import stream_version
from tests.support.appends import appended, log_of
from tests.support.clock import Clock
from tests.support.eventstore.store_files import opened
from tests.support.lock_holder import locked

WRITE_LOCK = "BEGIN IMMEDIATE"


def test_a_writer_gives_up_when_its_time_is_over(books: Path) -> None:
    with opened(books, lock_timeout=0.02) as store, locked(books, WRITE_LOCK):
        with pytest.raises(LockTimeout, match="holds the write lock") as timeout:
            appended(store, "a")
        with pytest.raises(LockTimeout), store.transaction():
            pytest.fail("the lock was had")

    assert "wait longer" in timeout.value.advice
    assert str(books) in timeout.value.message


def test_a_writer_that_gave_up_has_changed_nothing_and_may_try_again(books: Path) -> None:
    with opened(books, lock_timeout=0) as store:
        with locked(books, WRITE_LOCK), pytest.raises(LockTimeout):
            appended(store, "b")
        assert len(log_of(store)) == 3

        (event,) = appended(store, "b")

    assert (event.position, event.version) == (4, 1)


def test_a_writer_waits_for_a_lock_that_is_let_go_in_time(books: Path) -> None:
    with opened(books, lock_timeout=30) as store, locked(books, WRITE_LOCK) as holder:
        assert holder.stdin is not None
        letting_go = Timer(0.05, holder.stdin.close)
        letting_go.start()
        (event,) = appended(store, "a")
        letting_go.join()

    assert event.version == 4


def test_readers_do_not_wait_for_a_writer(books: Path) -> None:
    with locked(books, WRITE_LOCK), opened(books, lock_timeout=0) as store:
        assert len(log_of(store)) == 3
        with store.transaction(read_only=True):
            assert stream_version(store, "a") == 3


def test_the_lock_of_a_process_that_is_killed_goes_with_it(store: SqliteStore, books: Path) -> None:
    with locked(books, WRITE_LOCK, "DELETE FROM snapshots") as holder:
        holder.kill()
        holder.wait()

        (event,) = appended(store, "a")

    assert event.version == 4


def test_a_file_that_another_program_keeps_to_itself_cannot_be_opened(books: Path) -> None:
    with (
        locked(books, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE"),
        pytest.raises(LockTimeout),
    ):
        open_store(str(books), Clock(), lock_timeout=0)

    with opened(books) as store:
        assert len(log_of(store)) == 3
