"""Every report names the end of the log that its figures come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger
from ledger.eventstore.records import Head
from ledger.eventstore.sqlite import SqliteStore
from ledger.times import system_clock
from tests.support.log_editing import edit_file

Ask = Callable[[Ledger], Sequence[Any]]

OF_EVENTS: list[Ask] = [
    lambda ledger: [ledger.balance("a")],
    lambda ledger: ledger.balances(as_of="2999-12-31"),
    lambda ledger: [ledger.history("a")],
    lambda ledger: [ledger.history("a", limit=1, known_at="2999-12-31")],
    lambda ledger: [ledger.statement("a")],
]
OF_PROJECTIONS: list[Ask] = [
    lambda ledger: ledger.balances(),
    lambda ledger: ledger.accounts(),
    lambda ledger: ledger.accounts("active"),
]


def heads(reports: Sequence[Any]) -> set[Head]:
    return {report.head for report in reports}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        ledger.open_account("b", "Ben")
        ledger.transfer("a", "b", "2")
    return path


@pytest.mark.parametrize("ask", [*OF_EVENTS, *OF_PROJECTIONS])
def test_a_report_names_the_head_of_the_log(path: Path, ask: Ask) -> None:
    with Ledger.open(path) as ledger:
        assert heads(ask(ledger)) == {ledger.head()}
        ledger.deposit("b", "1")
        assert heads(ask(ledger)) == {ledger.head()}
        assert ledger.head().position == 6


@pytest.mark.parametrize("ask", OF_PROJECTIONS)
def test_a_report_of_a_projection_that_lags_names_the_head_it_has_seen(
    path: Path, ask: Ask
) -> None:
    with Ledger.open(path, defer_projections=True) as ledger:
        seen = ledger.head()
        ledger.deposit("a", "1")
        assert heads(ask(ledger)) == {seen}
        ledger.catch_up()
        assert heads(ask(ledger)) == {ledger.head()}


@pytest.mark.parametrize("ask", OF_EVENTS)
def test_a_report_of_events_names_the_head_however_far_projections_are(
    path: Path, ask: Ask
) -> None:
    with Ledger.open(path, defer_projections=True) as ledger:
        ledger.deposit("a", "1")
        assert heads(ask(ledger)) == {ledger.head()}


@pytest.mark.parametrize("ask", [*OF_EVENTS, *OF_PROJECTIONS])
def test_head_and_figures_are_of_one_state_of_the_file(path: Path, ask: Ask) -> None:
    """A writer who comes in the middle of a report is in neither of them."""

    class Contended(SqliteStore):
        """A store after each of whose reads of the head another connection writes."""

        def head(self) -> Head:
            found = super().head()
            with Ledger.open(path) as other:
                other.deposit("a", "1")
            return found

    with Ledger.open(path) as ledger:
        undisturbed = ask(ledger)
    with Ledger(Contended.open(str(path), system_clock)) as ledger:
        assert ask(ledger) == undisturbed
        assert ledger.balance("a").head.position > 5


@pytest.mark.parametrize("ask", OF_PROJECTIONS)
def test_figures_of_events_that_are_gone_are_not_shown(path: Path, ask: Ask) -> None:
    edit_file(path, "DELETE FROM events WHERE position = 5")
    with Ledger.open(path) as ledger, pytest.raises(DamagedLedger, match="has seen 5 events"):
        ask(ledger)
