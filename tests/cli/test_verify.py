"""``ledger verify`` as people and scripts use it."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.support.cli.terminal import run_on_terminal
from tests.support.log_editing import run_sql
from tests.support.program import PROGRAM, Run
from tests.support.tampering.attacks import set_data

HEAD = "12:"


@pytest.fixture
def damaged_books(small_books: Path) -> Path:
    run_sql(
        small_books,
        "UPDATE account_balances SET balance = 5 WHERE account_id = 'acc-001'",
        "DELETE FROM account_summaries WHERE account_id = 'acc-002'",
    )
    return small_books


FIRST = [
    "projection",
    "",
    "acc-001",
    "account_balances differs from the log",
    "balance 124.75 USD",
    "balance 0.05 USD",
]


def test_clean_books_say_so_on_stderr_and_give_no_rows(small_books: Path, run: Run) -> None:
    outcome = run("verify")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err.startswith("clean: 12 changes of 5 accounts; head 12:")


def test_quiet_is_silent_where_nothing_is_wrong(small_books: Path, run: Run) -> None:
    for form in ("table", "plain", "csv", "json"):
        outcome = run("verify", "--quiet", "--format", form)
        assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_json_tells_all_there_is(small_books: Path, run: Run) -> None:
    document = run("verify", "--json").json
    assert list(document) == [
        "clean",
        "head",
        "events",
        "accounts",
        "snapshots",
        "idempotency_keys",
        "totals",
        "findings",
        "notes",
        "noted_head",
        "archived_to_position",
        "archive_checked",
    ]
    assert document["clean"] is True
    assert document["head"].startswith(HEAD)
    assert (document["events"], document["accounts"], document["findings"]) == (12, 5, [])
    assert document["totals"] == [
        {
            "currency": currency,
            "money_in": money_in,
            "money_out": money_out,
            "sent": moved,
            "received": moved,
            "balances": balances,
            "carried_over": nothing,
        }
        for currency, money_in, money_out, moved, balances, nothing in (
            ("JPY", "20000", "0", "0", "20000", "0"),
            ("KWD", "1.250", "0.000", "0.000", "1.250", "0.000"),
            ("USD", "157.25", "12.50", "20.00", "144.75", "0.00"),
        )
    ]


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_findings_are_rows_and_one_error(damaged_books: Path, run: Run, quiet: list[str]) -> None:
    outcome = run("verify", *quiet)
    assert outcome.status == 6
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert rows[0] == FIRST
    assert rows[1][:3] == ["projection", "", "acc-002"]
    assert rows[1][5] == "no row"
    assert outcome.err.splitlines() == [
        f"error: {damaged_books} does not hold what was written to it: 2 findings",
        "hint: the log is sound, but what is derived from it is not; to rebuild it: "
        "ledger doctor --repair",
    ]


def test_what_the_hint_says_helps(damaged_books: Path, run: Run) -> None:
    assert run("doctor", "--repair").status == 0
    assert run("verify").status == 0


def test_csv_has_a_header_even_where_nothing_is_wrong(small_books: Path, run: Run) -> None:
    header = "check,position,account_id,message,expected,found"
    assert run("verify", "--format", "csv").out.splitlines() == [header]
    run_sql(small_books, "UPDATE account_balances SET balance = 5 WHERE account_id = 'acc-001'")
    rows = list(csv.reader(io.StringIO(run("verify", "--format", "csv").out)))
    assert rows == [header.split(","), FIRST]


def test_the_table_shows_checks_totals_findings_and_the_head(damaged_books: Path, run: Run) -> None:
    outcome = run("verify", "--format", "table")
    assert outcome.status == 6
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["hash", "chain", "12", "0"] in lines
    assert ["projections", "match", "the", "log", "9", "2"] in lines
    assert ["USD", "157.25", "12.50", "20.00", "20.00", "144.75"] in lines
    assert any(line[:2] == ["projection", "acc-001"] for line in lines)
    assert lines[-1][0] == "head"
    assert lines[-1][1].startswith(HEAD)


def test_a_changed_log_is_for_the_doctor(small_books: Path, run: Run) -> None:
    run_sql(small_books, "DROP TRIGGER events_are_never_updated", set_data(6, "amount", "9900"))
    outcome = run("verify")
    assert outcome.status == 6
    assert "hash_chain\t6\tacc-001\t" in outcome.out
    assert "see what can be done: ledger doctor" in outcome.err


def test_a_noted_head_is_expected_by_any_of_its_prefixes(small_books: Path, run: Run) -> None:
    last = run("events", "--json").out.splitlines()[6]
    digits = last.partition('"hash":"')[2][:64]
    for prefix in (digits[:8], digits[:16], digits, digits[:16].upper()):
        assert run("verify", "--expect-head", f"7:{prefix}").status == 0
    outcome = run("verify", "--expect-head", f"6:{digits[:16]}")
    assert outcome.status == 6
    assert outcome.out.startswith("head\t6\t\t")
    longer = run("verify", "--expect-head", f"13:{digits}")
    assert longer.status == 6
    assert "the log is shorter than when the head" in longer.out
    assert "the log ends at 12:" in longer.out


def test_what_is_not_proven_is_said_with_the_command_that_tells(
    small_books: Path, run: Run
) -> None:
    for shown_as in ("plain", "csv", "table"):
        note = run("verify", "--format", shown_as).err.splitlines()[-1]
        words, _, again = note.rpartition(": ")
        assert words.startswith("note: somebody who rewrote the whole ledger would pass")
        program, *arguments = shlex.split(again)
        assert program == "ledger"
        compared = run(*arguments, "--format", shown_as)
        assert (compared.status, compared.err.splitlines()[-1]) == (
            0,
            f"note: the head {arguments[-1]} is still part of this ledger: nothing up to it was "
            "changed since it was noted",
        )
        assert "rewrote" not in compared.err
    assert run("verify", "--quiet").err == ""
    assert json.loads(run("verify", "--json").out)["noted_head"] is None
    assert json.loads(run("verify", "--json", *arguments[1:]).out)["noted_head"] == "present"


def test_of_a_damaged_ledger_only_the_damage_is_told(damaged_books: Path, run: Run) -> None:
    assert "rewrote" not in run("verify").err


@pytest.mark.parametrize(
    "head",
    ["", "7", "7:", ":0123456789", "7:0123456", "7:zzzzzzzz", "-7:01234567", "7:" + "0" * 65],
)
def test_what_is_no_head_is_a_usage_error(head: str, small_books: Path, run: Run) -> None:
    outcome = run("verify", f"--expect-head={head}", "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.error["code"] == "invalid_option"
    assert "POSITION:HASH" in outcome.error["hint"]


def test_there_has_to_be_a_ledger(books: Path, run: Run) -> None:
    assert run("verify").status == 4
    assert not books.exists()


def test_lag_is_a_note(small_books: Path, run: Run, tmp_path: Path) -> None:
    batch = '{"command": "deposit", "account": "acc-001", "amount": "1"}\n'
    assert run("batch", "-", "--defer-projections", stdin=batch).status == 0
    outcome = run("verify")
    assert outcome.status == 0
    assert "note: account_balances is 1 event behind the log" in outcome.err


def test_several_processes_can_be_asked_for(damaged_books: Path, run: Run) -> None:
    assert run("verify", "--workers", "2").out == run("verify", "--workers", "1").out
    assert run("verify", "--workers", "0").status == 2


def test_a_progress_bar_is_drawn_and_wiped_away(
    environ: dict[str, str], small_books: Path, tmp_path: Path, run: Run
) -> None:
    with open(tmp_path / "out", "w+b") as out:
        shown = run_on_terminal([PROGRAM, "verify"], env=environ, cwd=tmp_path, stdout=out)
        out.seek(0)
        assert out.read() == b""
    assert shown.status == 0
    assert "verifying" in shown.text
    assert "100%" in shown.text
    clean = r"\x1b\[2Kclean: 12 changes of 5 accounts; head 12:[0-9a-f]{16}\nnote: [^\n]+\n$"
    assert re.search(clean, shown.text)
    assert "verifying" not in run("verify", env={"FORCE_COLOR": "1"}).err
