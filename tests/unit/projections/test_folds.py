"""The folds of both projections, event by event."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import ERASED, Event
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import BookCreated
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)
from ledger.eventstore.records import RecordedEvent
from ledger.projections.balances import AccountBalances, BalanceRow
from ledger.projections.folding import AnyProjection, AnyRows
from ledger.projections.projection import Rows, StreamProjection
from ledger.projections.summaries import AccountSummaries, SummaryRow

OPENED = AccountOpened("a", "JPY", 0, 100, owner="Ana")
DEPOSITED = MoneyDeposited(50, "JPY")
WITHDRAWN = MoneyWithdrawn(30, "JPY")
SENT = TransferSent("t", "b", 20, "JPY")
RECEIVED = TransferReceived("t", "b", 7, "JPY")
CLOSED = AccountClosed("")

LIFE: list[tuple[Event, int]] = [
    (OPENED, 10),
    (DEPOSITED, 20),
    (WITHDRAWN, 30),
    (SENT, 25),
    (RECEIVED, 15),
    (CLOSED, 40),
]

# What follows, each with the summary after it: balance, transactions, status, opened, last, closed.
REST: list[tuple[Event, int, tuple[int, int, str, int, int, int | None]]] = [
    (AccountReopened(""), 40, (107, 4, "active", 10, 40, None)),
    (EntryReversed(3, 30, "JPY"), 30, (137, 3, "active", 10, 40, None)),
    (EntryAmended(2, {"category": "pay"}), 20, (137, 3, "active", 10, 40, None)),
    (AccountAmended(500, "Ben"), 45, (137, 3, "active", 10, 45, None)),
    (BalanceConfirmed(137, "JPY", 45), 46, (137, 3, "active", 10, 46, None)),
    (ConfirmationWithdrawn(11), 47, (137, 3, "active", 10, 47, None)),
    (OpeningAmended("a", "BTC", 8, 250, 5, owner="Cy"), 5, (287, 3, "active", 5, 47, None)),
    (PersonalDataErased(""), 48, (287, 3, "active", 5, 48, None)),
    (CLOSED, 49, (287, 3, "closed", 5, 49, 49)),
]
OWNERS = [*["Ana"] * 3, *["Ben"] * 4, ERASED, ERASED]


def recorded(event: Event, version: int, effective_at: int) -> RecordedEvent:
    return RecordedEvent(
        position=100 + version,
        stream_id="a",
        aggregate_type="BankAccount",
        version=version,
        event_type=type(event).__name__,
        schema_version=event.schema_version,
        data="{}",
        text=None,
        salt=None,
        metadata="{}",
        effective_at=effective_at,
        recorded_at=1_000,
        backdated=False,
        hash=b"",
    )


def fold(projection: AnyProjection, life: Sequence[tuple[Event, int]]) -> object:
    """The row after events with their effective times."""
    rows: AnyRows = Rows()
    for version, (event, effective_at) in enumerate(life, 1):
        projection.fold_all(rows, [(recorded(event, version, effective_at), event)])
    return rows["a"]


@pytest.mark.parametrize(("events", "balance"), [(1, 100), (2, 150), (3, 120), (4, 100), (5, 107)])
def test_the_balance_follows_every_event(events: int, balance: int) -> None:
    assert fold(AccountBalances(), LIFE[:events]) == BalanceRow(
        "a", balance, "JPY", events, 0, 100, 1
    )


def test_a_closed_account_is_marked_in_the_balances() -> None:
    assert fold(AccountBalances(), LIFE) == BalanceRow("a", 107, "JPY", 6, 0, 100, 0)


@pytest.mark.parametrize(
    ("events", "balance", "transactions", "last_activity"),
    [(1, 100, 0, 10), (2, 150, 1, 20), (3, 120, 2, 30), (4, 100, 3, 30), (5, 107, 4, 30)],
)
def test_the_summary_follows_every_event(
    events: int, balance: int, transactions: int, last_activity: int
) -> None:
    assert fold(AccountSummaries(), LIFE[:events]) == SummaryRow(
        "a", "Ana", "JPY", balance, transactions, "active", 10, last_activity, None, 0, 100, 0
    )


def test_a_closed_account_stays_in_the_summaries() -> None:
    assert fold(AccountSummaries(), LIFE) == SummaryRow(
        "a", "Ana", "JPY", 107, 4, "closed", 10, 40, 40, 0, 100, 0
    )


@pytest.mark.parametrize("number", range(1, len(REST) + 1))
def test_what_is_done_to_entries_and_accounts_is_followed_too(number: int) -> None:
    life = [*LIFE, *((event, at) for event, at, _ in REST[:number])]
    balance, transactions, status, opened_at, last_activity, closed_at = REST[number - 1][2]
    unit = ("BTC", 8, 250) if number >= 7 else ("JPY", 0, 100)
    currency, decimals, initial = unit
    assert fold(AccountSummaries(), life) == SummaryRow(
        *("a", OWNERS[number - 1], currency, balance, transactions, status),
        *(opened_at, last_activity, closed_at, decimals, initial, 500 if number >= 4 else 0),
    )
    assert fold(AccountBalances(), life) == BalanceRow(
        *("a", balance, currency, len(life), decimals, initial, int(status == "active"))
    )


@pytest.mark.parametrize("number", range(1, len(LIFE) + len(REST) + 1))
@pytest.mark.parametrize("projection", [AccountBalances(), AccountSummaries()])
def test_a_row_is_what_the_account_itself_comes_to(projection: AnyProjection, number: int) -> None:
    life = [*LIFE, *((event, at) for event, at, _ in REST)][:number]
    account = BankAccount("a")
    for event, at in life:
        account.apply(event, at)  # type: ignore[arg-type]  # they are all an account's
    assert isinstance(projection, StreamProjection)
    assert fold(projection, life) == projection.expected_row(account, [])


def test_every_event_of_an_account_is_among_them() -> None:
    events = [*LIFE, *((event, at) for event, at, _ in REST)]
    assert {type(event) for event, _ in events} == set(BankAccount.event_types)


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
    signed = Signed(7)
    contract = replace(recorded(signed, 1, 10), stream_id="c", aggregate_type="Contract")
    created = BookCreated("5f0c1c2e", "UTC")
    book = replace(recorded(created, 1, 10), stream_id=BOOK_STREAM, aggregate_type="Book")
    projection.fold_all(rows, [(book, created), (contract, signed)])
    assert not [row for row in rows.values() if row is not None]
