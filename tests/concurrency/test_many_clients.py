"""Many processes on one file: nothing lost, nothing twice, nothing half done or seen half done."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from tests.support.concurrency.many_clients import ManyClients, make_ledger, run_together
from tests.support.concurrency.race_checks import Verdict, check_races
from tests.support.soak import Soak

READERS = (
    ("looker", "api"),
    ("looker", "api"),
    ("exporter", "api"),
    ("follower", "api"),
    ("follower", "command"),
    ("rebuilder", "api"),
    ("keeper", "api"),
    ("keeper", "command"),
    ("looker", "command"),
)


@pytest.fixture
def books(books: Path) -> Path:
    make_ledger(books)
    return books


def run(books: Path, clients: ManyClients) -> Verdict:
    print(f"seed {clients.seed}")
    return check_races(books, run_together(books, clients))


def test_eight_processes_lose_no_update_and_meet_no_conflict_that_they_did_not_ask_for(
    books: Path,
) -> None:
    counts = run(books, ManyClients("1", ["api"] * 8, 50)).counts
    assert counts["commands"] >= 8 * 50
    for seen in ("replayed", "refused, insufficient_funds", "refused, version_conflict"):
        assert counts[seen], seen


def test_a_command_that_eight_processes_send_under_one_key_at_once_is_done_once(
    books: Path,
) -> None:
    counts = run(books, ManyClients("4", ["api"] * 8, 60, commands_given="same keys")).counts
    assert counts["replayed"] > 6 * 60 / 2


def test_eight_installed_commands_lose_no_update_either(books: Path) -> None:
    counts = run(books, ManyClients("2", ["command"] * 8, 4)).counts
    assert counts["commands"] >= 8 * 4


def test_no_reader_sees_a_state_in_between(books: Path) -> None:
    counts = run(books, ManyClients("3", ["api"] * 3, 50, READERS)).counts
    for seen in ("balance", "accounts", "balance A", "history A", "statement A", "export", "event"):
        assert counts[f"seen: {seen}"], seen
    assert counts["rebuilds"]
    assert counts["seen: backup"] > 1


@pytest.mark.files
def test_entries_are_archived_while_others_write_and_read(books: Path) -> None:
    readers = [(kind, "api") for kind in ("archiver", "looker", "exporter", "follower")]
    counts = run(books, ManyClients("5", ["api"] * 2, 50, readers)).counts
    assert counts["seen: archive"] > 1


@pytest.mark.soak
def test_many_clients_soak(tmp_path: Path, soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        seed = f"{soak.seed}-{number}"
        books = tmp_path / seed / "books.db"
        books.parent.mkdir()
        make_ledger(books)
        kinds = ["api"] * 8 if number % 3 else [*["api"] * 5, *["command"] * 3]
        commands = 200 if number % 3 else 60
        clients = ManyClients(seed, kinds, commands, READERS if number % 2 else ())
        if number % 4 == 2:
            clients.commands_given = "same keys"
        verdict = run(books, clients)
        soak.count(Counter({"rounds": 1, "processes": 8}) + verdict.counts)
        if monotonic() > end:
            break
