"""Times that are none, wherever a time may be given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import Refused, Run

# The rule is the same as Europe/Berlin's, for machines that have no files of zones.
BERLIN = (
    "Europe/Berlin"
    if Path("/usr/share/zoneinfo/Europe/Berlin").exists()
    else "CET-1CEST,M3.5.0,M10.5.0/3"
)

BAD_TIMES = {
    "": "is not a date or time that exists",
    "yesterday": "is not a date or time that exists",
    "2026-02-30": "is not a date or time that exists",
    "2026-02-30T12:00:00Z": "is not a date or time that exists",
    "0000-01-01": "is not a date or time that exists",
    "0000-01-01T00:00:00Z": "is not a date or time that exists",
    "2026-03-31T12:00:00.1234567Z": "is finer than a microsecond",
    "2026-03-29T02:30": "does not exist: the clocks change then",
    "2025-10-26T02:30": "comes twice: the clocks change then",
}

ASKED = [
    ("deposit", "acc-001", "5", "--at"),
    ("balance", "acc-001", "--as-of"),
    ("history", "acc-001", "--known-at"),
]


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[-1])
@pytest.mark.parametrize(("time", "why"), BAD_TIMES.items())
def test_a_time_that_does_not_exist_is_refused_with_the_reason(
    refused: Refused, asked: tuple[str, ...], time: str, why: str
) -> None:
    error = refused(2, "invalid_time", *asked, time, env={"TZ": BERLIN})
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
    refused(2, "invalid_time", "balance", flag, "yesterday")


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    "zone", [BERLIN, "CET-1CEST,M3.5.0,M10.5.0/3"], ids=["named zone", "POSIX zone"]
)
@pytest.mark.parametrize(
    ("time", "instants"),
    [
        ("2026-03-29T02:30", ("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")),
        ("2025-10-26T02:30", ("2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z")),
    ],
)
def test_the_hint_names_both_times_that_may_be_meant(
    refused: Refused, zone: str, time: str, instants: tuple[str, str]
) -> None:
    error = refused(2, "invalid_time", "balance", "--as-of", time, env={"TZ": zone})
    assert all(instant in error["hint"] for instant in instants)


def test_a_time_that_the_hint_names_is_taken(run: Run, small_books: Path) -> None:
    env = {"TZ": BERLIN}
    time = "2025-10-26T01:30:00Z"
    outcome = run("deposit", "acc-001", "5", "--at", time, "--json", env=env)
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
    ("time", "why"), [("2026-02-30", "is not a date"), ("9000-01-01T00:00:00Z", "in the future")]
)
def test_a_bad_time_in_a_batch_is_refused_with_its_line(
    refused: Refused, time: str, why: str
) -> None:
    line = {"command": "deposit", "account": "acc-001", "amount": "5", "at": time}
    error = refused(2, "invalid_time", "batch", "-", stdin="\n" + json.dumps(line))
    assert error["message"].startswith("line 2: ")
    assert why in error["message"]
    assert error["details"]["line"] == 2
