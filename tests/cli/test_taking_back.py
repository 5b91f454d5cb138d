"""Taking back what is not simply undone: the hints name commands that have it as it was."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from tests.support.program import Run

MOMENTS = ("2026-04-30", "2026-05-05", "2026-06-05", "2026-06-20", "2026-07-31")


@pytest.fixture
def opened(books: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``a`` holds 147 USD since June: a deposit (2), a transfer to ``b`` (3), a withdrawal (4)."""
    monkeypatch.setenv("LEDGER_ACTOR", "builder")
    with Ledger.open(books) as ledger:
        ledger.open_account("a", "A", initial_balance="100", at="2026-01-01")
        for account in ("b", "c"):
            ledger.open_account(account, "B", at="2026-01-01")
        tags = {"category": "pay", "project": "roof"}
        ledger.deposit("a", "50", "Paycheck", tags=tags, at="2026-05-01")
        ledger.transfer("a", "b", "3", "Tea", at="2026-05-02")
        ledger.withdraw("a", "1", at="2026-05-03")
    return books


def commands_in(hint: str) -> list[str]:
    return re.findall(r": (ledger .+?)(?=; |$)", hint)


def hint_of(run: Run, typed: str) -> str:
    done = run(*shlex.split(typed))
    assert done.status == 3, done
    return done.err.splitlines()[-1].removeprefix("hint: ")


def follow(run: Run, hint: str) -> list[str]:
    """Type the commands of a hint as printed."""
    commands = commands_in(hint)
    for each in commands:
        done = run(*shlex.split(each)[1:])
        assert done.status == 0, (each, done)
    return commands


def figures(path: Path) -> list[Any]:
    """What every account was, at some moments."""
    with Ledger.open(path) as ledger:
        return [
            [str(ledger.balance(account, as_of=moment).balance) for moment in MOMENTS]
            for account in ledger.account_ids()
        ]


def standing(path: Path, account: str) -> list[tuple[str, dict[str, str]]]:
    """What is said of the entries that stand."""
    with Ledger.open(path) as ledger:
        return [
            (each.description, dict(each.tags))
            for each in ledger.history(account).entries
            if each.event_type.startswith(("Money", "Transfer")) and each.reversed_by is None
        ]


# ── corrections ─────────────────────────────────────────────────────────────────────────────────


CORRECTED = {
    "correct a 2 --amount 51": "ledger correct a 6 --amount 50.00",
    "correct a 2 --at 2026-06-01": "ledger correct a 6 --at 2026-05-01T00:00:00Z",
    "correct a 2 -m Pay --tag project= --tag x=y": (
        "ledger correct a 6 --description Paycheck --tag project=roof --tag x="
    ),
    "correct a 2 --account b": "ledger correct b 3 --account a",
    "correct a 3 --to c --amount 4": "ledger correct a 6 --amount 3.00 --to b",
    "correct b 2 --from b --to a": "ledger correct b 5 --from a --to b",
}


@pytest.mark.parametrize("typed", CORRECTED)
def test_a_correction_is_taken_back_by_a_correction(run: Run, opened: Path, typed: str) -> None:
    if "--from b" in typed:
        with Ledger.open(opened) as ledger:
            ledger.amend_account("b", overdraft="9", at="2026-01-01")
    before, told = figures(opened), standing(opened, "a")
    assert run(*shlex.split(typed)).status == 0
    hint = hint_of(run, "undo")
    assert hint == f"correct the entry again, to what it was: {CORRECTED[typed]}"
    assert follow(run, hint) == [CORRECTED[typed]]
    assert figures(opened) == before
    assert sorted(standing(opened, "a"), key=str) == sorted(told, key=str)


@pytest.mark.usefixtures("opened")
def test_the_reversal_of_a_correction_names_what_stands_now(run: Run) -> None:
    for amount in ("51", "52"):
        version = "2" if amount == "51" else "6"
        assert run("correct", "a", version, "--amount", amount).status == 0
    assert hint_of(run, "reverse a 5").endswith(": ledger correct a 8 --amount 50.00")
    assert hint_of(run, "correct a 5 --amount 53").endswith(": ledger correct a 8 --amount 53")
    assert hint_of(run, "amend-entry a 7 -m x").endswith(": ledger amend-entry a 8 --description x")
    again = hint_of(run, "reverse a 2")
    assert again.startswith("it was corrected: ledger reverse a 8; ")
    assert follow(run, hint_of(run, "correct a 2 --amount 53"))[0] == (
        "ledger correct a 8 --amount 53"
    )
    assert run("balance", "a").out == "149.00\n"


def test_a_correction_that_was_reversed_is_recorded_again(run: Run, opened: Path) -> None:
    before = figures(opened)
    assert run("correct", "a", "2", "--amount", "51").status == 0
    assert run("reverse", "a", "6").status == 0
    (again,) = follow(run, hint_of(run, "reverse a 5"))
    assert again.startswith("ledger deposit a 50.00 --at 2026-05-01T00:00:00Z ")
    assert figures(opened) == before


def test_the_right_entry_that_was_reversed_is_recorded_again_not_the_wrong_one(
    run: Run, opened: Path
) -> None:
    run("correct", "a", "2", "--amount", "51")
    before = figures(opened)
    run("reverse", "a", "6")
    (again,) = [
        line for line in follow(run, hint_of(run, "correct a 2 --amount 52")) if "deposit" in line
    ]
    assert again.startswith("ledger deposit a 51.00 ")
    assert figures(opened) == before


def test_a_reopened_account_is_closed_again_when_it_was(run: Run, opened: Path) -> None:
    run("open", "y", "--owner", "Y", "--at", "2026-01-01")
    run("close", "y", "--at", "2026-05-01")
    run("reopen", "y")
    (again,) = follow(run, hint_of(run, "undo"))
    assert again == "ledger close y --at 2026-05-01T00:00:00Z"


def test_a_reversal_alone_is_taken_back_by_recording_the_entry(run: Run, opened: Path) -> None:
    before = figures(opened)
    assert run("reverse", "a", "3").status == 0
    hint = hint_of(run, "undo")
    assert hint.startswith("a reversal is not reversed: record the entry again instead: ")
    (again,) = follow(run, hint)
    assert again == "ledger transfer a b 3.00 --at 2026-05-02T00:00:00Z --description Tea"
    assert figures(opened) == before


@pytest.mark.parametrize("typed", ["reverse a 3", "reverse a 5", "reverse b 2", "undo"])
def test_what_counted_until_its_reversal_counts_again_from_then_on(
    run: Run, opened: Path, typed: str
) -> None:
    before = figures(opened)
    assert run("reverse", "a", "3", "--at", "2026-05-10").status == 0
    (again, *_) = follow(run, hint_of(run, typed))
    assert again == "ledger transfer a b 3.00 --at 2026-05-10T00:00:00Z --description Tea"
    assert figures(opened) == before


def test_a_correction_across_a_lock_is_taken_back_after_it(run: Run, opened: Path) -> None:
    before = figures(opened)
    assert run("lock", "2026-05-31").status == 0
    assert run("correct", "a", "2", "--amount", "51", "--at", "2026-06-01").status == 0
    assert follow(run, hint_of(run, "undo")) == ["ledger correct a 6 --amount 50.00"]
    assert figures(opened) == before


# ── other runs ──────────────────────────────────────────────────────────────────────────────────


def batch(run: Run, *lines: Mapping[str, object]) -> None:
    done = run("batch", "-", stdin="\n".join(map(json.dumps, lines)))
    assert done.status == 0, done


def test_all_that_a_run_did_to_an_account_is_taken_back(run: Run, opened: Path) -> None:
    before = figures(opened)
    changes = ("--owner", "R", "--overdraft", "7", "--initial-balance", "1001")
    assert run("amend", "a", *changes, "--at", "2026-06-01").status == 0
    assert follow(run, hint_of(run, "undo")) == [
        "ledger amend a --owner A --overdraft 0.00 --at 2026-06-01T00:00:00Z",
        "ledger amend a --initial-balance 100.00",
    ]
    assert figures(opened) == before


def test_limits_that_were_replaced_count_again(run: Run, opened: Path) -> None:
    for limit, since in (("5", "2026-03-01"), ("500", "2026-06-01"), ("10", "2026-02-01")):
        assert run("amend", "c", "--overdraft", limit, "--at", since).status == 0
    follow(run, hint_of(run, "undo"))
    for since, amount in (("2026-02-02", "0.01"), ("2026-03-02", "6"), ("2026-06-02", "501")):
        assert run("withdraw", "c", amount, "--at", since).status == 3
    assert run("withdraw", "c", "500", "--at", "2026-06-02").status == 0


def test_a_batch_that_did_more_than_record_entries(run: Run, opened: Path) -> None:
    before = figures(opened)
    batch(
        run,
        {"command": "open", "account": "w1", "owner": "W", "at": "2026-04-01"},
        {"command": "deposit", "account": "a", "amount": "1"},
        {"command": "transfer", "from": "a", "to": "w1", "amount": "1", "at": "2026-05-05"},
        {"command": "correct", "account": "a", "version": 2, "amount": "70"},
        {"command": "amend-entry", "account": "b", "version": 2, "description": "Coffee"},
    )
    done = run("undo", "--json")
    assert done.error["message"] == (
        "your last run did more than record entries: it opened w1, corrected version 2 of a, "
        "amended version 3 of a and more"
    )
    assert follow(run, done.error["hint"]) == [
        "ledger amend-entry a 3 --description Tea",
        "ledger correct a 8 --amount 50.00",
        "ledger reverse a 6",
        "ledger reverse a 5",
        "ledger close w1",
    ]
    assert figures(opened)[:3] == before


@pytest.mark.usefixtures("opened")
def test_of_many_entries_their_history_is_named(run: Run) -> None:
    lines: list[dict[str, object]] = [
        {"command": "open", "account": "w1", "owner": "W", "initial_balance": "5"}
    ]
    lines += [{"command": "deposit", "account": "a", "amount": "1"}] * 6
    batch(run, *lines)
    assert hint_of(run, "undo") == (
        "take each of these back by itself; to see its 6 entries: ledger history a; "
        "then: ledger amend w1 --initial-balance 0; then: ledger close w1"
    )


def test_of_much_else_the_log_is_named(run: Run, opened: Path) -> None:
    batch(run, *({"command": "open", "account": f"w{n}", "owner": "W"} for n in range(6)))
    with Ledger.open(opened) as ledger:
        since = ledger.head().position - 5
    done = run("undo", "--json")
    assert done.error["message"] == (
        "only entries can be undone, and your last run opened w0, opened w1, opened w2 and more"
    )
    (look,) = follow(run, done.error["hint"])
    assert look == f"ledger events --from-position {since}"


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("rows", [1, 7])
def test_an_undone_import_is_imported_again(run: Run, tmp_path: Path, rows: int) -> None:
    lines = "".join(f"2026-06-0{n + 1},Guest,1.50\n" for n in range(rows))
    (tmp_path / "bank.csv").write_text(f"Date,Payee,Amount\n{lines}")
    imported = ("import", "--yes", "bank.csv", "--account", "a")
    assert run(*imported).status == 0
    assert run("undo").status == 0
    done = run("undo", "--json")
    assert done.error["message"] == "your last run was an undo, which is not undone again"
    assert done.error["hint"] == "the file can be imported again"
    assert run(*imported).status == 0
    assert run("balance", "a").out == f"{146 + rows * 1.5:.2f}\n"


@pytest.mark.parametrize("count", [2, 6])
def test_an_undone_batch_is_recorded_again(run: Run, opened: Path, count: int) -> None:
    sent = {"command": "transfer", "from": "a", "to": "c", "amount": "2", "at": "2026-05-05"}
    batch(run, *[sent] * count)
    before = figures(opened)
    assert run("undo").status == 0
    hint = hint_of(run, "undo")
    if count > 5:
        assert hint.endswith("; to see them: ledger history a; ledger history c")
        return
    assert follow(run, hint) == ["ledger transfer a c 2.00 --at 2026-05-05T00:00:00Z"] * count
    assert figures(opened) == before


@pytest.mark.usefixtures("opened")
def test_undoing_a_run_of_which_an_entry_was_reversed_records_nothing_again(run: Run) -> None:
    batch(run, *[{"command": "deposit", "account": "a", "amount": "1"}] * 2)
    assert run("reverse", "a", "5", env={"LEDGER_ACTOR": "ben"}).status == 0
    assert hint_of(run, "undo") == (
        "what stands of that run can be reversed entry by entry; to see what happened: "
        "ledger history a"
    )


# ── the book, and confirmations ─────────────────────────────────────────────────────────────────


BY_MISTAKE = "--reason 'it was locked by mistake'"


@pytest.mark.parametrize(
    ("done", "undone", "command"),
    [
        (["lock 2026-05"], "locked", f"ledger unlock {BY_MISTAKE}"),
        (
            ["lock 2026-04", "lock 2026-05"],
            "locked",
            f"ledger unlock 2026-04-30 {BY_MISTAKE}",
        ),
        (
            ["lock 2026-04-30T12:00:00.5Z", "lock 2026-05"],
            "locked",
            f"ledger unlock 2026-04-30T12:00:00.500000Z {BY_MISTAKE}",
        ),
        (["book rename 'The club'", "book rename Clbu"], "name", "ledger book rename 'The club'"),
        (["book rename Clbu"], "name", "ledger book rename ''"),
        (
            ["confirm c 0 --as-of 2026-05 --source 'No 5'", "confirm c --withdraw"],
            "confirmed",
            "ledger confirm c 0.00 --as-of 2026-05-31 --source 'No 5'",
        ),
        (
            ["confirm d --as-of 2026-05 -- -12.50", "confirm d --withdraw"],
            "confirmed",
            "ledger confirm d --as-of 2026-05-31 -- -12.50",
        ),
        (
            ["confirm c 0 --as-of 2026-05"],
            "confirmed",
            "ledger confirm c --withdraw",
        ),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_what_was_done_to_periods_is_taken_back(
    run: Run, books: Path, zone: str, done: list[str], undone: str, command: str
) -> None:
    def seen() -> object:
        with Ledger.open(books) as ledger:
            book = ledger.book()
            if undone == "confirmed":
                account = shlex.split(done[0])[1]
                withdrawn = [
                    each.withdrawn_by is None
                    for each in ledger.history(account).entries
                    if each.event_type == "BalanceConfirmed"
                ]
                return any(withdrawn)
            return book.locked_until_us if undone == "locked" else book.name

    assert run("book", "create", "--time-zone", zone).status == 0
    with Ledger.open(books) as ledger:
        ledger.open_account("c", "C", at="2026-01-01")
        ledger.open_account("d", "D", overdraft="50", at="2026-01-01")
        ledger.withdraw("d", "12.50", at="2026-05-01")
    *first, last = done
    for typed in first:
        assert run(*shlex.split(typed)).status == 0
    before = seen()
    assert run(*shlex.split(last)).status == 0
    assert seen() != before
    assert follow(run, hint_of(run, "undo")) == [command]
    assert seen() == before


@pytest.mark.parametrize("used", [False, True])
def test_a_time_zone_is_changed_back(run: Run, used: bool) -> None:
    assert run("book", "create", "--time-zone", "Asia/Tokyo").status == 0
    if used:
        assert run("open", "a", "--owner", "A", "--at", "2026-01-01").status == 0
    since = ("--from", "2199-01-01") if used else ()
    assert run("book", "time-zone", "Europe/Berlin", *since).status == 0
    (again,) = follow(run, hint_of(run, "undo"))
    expected = "ledger book time-zone Asia/Tokyo"
    assert again == (f"{expected} --from 2199-01-01" if used else expected)


@pytest.mark.usefixtures("opened")
def test_what_was_unlocked_since_is_not_unlocked_again(run: Run) -> None:
    for typed in ("lock 2026-05", "unlock --reason x"):
        assert run(*shlex.split(typed)).status == 0
    hint = hint_of(run, "undo")
    assert hint == "the period is unlocked already; to see what was before: ledger events"


# ── what is no entry ────────────────────────────────────────────────────────────────────────────


def test_what_is_no_entry_is_said_in_words_that_fit(run: Run, opened: Path) -> None:
    with Ledger.open(opened) as ledger:
        ledger.amend_entry("a", 2, {"description": "Pay"})
        ledger.amend_account("a", owner="Ana")
    for typed in ("amend-entry a 5 -m x", "correct a 5 --amount 3", "reverse a 5"):
        done = run(*shlex.split(typed), "--json")
        message = "version 5 of account a is no entry, but an amendment"
        assert done.error["message"] == message
    assert hint_of(run, "amend-entry a 6 -m x") == (
        "its history shows the entries: ledger history a"
    )
    assert follow(run, hint_of(run, "amend-entry a 5 -m x")) == [
        "ledger amend-entry a 2 --description x"
    ]
    assert follow(run, hint_of(run, "correct a 5 --amount 3")) == ["ledger correct a 2 --amount 3"]
