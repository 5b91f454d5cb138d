"""Confirmations in a statement: which of them no longer hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.program import Run


@pytest.fixture
def confirmed(books: Path) -> Path:
    """Two confirmations, of which an entry that was found later changes the second."""
    with Ledger.open(books) as ledger:
        ledger.open_account("bank", "Club", "EUR", "100", at="2026-01-01")
        ledger.confirm("bank", "100", "January's letter", at="2026-01-31")
        ledger.confirm("bank", "100", "February's letter", at="2026-02-28")
        ledger.withdraw("bank", "8", "Stamps", at="2026-02-10")
    return books


@pytest.mark.parametrize("accounts", ["bank", "--all"])
def test_a_statement_says_which_no_longer_hold(run: Run, confirmed: Path, accounts: str) -> None:
    shown = run("statement", accounts, "--format", "table", env={"COLUMNS": "150"}).out
    lines = [line for line in shown.splitlines() if "letter" in line]
    assert ["no longer holds" in line for line in lines] == [False, True]
    assert "(confirmed: 100.00 EUR, no longer holds)" in " ".join(shown.split())
    period = run("statement", accounts, "--from", "2026-02-15", "--format", "table").out
    assert "no longer holds" in " ".join(period.split())


def test_one_holds_again_once_what_changed_it_is_reversed(run: Run, confirmed: Path) -> None:
    with Ledger.open(confirmed) as ledger:
        assert ledger.statement("bank").changed_confirmations == {3}
        ledger.reverse("bank", 4)
        assert not ledger.statement("bank").changed_confirmations


def test_none_holds_of_a_time_before_the_opening(books: Path) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("bank", "Club", "EUR", at="2026-01-01")
        ledger.confirm("bank", "0", at="2026-01-31")
        ledger.amend_account("bank", opened_at="2026-02-05")
        assert ledger.statement("bank").changed_confirmations == {2}
