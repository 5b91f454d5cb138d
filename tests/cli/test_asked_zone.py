"""Whoever makes a ledger on a terminal is asked for its time zone, where the machine's is UTC."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import InvalidTime
from ledger.times.machine_zone import machine_zone
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.format1.golden import BOOKS
from tests.support.program import PROGRAM, Run

QUESTION = "In which time zone are these books kept?"

Typed = Callable[..., Shown]


@pytest.fixture
def typed(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run ``ledger`` on a terminal of a machine that says UTC, with answers typed into it."""
    monkeypatch.delenv("TZ", raising=False)
    try:
        says_utc = machine_zone() == "UTC"
    except InvalidTime:
        says_utc = True  # nor does it say where it is
    if not says_utc:
        pytest.skip("this machine is set to the time zone of a place")
    shutil.copyfile(BOOKS, tmp_path / "old.db")
    env = {name: value for name, value in environ.items() if name != "TZ"}

    def run_it(answers: str, *arguments: str) -> Shown:
        return run_on_terminal([PROGRAM, *arguments], env=env, cwd=tmp_path, typed=answers)

    return run_it


WAYS = {
    "open": ("open", "cash", "--owner", "Ana"),
    "book create": ("book", "create"),
    "migrate": ("migrate", "old.db", "books.db"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_is_the_books_zone(typed: Typed, run: Run, way: str) -> None:
    shown = typed("Mars/Phobos\nEurope/Berlin\n", *WAYS[way])

    assert shown.status == 0, shown.text
    assert shown.text.count(QUESTION) == 2
    assert "'Mars/Phobos' is not a time zone" in shown.text
    assert run("book", "--json").json["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize("way", ["book create", "migrate"])
def test_who_names_a_zone_is_not_asked(typed: Typed, run: Run, way: str) -> None:
    shown = typed("", *WAYS[way], "--time-zone", "Asia/Tokyo")

    assert shown.status == 0, shown.text
    assert QUESTION not in shown.text
    assert run("book", "--json").json["time_zone"] == "Asia/Tokyo"


def test_nobody_is_asked_where_nothing_comes_of_it(typed: Typed, books: Path) -> None:
    books.write_bytes(b"something")
    for way in ("book create", "migrate"):
        shown = typed("", *WAYS[way])
        assert (shown.status, QUESTION in shown.text) == (2, False), shown.text
    shown = typed("", "migrate", "none.db", "new.db")
    assert (shown.status, QUESTION in shown.text) == (4, False), shown.text


def test_a_ledger_of_today_keeps_its_zone_unasked(typed: Typed, run: Run) -> None:
    assert run("open", "cash", "--owner", "Ana").status == 0
    shown = typed("", "migrate", "books.db", "lifted.db", "--lift", "--json")
    assert QUESTION not in shown.text
    assert '"time_zone":"UTC"' in shown.text
