"""Where an account holds too little: the overdraft in the hint is typed as printed, and enough."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from time import time_ns

import pytest

from ledger import Ledger
from tests.support.clock import DAY
from tests.support.program import Run


@pytest.fixture(autouse=True)
def bank(run: Run) -> None:
    """``bank`` holds 10 USD, 5 of them since 2025-03-01; ``cash`` nothing."""
    done(
        run,
        "open bank --owner C --at 2025-01-01 --initial-balance 5",
        "deposit bank 5 --at 2025-03-01",
        "open cash --owner C --at 2025-01-01",
    )


def done(run: Run, *lines: str) -> None:
    for line in lines:
        outcome = run(*shlex.split(line.removeprefix("ledger ")))
        assert outcome.status == 0, (line, outcome)


def hint_of(run: Run, line: str) -> str:
    refused = run(*shlex.split(line), "--json")
    assert refused.status == 3, refused
    assert refused.error["code"] == "insufficient_funds"
    hint: str = refused.error["hint"]
    return hint


def put(folder: Path, *lines: Mapping[str, object]) -> None:
    (folder / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))


MOST = "the most that can leave it is"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (
            "withdraw bank 12.50",
            f"{MOST} 10.00; or allow an overdraft: ledger amend bank --overdraft 2.50",
        ),
        (
            "transfer bank cash 12.50",
            f"{MOST} 10.00; or allow an overdraft: ledger amend bank --overdraft 2.50",
        ),
        (
            "withdraw bank 12.50 --at 2025-04-01",
            f"{MOST} 10.00; or allow an overdraft: "
            "ledger amend bank --overdraft 2.50 --at 2025-04-01T00:00:00Z",
        ),
        (
            "withdraw bank 12.50 --at 2025-02-01",
            f"{MOST} 5.00 on 2025-02-01T00:00:00+00:00; see its history: ledger history bank; "
            "or allow an overdraft: ledger amend bank --overdraft 7.50 --at 2025-02-01T00:00:00Z",
        ),
    ],
)
def test_an_overdraft_is_one_of_two_possibilities(run: Run, typed: str, hint: str) -> None:
    assert hint_of(run, typed) == hint
    done(run, hint.rpartition(": ")[2], typed)


@pytest.mark.parametrize("at", [None, "2025-02-01", "2025-04-01"])
def test_a_line_of_a_batch_names_it_too(run: Run, tmp_path: Path, at: str | None) -> None:
    line = {"command": "transfer", "from": "bank", "to": "cash", "amount": "12.50"}
    put(tmp_path, {**line, **({} if at is None else {"at": at})})
    hint = hint_of(run, "batch lines.jsonl")
    overdraft = hint.rpartition("or allow an overdraft: ")[2]
    assert overdraft.startswith("ledger amend bank --overdraft ")
    assert ("--at" in overdraft) == (at is not None)
    done(run, overdraft, "batch lines.jsonl")


def test_a_line_that_puts_something_right_is_about_the_past(run: Run, tmp_path: Path) -> None:
    done(run, "withdraw bank 8 --at 2025-04-01")
    put(tmp_path, {"command": "reverse", "account": "bank", "version": 2})
    overdraft = hint_of(run, "batch lines.jsonl").rpartition(": ")[2]
    assert overdraft == "ledger amend bank --overdraft 3.00 --at 2025-04-01T00:00:00Z"
    done(run, overdraft, "batch lines.jsonl")


@pytest.mark.parametrize("more", ["", " --continue-on-error"])
def test_an_account_that_the_batch_opens_has_no_command(
    run: Run, tmp_path: Path, more: str
) -> None:
    opening = {"command": "open", "account": "new", "owner": "C", "initial_balance": "10"}
    put(tmp_path, opening, {"command": "withdraw", "account": "new", "amount": "12.50"})
    refused = run("batch", "lines.jsonl", *more.split())
    assert refused.status == 3
    assert f"hint: {MOST} 10.00; or allow an overdraft of 2.50\n" in refused.err


def test_a_limit_in_a_line_is_changed_there(run: Run, tmp_path: Path) -> None:
    done(run, "amend bank --overdraft 9", "withdraw bank 15")
    put(tmp_path, {"command": "amend", "account": "bank", "overdraft": "1"})
    assert hint_of(run, "batch lines.jsonl").endswith("; or allow an overdraft of 5.00")


def test_a_line_of_a_statement_names_it_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text("Date,Amount\n2025-02-02,-12.50\n")
    typed = "import bank.csv --account bank --yes"
    overdraft = hint_of(run, typed).rpartition(": ")[2]
    assert overdraft == "ledger amend bank --overdraft 7.50 --at 2025-02-02T00:00:00Z"
    done(run, overdraft, typed)


# ── what is dated ahead ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ahead(run: Run, books: Path) -> str:
    """A withdrawal from ``bank`` (3) that a clock dated a year ahead, which was put right since."""
    now = time_ns() // 1_000
    with Ledger.open(books, clock=lambda: now + 365 * DAY) as ledger:
        position = ledger.withdraw("bank", "6").recorded[0].position
        day = str(ledger.time_zone.day_of(now + 365 * DAY))
    done(run, f"book correct-clock --from {position} --yes")
    return day


def test_an_entry_that_is_dated_ahead_is_named(run: Run, ahead: str) -> None:
    hint = hint_of(run, "withdraw bank 5")
    assert re.sub(r"\d{4}-\d\d-\d\dT\S+;", "…;", hint) == (
        f"{MOST} 4.00 on …; see its history: ledger history bank; version 3 is dated ahead of now; "
        "if that is wrong, correct the date of version 3 to when it happened; "
        "or allow an overdraft: ledger amend bank --overdraft 1.00"
    )
    shown = run("history", "bank", "--format", "table")
    assert shown.status == 0
    assert ahead in shown.out
    done(run, "correct bank 3 --at 2025-04-01")
    assert "dated ahead" not in hint_of(run, "withdraw bank 5")


@pytest.mark.usefixtures("ahead")
@pytest.mark.parametrize("typed", ["withdraw bank 5", "withdraw bank 5 --at 2025-04-01"])
def test_a_limit_for_what_is_dated_ahead_counts_from_now_on(run: Run, typed: str) -> None:
    done(run, hint_of(run, typed).rpartition(": ")[2], typed)
