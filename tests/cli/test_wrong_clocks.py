"""A wrong clock as a person meets it: several processes, one of them with a wrong clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from time import time_ns

import pytest

from ledger import Ledger
from tests.support.child_process import child
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.clock import DAY, SECOND
from tests.support.program import PROGRAM, Refused, Run

YEAR = 365 * DAY


def write_with_offset(path: str, offset: str, count: str) -> None:
    """What a machine does whose clock is off by so many µs: deposits of 1.00 to acc-001."""
    with Ledger.open(path, clock=lambda: time_ns() // 1_000 + int(offset)) as ledger:
        for _ in range(int(count)):
            ledger.deposit("acc-001", "1")


def elsewhere(books: Path, offset: int, count: int = 1) -> str:
    """Let another process do that; what it has to say."""
    with child(write_with_offset, books, offset, count) as process:
        _, said = process.communicate(timeout=60)
    return said


@pytest.fixture
def year_ahead(run: Run, books: Path) -> Path:
    """A ledger in which a clock that was a year ahead wrote positions 4 and 5."""
    run("open", "acc-001", "--owner", "Ana", "--initial-balance", "10")
    run("open", "acc-002", "--owner", "Ben")
    write_with_offset(str(books), str(YEAR), "2")
    return books


Asked = Callable[..., Shown]


@pytest.fixture
def asked(environ: dict[str, str], tmp_path: Path) -> Asked:
    """Correct the clock on a terminal, with an answer to what is asked."""

    def run_it(answer: str, *arguments: str) -> Shown:
        return run_on_terminal(
            [PROGRAM, "book", "correct-clock", *arguments],
            env={**environ, "NO_COLOR": "1"},
            cwd=tmp_path,
            typed=f"{answer}\n",
        )

    return run_it


def test_a_write_says_what_to_look_at_and_what_to_type(run: Run, year_ahead: Path) -> None:
    done = run("deposit", "acc-002", "5")
    assert (done.status, done.out) == (3, "")
    assert "this machine's clock says" in done.err
    assert not re.search(r":\d\d\.\d", done.err)  # nobody needs more than seconds of a clock
    hint = done.err.partition("hint: ")[2]
    assert hint.startswith("see whether this machine's clock is right")
    assert hint.endswith("ledger book correct-clock\n")
    assert run("deposit", "acc-002", "5", "--json").error["code"] == "clock_behind"
    assert elsewhere(year_ahead, 0) != ""
    assert run("balance", "acc-001").out == "12.00\n"


@pytest.mark.parametrize("command", ["verify", "doctor"])
def test_times_in_the_future_are_told_before_and_after(
    run: Run, year_ahead: Path, command: str
) -> None:
    done = run(command, "--json")
    (note,) = done.json["notes"]
    assert done.status == 0
    assert "2 changes are recorded from position 4 on" in note
    run("book", "correct-clock", "--from", "4", "--yes")
    (note,) = run(command, "--json").json["notes"]
    assert "2 changes are dated later than now" in note
    assert "position 4" in note


def test_the_book_tells_of_them(run: Run, year_ahead: Path) -> None:
    ahead = run("book", "--json").json["recorded_ahead"]
    assert (ahead["events"], ahead["from_position"], ahead["to_position"]) == (2, 4, 5)
    assert ahead["since"] <= ahead["until"]
    table = run("book", "--format", "table").out
    assert "2 changes from position 4 on" in table
    assert "ledger book correct-clock" in table
    run("book", "correct-clock", "--from", "4", "--yes", "--reason", "the battery")
    document = run("book", "--json").json
    assert document["recorded_ahead"] is None
    assert document["dated_ahead"]["events"] == 2
    assert document["dated_ahead"]["account_id"] == "acc-001"
    (correction,) = document["clock_corrections"]
    assert correction["stands"]
    assert (correction["from_position"], correction["position"]) == (4, 6)
    assert correction["reason"] == "the battery"
    assert "from position 4: the battery" in run("book", "--format", "table").out


def test_a_person_is_asked(run: Run, asked: Asked, year_ahead: Path) -> None:
    before = run("head").out
    for answer in ("n", "", "no", "nope", "maybe"):
        shown = asked(answer)
        assert shown.status == 3, shown.text
        assert "2 changes, positions 4 to 5" in shown.text
        assert "Is this machine's clock right? [y/N]" in shown.text
        assert "nothing was changed" in shown.text
    assert run("head").out == before
    shown = asked("y", "--reason", "the battery")
    assert shown.status == 0
    assert "corrected: what was recorded from position 4 on" in shown.text
    assert run("deposit", "acc-002", "5").status == 0
    assert run("verify", "--quiet").status == 0


def test_where_nobody_can_be_asked_both_options_are_needed(
    run: Run, refused: Refused, year_ahead: Path
) -> None:
    for given in ([], ["--yes"], ["--from", "4"]):
        done = run("book", "correct-clock", *given)
        assert (done.status, done.out) == (2, "")
        assert "2 changes, positions 4 to 5" in done.err
        assert done.err.endswith("ledger book correct-clock --from 4 --yes\n")
    error = run("book", "correct-clock", "--json").error
    assert error["code"] == "invalid_usage"
    assert error["details"]["from_position"] == 4
    done = run("book", "correct-clock", "--from", "4", "--yes", "--json")
    assert list(done.json) == ["command", "from_position", "to_position", "events"]
    (event,) = done.json["events"]
    assert (event["event_type"], event["position"]) == ("ClockCorrected", 6)


def test_what_cannot_be_corrected_is_refused(run: Run, year_ahead: Path) -> None:
    for position, code in (("5", 2), ("6", 2), ("0", 2), ("x", 2)):
        done = run("book", "correct-clock", "--from", position, "--yes", "--json")
        assert done.status == code
        assert done.error["code"] in ("invalid_option", "invalid_usage")
    assert run("head").out.startswith("5:")
    run("book", "correct-clock", "--from", "4", "--yes")
    again = run("book", "correct-clock", "--from", "4", "--yes", "--json")
    assert (again.status, again.error["code"]) == (3, "nothing_to_correct")


def test_a_clock_that_is_behind_is_not_believed(run: Run, refused: Refused, books: Path) -> None:
    """All of the ledger was recorded a year from now, so this machine's clock is wrong."""
    with Ledger.open(books, clock=lambda: time_ns() // 1_000 + YEAR) as ledger:
        ledger.open_account("acc-001", "Ana")
    done = run("book", "correct-clock", "--from", "1", "--yes", "--json")
    assert (done.status, done.error["code"]) == (3, "clock_behind")
    assert "seems to be the wrong one" in done.error["message"]
    hint = done.error["hint"]
    assert hint.endswith("ledger book correct-clock --from 1 --yes --trust-clock")
    assert run(*hint.rpartition(": ")[2].split()[1:]).status == 0
    assert run("open", "acc-002", "--owner", "Ben").status == 0


def test_a_correction_is_withdrawn_once_its_clock_is_known_to_be_wrong(
    run: Run, year_ahead: Path
) -> None:
    nothing = run("book", "correct-clock", "--withdraw", "--json")
    assert (nothing.status, nothing.error["code"]) == (3, "nothing_to_correct")
    assert nothing.error["hint"].endswith("ledger book")
    run("book", "correct-clock", "--from", "4", "--yes")
    too_early = run("book", "correct-clock", "--withdraw", "--json")
    assert (too_early.status, too_early.error["code"]) == (3, "clock_behind")
    mixed = run("book", "correct-clock", "--withdraw", "--from", "4", "--json")
    assert (mixed.status, mixed.error["code"]) == (2, "invalid_usage")
    with Ledger.open(year_ahead, clock=lambda: time_ns() // 1_000 + YEAR + DAY) as ledger:
        ledger.withdraw_clock_correction("it was right")
    (correction,) = run("book", "--json").json["clock_corrections"]
    assert not correction["stands"]
    assert "(withdrawn)" in run("book", "--format", "table").out


def test_processes_240_seconds_apart_write_in_turn(run: Run, books: Path) -> None:
    run("open", "acc-001", "--owner", "Ana")
    for offset in (240 * SECOND, 0, 240 * SECOND, 0):
        assert elsewhere(books, offset) == ""
        assert run("deposit", "acc-001", "1").status == 0
    assert run("balance", "acc-001").out == "8.00\n"
    verified = run("verify", "--json").json
    assert (verified["clean"], verified["notes"]) == (True, [])


def test_what_was_known_is_asked_before_in_and_after_the_bad_stretch(
    run: Run, year_ahead: Path
) -> None:
    created = run("book", "--json").json["created_at"]
    right = run("events", "--json").out.splitlines()
    run("book", "correct-clock", "--from", "4", "--yes")
    corrected = run("book", "--json").json["last_recorded_at"]
    run("deposit", "acc-001", "5")
    opened = json.loads(right[1])["recorded_at"]
    known = [
        run("balance", "acc-001", "--known-at", moment).out
        for moment in (opened, corrected, run("book", "--json").json["last_recorded_at"])
    ]
    assert known == ["10.00\n", "12.00\n", "17.00\n"]
    assert run("balance", "acc-001", "--known-at", created).status == 4
