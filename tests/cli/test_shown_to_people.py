"""What people may have beyond the usual: digits in groups, and columns for who recorded it when."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.program import Outcome, Refused, Run

NARROW = "\u202f"
ACTOR = re.compile(r"\btester\b")
RECORDED = re.compile(r"\b2[0-9]{3}-[0-9]{2}-[0-9]{2} [0-9:]{8}$", re.MULTILINE)

Table = Callable[..., Outcome]


@pytest.fixture
def rich(books: Path) -> Path:
    """A ledger with large amounts."""
    with Ledger.open(books) as ledger:
        ledger.open_account("a", "Ana", overdraft="1000", at="2026-01-01")
        ledger.open_account("b", "Ben", "JPY", "1234567", at="2026-01-01")
        ledger.deposit("a", "9876543.21", "Order 1234567", at="2026-01-02")
        ledger.withdraw("a", "1000", at="2026-01-03")
        ledger.confirm("a", "9875543.21", at="2026-01-04")
    return books


@pytest.fixture
def table(run: Run, rich: Path) -> Table:
    """Answer as people are answered."""

    def ask(*words: str, **env: str) -> Outcome:
        done = run(*words, "--format", "table", env={"COLUMNS": "160", **env})
        assert done.status == 0
        return done

    return ask


@pytest.mark.parametrize(
    ("command", "amounts"),
    [
        ("accounts", ["9 875 543.21", "1 234 567"]),
        ("balance", ["9 875 543.21", "1 234 567", "total: 1 234 567 JPY, 9 875 543.21 USD"]),
        ("balance a", ["9 875 543.21 USD"]),
        ("history a", ["+9 876 543.21", "-1 000.00", "confirmed: 9 875 543.21 USD"]),
        ("statement a", ["in 9 876 543.21, out 1 000.00 USD", "9 875 543.21"]),
        ("events", ["+9 876 543.21", "+1 234 567"]),
        ("replay a --step", ["+9 876 543.21", "9 875 543.21"]),
        ("verify", ["9 876 543.21", "1 234 567"]),
        ("deposit a 1234.5", ["deposited 1 234.50 USD: a now holds 9 876 777.71 USD"]),
        ("amend a --overdraft 5000", ["its overdraft limit is 5 000.00 USD"]),
        ("reverse a 2", ["deposit of 9 876 543.21 USD"]),
        ("confirm b 1234567 --as-of 2026-01-02", ["confirmed 1 234 567 JPY"]),
    ],
)
def test_people_are_shown_digits_in_groups(
    run: Run, table: Table, command: str, amounts: list[str]
) -> None:
    if command == "reverse a 2":
        run("deposit", "a", "9876543.21", "--at", "2026-01-02")
        command = "reverse a 5"
    shown = table(*command.split(), "--group-digits").out
    for amount in amounts:
        assert amount.replace(" ", NARROW) in re.sub("(?<![0-9]) | (?![0-9])", NARROW, shown)
    assert "Order 1 234" not in shown


def test_a_unit_with_digits_is_left_as_it_is(run: Run, table: Table) -> None:
    run("open", "own", "--owner", "Ana", "--currency", "X1234", "--decimals", "0")
    run("deposit", "own", "98765")
    assert table("balance", "own", "--group-digits").out.startswith(f"98{NARROW}765 X1234\n")


def test_a_text_of_the_person_is_left_as_it_is(table: Table) -> None:
    assert "Order 1234567" in table("history", "a", "--group-digits").out


@pytest.mark.parametrize(
    ("before", "after", "env", "grouped"),
    [
        ("--group-digits", "", {}, True),
        ("", "--group-digits", {}, True),
        ("", "", {"LEDGER_GROUP_DIGITS": "1"}, True),
        ("", "", {"LEDGER_GROUP_DIGITS": "0"}, False),
        ("", "", {}, False),
    ],
)
def test_digits_are_grouped_where_that_is_asked_for(
    table: Table, before: str, after: str, env: dict[str, str], grouped: bool
) -> None:
    shown = table(*before.split(), "balance", "a", *after.split(), **env).out
    amount = "9 875 543.21" if grouped else "9875543.21"
    assert shown.startswith(f"{amount.replace(' ', NARROW)} USD")


def test_where_there_is_no_narrow_space_it_is_a_plain_one(table: Table) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    shown = table("balance", "a", "--group-digits", **ascii_only).out
    assert shown.startswith("9 875 543.21 USD")


@pytest.mark.parametrize("shown_as", ["plain", "csv", "json"])
@pytest.mark.parametrize("command", ["accounts", "balance a", "history a", "events", "verify"])
def test_programs_are_never_shown_groups(run: Run, rich: Path, command: str, shown_as: str) -> None:
    words = (*command.split(), "--format", shown_as)
    usual = run(*words)
    grouped = run(*words, "--group-digits", env={"LEDGER_GROUP_DIGITS": "1"})
    assert (grouped.status, grouped.out, grouped.err) == (0, usual.out, usual.err)


def test_what_may_be_typed_again_has_no_groups(run: Run, rich: Path) -> None:
    done = run("withdraw", "a", "99999999", "--format", "table", "--group-digits")
    assert done.status == 3
    assert NARROW not in done.err
    assert "9875543.21" in done.err


# ── columns ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("show", "columns"),
    [
        (["actor,recorded"], ["Actor", "Recorded"]),
        (["recorded", "Actor"], ["Recorded", "Actor"]),
        (["recorded,recorded"], ["Recorded"]),
        (["actor"], ["Actor"]),
        ([], []),
    ],
)
@pytest.mark.parametrize("command", ["history a", "statement a", "events"])
def test_a_table_has_the_columns_that_are_asked_for(
    run: Run, table: Table, command: str, show: list[str], columns: list[str]
) -> None:
    run("deposit", "a", "5", env={"LEDGER_ACTOR": "tester"})
    given = [word for each in show for word in ("--show", each)]
    lines = table(*command.split(), *given).out.splitlines()
    heading = next(line for line in lines if "Description" in line)
    assert heading.partition("Description")[2].split() == columns
    assert bool(ACTOR.search("\n".join(lines))) is ("Actor" in columns)
    if columns[-1:] == ["Recorded"]:
        assert len(RECORDED.findall("\n".join(lines))) >= 5


def test_at_80_columns_a_time_stands_under_its_date(table: Table) -> None:
    shown = table("history", "b", "--show", "actor,recorded", COLUMNS="80").out
    assert "Description" in shown.splitlines()[1]
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("command", ["history a", "statement a", "events"])
def test_a_column_that_there_is_not_is_refused(refused: Refused, rich: Path, command: str) -> None:
    error = refused(2, "invalid_option", *command.split(), "--show", "actor,colour")
    assert error["message"] == "'colour' is not a column that --show knows"
    assert error["hint"] == "use actor or recorded"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("", ["actor", "recorded"]), ("r", ["recorded"]), ("actor,", ["actor,recorded"])],
)
def test_columns_are_completed(run: Run, rich: Path, typed: str, offered: list[str]) -> None:
    asked = {"env": {"_LEDGER_COMPLETE": "fish"}}
    assert run("history", "a", "--show", typed, **asked).out.splitlines() == offered
