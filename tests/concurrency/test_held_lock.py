"""A writer that keeps the lock: others give up in bounded time, and readers are not held up."""

from __future__ import annotations

import json
import os
import signal
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD
from typing import IO

import pytest

from tests.support.child_process import Child
from tests.support.concurrency.background_command import end, start
from tests.support.concurrency.many_clients import make_ledger
from tests.support.concurrency.random_commands import LAST_WORDS
from tests.support.file_content import content
from tests.support.lock_holder import locked
from tests.support.program import Outcome

pytestmark = pytest.mark.files  # locks as SQLite has them; tests/servers has the others

DEPOSIT = ("deposit", "a", "1.00")

WRITES = [
    DEPOSIT,
    ("open", "e", "--owner", "Eve"),
    ("withdraw", "a", "1"),
    ("transfer", "a", "b", "1"),
    ("close", "d"),
    ("batch", "lines.jsonl"),
    ("batch", "lines.jsonl", "--continue-on-error", "--commit-every", "1"),
    ("batch", "lines.jsonl", "--dry-run"),
    ("import", "--yes", "statement.csv", "--account", "a"),
    ("import-events", "older.jsonl"),
    ("snapshot", "a"),
    ("rebuild-projections",),
    ("projections", "--catch-up"),
]

READS = [
    ("balance", "--as-of", "2021-01-01"),
    ("accounts",),
    ("history", "a"),
    ("statement", "a"),
    ("replay", "a"),
    ("export-events",),
]


@pytest.fixture
def books(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    make_ledger(path)
    line = {"command": "deposit", "account": "a", "amount": "1"}
    (tmp_path / "lines.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "statement.csv").write_text("Date,Amount,Description\n2021-01-02,5.00,Gift\n")
    (tmp_path / "older.jsonl").write_text(
        json.dumps(
            {
                "event_id": "00000000-0000-4000-8000-000000000001",
                "aggregate_id": "old",
                "aggregate_type": "BankAccount",
                "event_type": "AccountOpened",
                "data": {"account_id": "old", "name": "Olga", "initial_balance": 1.0},
                "metadata": {},
                "version": 1,
                "timestamp": "2020-01-01T00:00:00",
            }
        )
    )
    return path


def balance_of_a(books: Path) -> str:
    outcome = end(start(books, "balance", "a"))
    assert outcome.status == 0
    return outcome.out.strip()


def test_a_command_that_cannot_get_the_lock_in_time_says_so_and_changes_nothing(
    books: Path,
) -> None:
    before = content(books)
    with locked(books, "BEGIN IMMEDIATE"):
        waiting = [start(books, *command, "--json") for command in WRITES]
        for command, outcome in zip(WRITES, map(end, waiting), strict=True):
            assert outcome.status == 5, command
            # An import says first what it has read.
            assert command[0] == "import" or outcome.out == "", command
            error = json.loads(outcome.err.splitlines()[-1])["error"]
            assert error["code"] == "lock_timeout", command
            assert str(books) in error["message"]
            assert "LEDGER_LOCK_TIMEOUT" in error["hint"]
    assert content(books) == before


def test_readers_answer_at_once_while_the_lock_is_held(books: Path) -> None:
    def ask() -> list[Outcome]:
        return [end(process) for process in [start(books, *command) for command in READS]]

    answers = ask()
    assert all(answer.status == 0 for answer in answers)
    with locked(books, "BEGIN IMMEDIATE", "DELETE FROM account_balances"):
        assert ask() == answers


def test_a_writer_gets_the_lock_of_a_process_that_was_killed(books: Path) -> None:
    with locked(books, "BEGIN IMMEDIATE", "DELETE FROM account_balances") as holder:
        waiting = start(books, *DEPOSIT, timeout="60")
        holder.send_signal(signal.SIGKILL)
        outcome = end(waiting)
    assert (outcome.status, outcome.err) == (0, "")
    assert balance_of_a(books) == "41.00"


@contextmanager
def slow_batch(
    books: Path, *options: str, lines: int = 1
) -> Iterator[tuple[Child[bytes], IO[bytes]]]:
    """A batch that has read some lines from its stdin, and waits for more."""
    reading, writing = os.pipe()
    line = {"command": "deposit", "account": "a", "amount": "5.00", "description": LAST_WORDS}
    with open(reading, "rb") as stdin, open(writing, "wb") as pipe:
        batch = start(books, "batch", *options, stdin=stdin)
        pipe.write(lines * (json.dumps(line).encode() + b"\n"))
        pipe.flush()
        wait_until_empty(reading)
        try:
            yield batch, pipe
        finally:
            batch.kill()
            end(batch)


def wait_until_empty(pipe: int) -> None:
    """Until somebody has read what is in a pipe: then the batch is at work on its lines."""
    unread = array("i", [1])
    while unread[0]:
        ioctl(pipe, FIONREAD, unread)


@pytest.mark.parametrize(
    "options",
    [("-",), ("-", "--dry-run"), ("-", "--continue-on-error"), ("/dev/stdin",)],
    ids=" ".join,
)
def test_a_batch_that_waits_for_input_holds_nobody_up(
    books: Path, options: tuple[str, ...]
) -> None:
    with slow_batch(books, *options) as (batch, pipe):
        for _ in range(3):
            outcome = end(start(books, *DEPOSIT))
            assert (outcome.status, outcome.err) == (0, "")
        pipe.close()
        assert batch.wait(timeout=60) == 0
    assert balance_of_a(books) == ("43.00" if "--dry-run" in options else "48.00")


def test_a_batch_that_commits_on_the_way_holds_nobody_up_between_its_lines(
    books: Path,
) -> None:
    options = ("-", "--continue-on-error", "--commit-every", "10")
    with slow_batch(books, *options, lines=11) as (batch, pipe):
        for _ in range(3):
            outcome = end(start(books, *DEPOSIT))
            assert (outcome.status, outcome.err) == (0, "")
        pipe.close()
        assert batch.wait(timeout=60) == 0
    assert balance_of_a(books) == "98.00"
