"""A ledger with events of somebody's own, where their class is not loaded, and where it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import PROJECT, Run
from tests.support.servers.books import copied

MAKE = """
import sys
from ledger import Ledger
from tests.support.budget import Budget, Budgets, BudgetSet

with Ledger.open(sys.argv[1], projections=[Budgets]) as ledger:
    ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
    ledger.append(ledger.load(Budget, "$budget"), BudgetSet(500, "as last year"))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by a process of its own: this one's forks must not know the class."""
    path = tmp_path_factory.mktemp("budgeted") / "books.db"
    subprocess.run(
        [sys.executable, "-c", MAKE, str(path)],
        cwd=PROJECT,
        env={**os.environ, "LEDGER_ACTOR": "tester"},
        check=True,
        timeout=60,
    )
    return path


@pytest.fixture
def budgeted(made: Path, books: Path) -> Path:
    copied(made, books)
    return books


@pytest.mark.usefixtures("budgeted")
def test_without_the_class_money_goes_on_and_questions_are_answered(run: Run) -> None:
    assert run("deposit", "bank", "5").out == "bank\t105.00\tUSD\t2\n"
    for question in (
        "balance --as-of 2026-12-31 --known-at 2026-12-31",
        "report --by account",
        "find",
        "statement --all",
        "replay bank",
        "diff 1",
        "rebuild-projections",
        "snapshot --all",
        "projections",
    ):
        assert run(*question.split()).status == 0, question
    assert "budgets\t1\t3\t1\tfalse\tfalse" in run("projections").out
    shown = run("events", "--format", "table", "--from-position", "3", "--limit", "1").out
    assert shown.splitlines()[2].split()[3:] == ["$budget", "BudgetSet", "as", "last", "year"]
    (event,) = run("events", "--account", "$budget", "--json").out.splitlines()
    assert '"data":{"amount":500}' in event


@pytest.mark.usefixtures("budgeted")
def test_without_the_class_it_is_no_account(run: Run) -> None:
    for command in ("history $budget", "balance $budget", "erase $budget --reason x --yes"):
        done = run(*command.split())
        assert (done.status, done.out) == (4, "")
        assert done.err.startswith("error: '$budget' is no account, but a Budget\n")
    done = run("undo", "--yes")
    assert done.status == 3
    assert "recorded BudgetSet for $budget" in done.err


def test_verify_says_what_it_does_not_know(
    run: Run, budgeted: Path, environ: dict[str, str]
) -> None:
    unknown = run("verify")
    assert unknown.status == 6
    assert unknown.out.startswith("unknown_type\t3\t$budget\tthe stream is a Budget, which is ")
    assert "error: nothing wrong was found, and streams could not be checked: 1\n" in unknown.err
    assert "LEDGER_PROJECTIONS=" in unknown.err
    assert "LEDGER_PROJECTIONS=" in run("doctor").err
    assert run("backup", str(budgeted.with_name("copy.db"))).status == 0
    environ["LEDGER_PROJECTIONS"] = "tests.support.budget:Budgets"
    environ["PYTHONPATH"] = str(PROJECT)
    assert run("verify", "--quiet").status == 0
    assert run("projections").out.splitlines()[-1] == "budgets\t1\t3\t0\tfalse\ttrue"
