"""The folds of both projections, event by event."""

from __future__ import annotations

import pytest

from ledger.domain.aggregate import Event
from ledger.domain.events import (
    AccountClosed,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.eventstore.records import RecordedEvent
from ledger.projections.balances import AccountBalances, BalanceRow
from ledger.projections.folding import AnyProjection, AnyRows
from ledger.projections.projection import Rows
from ledger.projections.summaries import AccountSummaries, SummaryRow

OPENED = AccountOpened("a", "Ana", "USD", 100)
DEPOSITED = MoneyDeposited(50, "USD", "")
WITHDRAWN = MoneyWithdrawn(30, "USD", "")
SENT = TransferSent("t", "b", 20, "USD", "")
RECEIVED = TransferReceived("t", "b", 7, "USD", "")
CLOSED = AccountClosed("")

LIFE = [(OPENED, 10), (DEPOSITED, 20), (WITHDRAWN, 30), (SENT, 25), (RECEIVED, 15), (CLOSED, 40)]


def fold(projection: AnyProjection, life: list[tuple[Event, int]]) -> object:
    """The row after events with their effective times."""
    rows: AnyRows = Rows()
    for version, (event, effective_at) in enumerate(life, 1):
        recorded = RecordedEvent(
            100 + version,
            *("a", "BankAccount", version, type(event).__name__, event.schema_version, "{}", "{}"),
            effective_at,
            1_000,
            False,
            b"",
        )
        projection.fold_all(rows, [(recorded, event)])
    return rows["a"]


@pytest.mark.parametrize(("events", "balance"), [(1, 100), (2, 150), (3, 120), (4, 100), (5, 107)])
def test_the_balance_follows_every_event(events: int, balance: int) -> None:
    assert fold(AccountBalances(), LIFE[:events]) == BalanceRow("a", balance, "USD", events)


def test_a_closed_account_leaves_the_balances() -> None:
    assert fold(AccountBalances(), LIFE) is None


@pytest.mark.parametrize(
    ("events", "balance", "transactions", "last_activity"),
    [(1, 100, 0, 10), (2, 150, 1, 20), (3, 120, 2, 30), (4, 100, 3, 30), (5, 107, 4, 30)],
)
def test_the_summary_follows_every_event(
    events: int, balance: int, transactions: int, last_activity: int
) -> None:
    assert fold(AccountSummaries(), LIFE[:events]) == SummaryRow(
        "a", "Ana", "USD", balance, transactions, "active", 10, last_activity, None
    )


def test_a_closed_account_stays_in_the_summaries() -> None:
    assert fold(AccountSummaries(), LIFE) == SummaryRow(
        "a", "Ana", "USD", 107, 4, "closed", 10, 40, 40
    )


@pytest.mark.parametrize("projection", [AccountBalances(), AccountSummaries()])
@pytest.mark.parametrize("event", [DEPOSITED, WITHDRAWN, SENT, RECEIVED])
def test_nothing_happens_to_an_account_that_is_not_open(
    projection: AnyProjection, event: Event
) -> None:
    with pytest.raises(ValueError, match="account a is not open"):
        fold(projection, [(event, 10)])


def test_an_account_is_not_closed_before_it_is_open() -> None:
    with pytest.raises(ValueError, match="account a is not open"):
        fold(AccountSummaries(), [(CLOSED, 10)])


class Signed(Event, frozen=True):
    """An event of an aggregate that is no account."""

    page: int


@pytest.mark.parametrize("projection", [AccountBalances(), AccountSummaries()])
def test_streams_of_other_aggregates_are_passed_over(projection: AnyProjection) -> None:
    rows: AnyRows = Rows()
    contract = RecordedEvent(1, "c", "Contract", 1, "Signed", 1, "{}", "{}", 10, 10, False, b"")
    projection.fold_all(rows, [(contract, Signed(7))])
    assert not [row for row in rows.values() if row is not None]
