"""Closing an account on a terminal, where it is asked first."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.program import PROGRAM, Run


@pytest.fixture
def empty(books: Path) -> Path:
    """A ledger with an account that has nothing left, and one that has something."""
    with Ledger.open(books) as ledger:
        ledger.open_account("empty", "Ana Souza", at="2026-01-01")
        ledger.deposit("empty", "5", at="2026-01-02")
        ledger.withdraw("empty", "5", at="2026-01-03")
        ledger.open_account("full", "Ben", initial_balance="5", at="2026-01-01")
    return books


def on_terminal(environ: dict[str, str], folder: Path, typed: str, *words: str) -> Shown:
    return run_on_terminal([PROGRAM, "close", *words], env=environ, cwd=folder, typed=typed)


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 3), ("\n", 3)])
def test_who_closes_an_account_sees_whose_it_is_and_what_it_holds(
    run: Run, environ: dict[str, str], empty: Path, typed: str, status: int
) -> None:
    shown = on_terminal(environ, empty.parent, typed, "empty")
    assert shown.status == status
    asked, answered = shown.text.split("[y/N] ")
    assert asked == "empty of Ana Souza holds 0.00 USD after 2 entries.\nClose it? "
    assert answered == (
        "closed empty: empty now holds 0.00 USD\n" if status == 0 else "nothing was changed\n"
    )
    closed = run("accounts", "--status", "closed").out
    assert closed.startswith("empty\t") is (status == 0)


@pytest.mark.parametrize(
    ("words", "status"),
    [(["empty", "--yes"], 0), (["full"], 3), (["nobody"], 4)],
)
def test_nothing_is_asked_where_the_answer_is_known(
    environ: dict[str, str], empty: Path, words: list[str], status: int
) -> None:
    shown = on_terminal(environ, empty.parent, "", *words)
    assert (shown.status, "[y/N]" in shown.text) == (status, False)


def test_a_script_is_not_asked(run: Run, empty: Path) -> None:
    assert run("close", "empty").status == 0
