"""Times that are none, wherever a time may be given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli.small_ledger import write_small_books
from tests.support.program import Refused, Run

READERS = ("Europe/Berlin", "UTC", "EST5EDT,M3.2.0,M11.1.0")
"""What `TZ` says where a time is typed; it means nothing, since times are the book's."""


@pytest.fixture
def berlin_books(books: Path) -> Path:
    """The small ledger, with a book in Berlin."""
    write_small_books(books, "Europe/Berlin")
    return books


BAD_TIMES = {
    "": "is not a date or time",
    "someday": "is not a date or time",
    "2026-02-30": "does not exist: February 2026 has 28 days",
    "2026-02-30T12:00:00Z": "does not exist: February 2026 has 28 days",
    "0000-01-01": "does not exist: the first year is 0001",
    "0000-01-01T00:00:00Z": "does not exist: the first year is 0001",
    "2026-03-31T12:00:00.1234567Z": "is finer than a microsecond",
    "2026-03-29T02:30": "does not exist: the clocks change then",
    "2025-10-26T02:30": "comes twice: the clocks change then",
}

ASKED = [
    ("deposit", "acc-001", "5", "--at"),
    ("balance", "acc-001", "--as-of"),
    ("history", "acc-001", "--known-at"),
]


@pytest.mark.usefixtures("berlin_books")
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[-1])
@pytest.mark.parametrize(("time", "why"), BAD_TIMES.items())
def test_a_time_that_does_not_exist_is_refused_with_the_reason(
    refused: Refused, asked: tuple[str, ...], time: str, why: str
) -> None:
    error = refused(2, "invalid_time", *asked, time)
    assert why in error["message"]
    assert time in error["message"]
    assert error["details"]["time"] == time


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    "command",
    [
        ("open", "new", "--owner", "Nia"),
        ("withdraw", "acc-001", "5"),
        ("transfer", "acc-001", "acc-002", "5"),
        ("close", "acc-001"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_reads_its_time(refused: Refused, command: tuple[str, ...]) -> None:
    refused(2, "invalid_time", *command, "--at", "2026-02-30")


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("flag", ["--as-of", "--known-at"])
def test_the_list_of_balances_reads_its_time(refused: Refused, flag: str) -> None:
    refused(2, "invalid_time", "balance", flag, "someday")


@pytest.mark.usefixtures("berlin_books")
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("time", "instants"),
    [
        ("2026-03-29T02:30", ("2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00+02:00")),
        ("2025-10-26T02:30", ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00")),
    ],
)
def test_the_hint_names_both_times_that_may_be_meant(
    refused: Refused, reader: str, time: str, instants: tuple[str, str]
) -> None:
    error = refused(2, "invalid_time", "balance", "--as-of", time, env={"TZ": reader})
    assert all(instant in error["hint"] for instant in instants)


def test_a_time_that_the_hint_names_is_taken(run: Run, berlin_books: Path) -> None:
    time = "2025-10-26T02:30:00+01:00"
    outcome = run("deposit", "acc-001", "5", "--at", time, "--json")
    assert outcome.json["events"][0]["effective_at"] == "2025-10-26T01:30:00.000000Z"


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    "command",
    [("open", "new", "--owner", "Nia"), ("deposit", "acc-001", "5"), ("close", "acc-001")],
    ids=lambda command: command[0],
)
def test_nothing_happens_in_the_future(refused: Refused, command: tuple[str, ...]) -> None:
    error = refused(2, "invalid_time", *command, "--at", "9000-01-01T00:00:00Z")
    assert "is in the future" in error["message"]
    assert error["details"]["at"] == "9000-01-01T00:00:00.000000Z"


def test_the_future_may_be_asked_since_it_holds_what_now_holds(run: Run, small_books: Path) -> None:
    for flag in ("--as-of", "--known-at"):
        assert run("balance", "acc-001", flag, "9000-01-01").out == "124.75\n"


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("time", "why"), [("2026-02-30", "does not exist"), ("9000-01-01T00:00:00Z", "in the future")]
)
def test_a_bad_time_in_a_batch_is_refused_with_its_line(
    refused: Refused, time: str, why: str
) -> None:
    line = {"command": "deposit", "account": "acc-001", "amount": "5", "at": time}
    error = refused(2, "invalid_time", "batch", "-", stdin="\n" + json.dumps(line))
    assert error["message"].startswith("line 2: ")
    assert why in error["message"]
    assert error["details"]["line"] == 2
