"""``ledger statement`` of several accounts, one after the other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Refused, Run

PERIOD = ("--from", "2026-02-01", "--to", "2026-02-28")
SHOWN = """\
bank  Club  from 2026-02-01 00:00:00, to 2026-02-28 23:59:59
#  When                 What              Amount  Balance  Description
──────────────────────────────────────────────────────────────────────
   opening balance                                 100.00
2  2026-02-03 00:00:00  transfer to cash  -30.00    70.00  Float
3  2026-02-04 00:00:00  withdrawal         -8.00    62.00  Stamps
   closing balance                                  62.00
in 0.00, out 38.00 EUR
balance ▆▆▆▆▆▆▆▆█▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▁  lowest 62.00, highest 100.00

cash  Club  from 2026-02-01 00:00:00, to 2026-02-28 23:59:59
#  When                 What                Amount  Balance  Description
────────────────────────────────────────────────────────────────────────
   opening balance                                     0.00
2  2026-02-03 00:00:00  transfer from bank  +30.00    30.00  Float
   closing balance                                    30.00
in 30.00, out 0.00 EUR

Total       Opening    In   Out  Closing
─────────────────────────────────────────────
2 accounts   100.00  0.00  8.00    92.00  EUR
(30.00 EUR moved between these accounts: neither in nor out)
"""


@pytest.fixture
def club(books: Path) -> Path:
    with Ledger.open(books) as ledger:
        for account, currency, balance in (
            *(("bank", "EUR", "100"), ("cash", "EUR", "0")),
            *(("fund:camp", "JPY", "500"), ("fund:gone", "EUR", "0")),
        ):
            ledger.open_account(account, "Club", currency, balance, at="2026-01-01")
        ledger.close_account("fund:gone", at="2026-01-20")
        ledger.open_account("fund:new", "Club", "EUR", at="2026-03-01")
        ledger.transfer("bank", "cash", "30", "Float", at="2026-02-03")
        ledger.withdraw("bank", "8", "Stamps", at="2026-02-04")
    return books


@pytest.mark.usefixtures("club")
def test_people_see_one_after_the_other_and_the_totals(
    environ: dict[str, str], tmp_path: Path
) -> None:
    shown = run_on_terminal(
        [PROGRAM, "statement", "bank", "cash", *PERIOD],
        env={**environ, "NO_COLOR": "1"},
        cwd=tmp_path,
        columns=80,
    )
    text = shown.text
    assert shown.status == 0
    assert max(map(len, text.splitlines())) <= 80
    assert re.sub("balance [▁▂▃▄▅▆▇█].*\n", "", text) == re.sub("balance [▁▂▃▄▅▆▇█].*\n", "", SHOWN)


@pytest.mark.usefixtures("club")
def test_json_is_one_array_with_what_each_account_has_alone(run: Run) -> None:
    found = run("statement", "--all", *PERIOD, "--json")
    alone = [run("statement", each, *PERIOD, "--json").json for each in ("bank", "cash")]
    assert found.json[:2] == alone
    assert [each["account_id"] for each in found.json] == ["bank", "cash", "fund:camp"]
    assert found.out.endswith("}]\n")
    assert run("statement", "bank", "bank", *PERIOD, "--json").json == alone[0]
    assert isinstance(run("statement", "fund:", *PERIOD, "--json").json, list)


@pytest.mark.usefixtures("club")
def test_rows_say_whose_they_are_and_in_what_currency(run: Run) -> None:
    plain = run("statement", "cash", "fund:", "--from", "2026-01-01").out.splitlines()
    ends = [line.split("\t")[0:3:2] + line.split("\t")[-2:] for line in plain]
    assert ends == [
        ["1", "0.00", "EUR", "cash"],
        ["2", "30.00", "EUR", "cash"],
        ["1", "500", "JPY", "fund:camp"],
        ["1", "0.00", "EUR", "fund:gone"],
        ["2", "0.00", "EUR", "fund:gone"],
        ["1", "0.00", "EUR", "fund:new"],
    ]
    csv = run("statement", "bank", "cash", *PERIOD, "--format", "csv").out.splitlines()
    assert csv[0].endswith(",currency,account_id")
    assert [line.rpartition(",")[2] for line in csv[1:]] == ["bank", "bank", "cash"]


@pytest.mark.usefixtures("club")
def test_nothing_in_the_period_is_said_and_no_error(run: Run) -> None:
    long_ago = ("--to", "2020-01-01")
    done = run("statement", "--all", *long_ago, "--format", "table")
    assert (done.status, done.out) == (0, "")
    assert done.err == "none of the accounts was open in the period\n"
    assert run("statement", "--all", *long_ago, "--json").json == []
    assert run("statement", "fund:", *long_ago).out == ""


@pytest.mark.usefixtures("club")
def test_a_named_account_that_was_not_open_is_refused_before_any_is_shown(
    refused: Refused,
) -> None:
    error = refused(4, "no_such_account", "statement", "bank", "fund:new", *PERIOD)
    assert error["message"].startswith("there was no account fund:new as of")


@pytest.mark.usefixtures("club")
@pytest.mark.parametrize("accounts", [["bank", "cash"], ["fund:"], ["--all"]])
def test_a_period_that_ends_before_it_begins_is_turned_round(
    run: Run, refused: Refused, accounts: list[str]
) -> None:
    period = ("--from", "2026-03-01", "--to", "2026-02-01")
    error = refused(2, "invalid_option", "statement", *accounts, *period)
    hint = error["hint"].partition(": ")[2].split()
    assert isinstance(json.loads(run(*hint[1:]).out), list)


def test_the_words_for_the_balances_stay_on_one_line(environ: dict[str, str], club: Path) -> None:
    with Ledger.open(club) as ledger:
        ledger.deposit("cash", "3", "What was in the box after the summer party of last year " * 2)
    shown = run_on_terminal(
        [PROGRAM, "statement", "cash"],
        env={**environ, "NO_COLOR": "1"},
        cwd=club.parent,
        columns=80,
    ).text
    assert re.search("opening balance +0.00", shown)
    assert re.search("closing balance +[0-9]", shown)
