"""``ledger report`` for people: long names, groups of nothing, and periods that are yet to come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.clock import utc
from tests.support.program import Run

LONG_ID = "bank:an-id-that-nobody-would-type-by-hand-but-that-a-program-has-made"


@pytest.fixture
def long_names(books: Path) -> None:
    """Names that are too long for eighty columns, and an own transfer with a tag."""
    with Ledger.open(books, clock=lambda: utc("2026-03-15")) as ledger:
        for account in ("bank", LONG_ID):
            ledger.open_account(account, "Ana", at="2026-01-01")
        tag = {"category": "boats and their insurance and everything else that floats"}
        ledger.deposit("bank", "123456789", tags=tag, at="2026-01-05")
        moved = {"category": "internal"}
        ledger.transfer("bank", LONG_ID, "9", tags=moved, at="2026-02-01")


def test_names_stay_on_a_line_and_what_is_nothing_is_left_out(long_names: None, run: Run) -> None:
    by_tag = ("report", "--by", "month", "--by", "tag:category")
    table = run(*by_tag, "--format", "table", env={"COLUMNS": "64"}).out
    assert table.splitlines()[:7] == [
        "all accounts  all entries",
        "Month, category        Opening            In   Out   Closing USD",
        "────────────────────────────────────────────────────────────────",
        "2026-01                   0.00  123456789.00  0.00  123456789.00",
        "  boats and the…                123456789.00  0.00",
        "2026-02           123456789.00          0.00  0.00  123456789.00",
        "total                     0.00  123456789.00  0.00  123456789.00",
    ]
    assert [row["tag:category"] for row in run(*by_tag, "--json").json["rows"]] == [
        "boats and their insurance and everything else that floats",
        "internal",
    ]


def test_an_id_is_never_cut_but_stands_above_its_figures(long_names: None, run: Run) -> None:
    table = run("report", "--by", "month", "--by", "account", "--format", "table").out
    lines = table.splitlines()
    place = len(lines) - 1 - lines[::-1].index(f"  {LONG_ID}")
    assert re.fullmatch(r" +0\.00  +0\.00  +0\.00  +\+9\.00  +9\.00", lines[place + 1])
    assert lines[place - 1].startswith("  bank   ")


def test_periods_that_lie_in_the_future_are_said_to_be_left_out(long_names: None, run: Run) -> None:
    asked = ("report", "--by", "quarter", "--from", "2026-01")
    done = run(*asked, "--to", "9998-03", "--format", "table")
    today = run(*asked, "--to", "9998-03", "--json").json["periods_until"][:10]
    assert f"(periods after {today} are not shown: nothing has happened in them yet)" in done.out
    assert run(*asked, "--to", "2026-03", "--json").json["periods_until"] is None


def test_a_group_whose_transfers_are_even_is_kept_above_its_accounts(
    long_names: None, run: Run
) -> None:
    asked = ("report", "--by", "tag:category", "--by", "account", "--format", "table")
    lines = [line.split()[0] for line in run(*asked).out.splitlines()]
    assert lines[lines.index("internal") :][1:3] == ["bank", LONG_ID]
