"""Many processes on one file: nothing lost, nothing twice, nothing by half, no state in between."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from tests.support.concurrency.many_clients import Crowd, let_loose, make_books
from tests.support.concurrency.race_checks import Verdict, judge
from tests.support.soak import Soak

LOOKING_ON = (
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
def books(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    make_books(path)
    return path


def run(books: Path, crowd: Crowd) -> Verdict:
    print(f"seed {crowd.seed}")
    return judge(books, let_loose(books, crowd))


def test_eight_processes_lose_no_update_and_meet_no_conflict_that_they_did_not_ask_for(
    books: Path,
) -> None:
    figures = run(books, Crowd("1", ["api"] * 8, 50)).figures
    assert figures["commands"] >= 8 * 50
    for seen in ("replayed", "refused, insufficient_funds", "refused, version_conflict"):
        assert figures[seen], seen


def test_a_command_that_eight_processes_send_under_one_key_at_once_is_done_once(
    books: Path,
) -> None:
    figures = run(books, Crowd("4", ["api"] * 8, 60, habit="same keys")).figures
    assert figures["replayed"] > 6 * 60 / 2


def test_eight_people_at_their_shells_lose_no_update_either(books: Path) -> None:
    figures = run(books, Crowd("2", ["command"] * 8, 4)).figures
    assert figures["commands"] >= 8 * 4


def test_nobody_who_looks_on_sees_a_state_in_between(books: Path) -> None:
    figures = run(books, Crowd("3", ["api"] * 3, 50, LOOKING_ON)).figures
    for seen in ("balance", "accounts", "balance A", "history A", "statement A", "export", "event"):
        assert figures[f"seen: {seen}"], seen
    assert figures["rebuilds"]
    assert figures["seen: backup"] > 1


@pytest.mark.soak
def test_crowds_for_long(tmp_path: Path, soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        seed = f"{soak.seed}-{number}"
        books = tmp_path / seed / "books.db"
        books.parent.mkdir()
        make_books(books)
        manners = ["api"] * 8 if number % 3 else [*["api"] * 5, *["command"] * 3]
        commands = 200 if number % 3 else 60
        crowd = Crowd(seed, manners, commands, LOOKING_ON if number % 2 else ())
        if number % 4 == 2:
            crowd.habit = "same keys"
        verdict = run(books, crowd)
        soak.count(Counter({"rounds": 1, "processes": 8}) + verdict.figures)
        if monotonic() > end:
            break
