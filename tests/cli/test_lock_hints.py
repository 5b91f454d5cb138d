"""What a lock's refusal says to do: typed as printed, it unlocks no more than it must."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.support.program import Run


def commands_in(hint: str) -> list[str]:
    return re.findall(r": (ledger .+?)(?=; |$)", hint)


def done(run: Run, *lines: str, actor: str = "tester") -> None:
    for line in lines:
        words = shlex.split(line.removeprefix("ledger "))
        outcome = run(*words, env={"LEDGER_ACTOR": actor})
        assert outcome.status == 0, (line, outcome)


def hint_of(run: Run, line: str, code: str = "locked") -> str:
    refused = run(*shlex.split(line), "--json")
    assert refused.status == 3, refused
    assert refused.error["code"] == code
    hint: str = refused.error["hint"]
    return hint


def locked_until(run: Run) -> str | None:
    until: str | None = run("book", "--json").json["locked_until"]
    return until


@pytest.fixture
def bank(run: Run) -> None:
    """``bank`` since 2024: deposits on 2025-01-20 (2) and 2025-02-01 (3), all recorded today."""
    done(
        run,
        "open bank --owner Club --at 2024-01-01 --initial-balance 100",
        "deposit bank 5 -m Tea --at 2025-01-20",
        "deposit bank 6 --at 2025-02-01",
    )


NEEDED = {
    "deposit bank 5 --at 2025-01-20": "an entry dated 2025-01-20 is missing",
    "reverse bank 2": "an entry dated 2025-01-20 is wrong",
    "correct bank 2 --amount 7": "an entry dated 2025-01-20 is missing or wrong",
    "amend-entry bank 2 -m Coffee": "an entry dated 2025-01-20 is wrong",
    "open till --owner Ana --at 2025-01-20": "an account opened on 2025-01-20 is missing",
    "amend bank --owner Ana --at 2025-01-20": "something dated 2025-01-20 is missing or wrong",
}


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("typed", NEEDED)
def test_no_more_is_unlocked_than_the_day_that_is_needed(run: Run, typed: str) -> None:
    done(run, "lock 2024-12", "lock 2025-12")
    unlock = commands_in(hint_of(run, typed))[-1]
    assert unlock == f"ledger unlock 2025-01-19 --reason '{NEEDED[typed]}'"
    done(run, unlock)
    assert locked_until(run) == "2025-01-19T23:59:59.999999Z"
    done(run, typed)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_day_to_be_unlocked_is_one_of_the_book(run: Run, zone: str) -> None:
    done(run, f"book create --time-zone {zone}", "open bank --owner Club --at 2024-01-01")
    done(run, "lock 2025-12")
    for typed in ("deposit bank 5 --at 2025-01-20", "deposit bank 5 --at 2025-01-20T23:30"):
        unlock = commands_in(hint_of(run, f"{typed} --time-zone UTC"))[-1]
        assert unlock.startswith("ledger unlock 2025-01-19 --reason ")
    done(run, unlock, typed)


def test_the_first_day_of_all_unlocks_everything(run: Run) -> None:
    done(run, "open bank --owner Club --at 0001-01-01", "lock 2025-12")
    (unlock,) = commands_in(hint_of(run, "amend bank --initial-balance 5"))
    assert unlock.startswith("ledger unlock --reason ")
    done(run, unlock, "amend bank --initial-balance 5")


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(
    "typed", ["correct bank 3 --at 2025-01-10", "correct bank 2 --amount 9 --at 2025-01-05"]
)
def test_of_several_moments_the_earliest_is_unlocked(run: Run, typed: str) -> None:
    done(run, "lock 2025-12")
    done(run, commands_in(hint_of(run, typed))[-1], typed)


def test_all_entries_of_a_run_are_unlocked_at_once(run: Run, tmp_path: Path) -> None:
    done(run, "open bank --owner Club --at 2024-01-01")
    lines = [
        {"command": "deposit", "account": "bank", "amount": "1", "at": day}
        for day in ("2025-03-01", "2025-01-20", "2025-02-01")
    ]
    (tmp_path / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done(run, "batch lines.jsonl")
    done(run, "lock 2025-12", actor="ben")
    hint = hint_of(run, "undo")
    (unlock,) = commands_in(hint)
    assert hint == f"unlock the period first: {unlock}"
    done(run, unlock, "undo")
    assert locked_until(run) == "2025-01-19T23:59:59.999999Z"


@pytest.mark.parametrize(
    "typed",
    [
        "amend-entry bank 2 -m Coffee",
        "amend bank --initial-balance 7",
        "amend bank --opened-at 2025-01-05",
        "amend bank --overdraft 5 --at 2025-01-21 --initial-balance 7",
        "undo",
        "import bank.csv --account bank --yes",
    ],
)
@pytest.mark.usefixtures("bank")
def test_what_has_no_date_is_not_to_be_dated_later(run: Run, tmp_path: Path, typed: str) -> None:
    (tmp_path / "bank.csv").write_text("Date,Amount\n2025-02-20,5.00\n2025-01-20,7.00\n")
    done(run, "lock 2025-12", actor="ben")
    hint = hint_of(run, typed)
    assert hint.startswith("unlock the period first: ledger unlock 202")
    done(run, *commands_in(hint), typed)


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(
    "typed",
    [
        "amend bank --overdraft 5 --at 2025-01-31",
        "amend bank --owner Ana --at 2025-01-31",
        "reverse bank 2 --at 2025-01-31",
        "reverse bank 2",
    ],
)
def test_what_has_a_date_is_dated_after_the_lock(run: Run, typed: str) -> None:
    done(run, "lock 2025-01")
    hint = hint_of(run, typed)
    later, _ = commands_in(hint)
    assert hint.startswith(f"date it after the lock: {later}; or unlock the period first: ")
    assert later == f"ledger {typed.partition(' --at')[0]} --at 2025-02-01T00:00:00+00:00 --json"
    done(run, later)


@pytest.mark.usefixtures("bank")
def test_a_line_of_a_batch_has_a_date_as_its_command_has(run: Run, tmp_path: Path) -> None:
    done(run, "lock 2025-01")
    for line, begins in (
        ({"command": "deposit", "amount": "1", "at": "2025-01-20"}, "date it after the lock, or "),
        ({"command": "amend-entry", "version": 2, "description": "Coffee"}, ""),
        ({"command": "amend", "initial_balance": "0"}, ""),
    ):
        (tmp_path / "line.jsonl").write_text(json.dumps({"account": "bank", **line}))
        hint = hint_of(run, "batch line.jsonl")
        assert hint.startswith(f"{begins}unlock the period first: ledger unlock 202")
        done(run, *commands_in(hint), "batch line.jsonl", "lock 2025-01")


@pytest.mark.usefixtures("bank")
def test_an_entry_is_not_corrected_to_the_date_that_it_has(run: Run) -> None:
    done(run, "lock 2025-01-31")
    typed = "correct bank 3 --at 2025-01-31"
    hint = hint_of(run, typed)
    (unlock,) = commands_in(hint)
    assert hint == f"unlock the period first: {unlock}"
    done(run, unlock, typed)


# ── openings ────────────────────────────────────────────────────────────────────────────────────


def test_an_opening_that_is_locked_is_unlocked_first(run: Run) -> None:
    done(run, "open bank --owner Club --at 2025-01-01", "deposit bank 5 --at 2025-02-10")
    done(run, "lock 2025-02-28")
    hint = hint_of(run, "amend bank --opened-at 2025-03-05", "before_opening")
    unlock, amend = commands_in(hint)
    assert unlock == "ledger unlock 2024-12-31 --reason 'the opening of bank is dated wrong'"
    assert amend == "ledger amend bank --opened-at 2025-02-10T00:00:00Z"
    assert f"; that is locked, so unlock it first: {unlock}; then: {amend}" in hint
    assert run(*shlex.split(amend)[1:]).status == 3
    done(run, unlock, amend)


def test_an_opening_and_a_change_of_it_are_not_mixed_up(run: Run) -> None:
    done(run, "open bank --owner Club --at 2025-01-01", "deposit bank 5 --at 2025-02-10")
    typed = "amend bank --opened-at 2025-03-05 --owner Ana --at 2025-03-10"
    done(run, *commands_in(hint_of(run, typed, "before_opening")))


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_what_was_not_open_yet_is_opened_on_a_day(run: Run, zone: str, locked: bool) -> None:
    done(run, f"book create --time-zone {zone}", "open bank --owner Club --at 2025-01-01")
    if locked:
        done(run, "lock 2025-01")
    hint = hint_of(run, "confirm bank 0 --as-of 2024-12", "before_opening")
    assert hint.startswith(
        "there was no account then; if it was open earlier, amend its opening"
        + ("; that is locked" if locked else ": ledger amend")
    )
    *unlock, amend = commands_in(hint)
    assert amend == "ledger amend bank --opened-at 2024-12-31"
    assert len(unlock) == locked
    done(run, *unlock, amend, "confirm bank 0 --as-of 2024-12")
