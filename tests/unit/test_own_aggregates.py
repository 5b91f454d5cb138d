"""Events of somebody's own, through the public API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.domain.account import BankAccount
from ledger.errors import InvalidAmount, InvalidOption, InvalidTime, LedgerError, VersionConflict
from ledger.events import MoneyDeposited
from ledger.testing import given, repeatable_ledger
from ledger.times import system_clock
from tests.support.budget import Budget, BudgetRow, Budgets, BudgetSet, Limit
from tests.support.restoring import to_be_restored

ID = "$budget:rent"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with repeatable_ledger(projections=[Budgets]) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
        yield ledger


def test_events_are_appended_folded_projected_and_told(ledger: Ledger) -> None:
    told: list[Any] = []
    ledger.subscribe(told.append)
    budget = ledger.load(Budget, ID)
    assert budget.version == 0

    first, second = ledger.append(budget, BudgetSet(5_00), BudgetSet(7_00, "more"), at="2026-01-01")

    assert (budget.version, budget.state) == (2, Limit(7_00))
    again = ledger.load(Budget, ID)
    assert (again.version, again.state) == (2, budget.state)
    assert list(ledger.projection_rows("budgets")) == [BudgetRow(ID, 7_00)]
    assert [each.event for each in told] == [BudgetSet(5_00), BudgetSet(7_00, "more")]
    assert (first.version, second.event, second.amount) == (1, BudgetSet(7_00, "more"), None)
    assert f"{second.effective_at:%Y-%m-%d}" == "2026-01-01"
    assert second.metadata["command"] == "append"


def test_such_a_ledger_is_verified_exported_and_imported(ledger: Ledger, tmp_path: Path) -> None:
    ledger.append(ledger.load(Budget, ID), BudgetSet(5_00))
    found = ledger.verify()
    assert (found.findings, found.accounts) == ((), 1)
    assert ledger.account_ids() == ["bank"]
    with to_be_restored(str(tmp_path / "copy.db"), system_clock) as twin:
        twin.import_events(ledger.export_events())
        assert twin.head() == ledger.head()
        assert twin.load(Budget, ID).state == Limit(5_00)


@pytest.mark.parametrize(
    ("wrong", "refusal", "message"),
    [
        (lambda it: it.load(BankAccount, "bank"), InvalidOption, "changed by commands alone"),
        (lambda it: it.load(Budget, "bank"), InvalidOption, "cannot be the id of a Budget"),
        (lambda it: it.load(Budget, "$"), InvalidOption, "cannot be the id of a Budget"),
        (lambda it: it.load(Budget, "$book"), InvalidOption, "is a Book, not a Budget"),
        (
            lambda it: it.append(it.load(Budget, ID), MoneyDeposited(1, "USD")),
            InvalidOption,
            "no events MoneyDeposited",
        ),
        (
            lambda it: it.append(it.load(Budget, ID), BudgetSet(1), BudgetSet(-1)),
            InvalidAmount,
            "not below zero",
        ),
        (
            lambda it: it.append(it.load(Budget, ID), BudgetSet(1), at="2099-01-01"),
            InvalidTime,
            "in the future",
        ),
        (lambda it: it.append(Budget(ID, None, 3), BudgetSet(1)), VersionConflict, "not version 3"),
    ],
)
def test_what_is_refused_changes_nothing(
    ledger: Ledger, wrong: Callable[[Ledger], object], refusal: type[LedgerError], message: str
) -> None:
    head = ledger.head()
    with pytest.raises(refusal, match=message):
        wrong(ledger)
    assert ledger.head() == head
    ledger.deposit("bank", "1")


def test_who_has_not_seen_the_last_event_is_refused(ledger: Ledger) -> None:
    mine, yours = ledger.load(Budget, ID), ledger.load(Budget, ID)
    ledger.append(mine, BudgetSet(1))
    with pytest.raises(VersionConflict, match="is at version 1, not no stream"):
        ledger.append(yours, BudgetSet(2))
    assert yours.version == 0


def test_its_rules_can_be_tested_alone() -> None:
    given(BudgetSet(1), of=Budget, stream_id=ID).when(lambda budget, at: BudgetSet(2)).then(
        BudgetSet(2)
    )
