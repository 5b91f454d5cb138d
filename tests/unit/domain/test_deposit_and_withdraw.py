"""Deposits, withdrawals and the two sides of a transfer, at the present end of the account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.domain.events import MoneyDeposited, MoneyWithdrawn, TransferReceived, TransferSent
from ledger.errors import (
    AccountClosed,
    BalanceTooLarge,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAmount,
    InvalidText,
)
from tests.support.domain.given_when_then import (
    MAX,
    Intent,
    closed,
    deposit,
    deposited,
    given,
    iso,
    opened,
    receive,
    received,
    said,
    send,
    sent,
    withdraw,
    withdrawn,
)

Movement = Callable[..., Intent]

CREDITS = [deposit, receive]
DEBITS = [withdraw, send]
MOVEMENTS = [*CREDITS, *DEBITS]

credits_ = pytest.mark.parametrize("credit", CREDITS)
debits = pytest.mark.parametrize("debit", DEBITS)
movements = pytest.mark.parametrize("move", MOVEMENTS)


def test_a_deposit_says_what_came_in() -> None:
    given(opened()).when(deposit(50_00, on=2, description="Paycheck")).then(
        MoneyDeposited(50_00, "USD", "Paycheck")
    )


def test_a_withdrawal_says_what_went_out() -> None:
    given(opened(80_00)).when(withdraw(50_00, on=2, description="Rent")).then(
        MoneyWithdrawn(50_00, "USD", "Rent")
    )


def test_the_sending_side_says_where_to() -> None:
    given(opened(80_00)).when(send(50_00, on=2, description="Lunch")).then(
        TransferSent("t-1", "acc-002", 50_00, "USD", "Lunch")
    )


def test_the_receiving_side_says_where_from() -> None:
    given(opened()).when(receive(50_00, on=2, description="Lunch")).then(
        TransferReceived("t-1", "acc-002", 50_00, "USD", "Lunch")
    )


@movements
@pytest.mark.parametrize(("minor_units", "shown"), [(0, "0.00"), (-1, "-0.01"), (-50_00, "-50.00")])
def test_only_positive_amounts_move(move: Movement, minor_units: int, shown: str | None) -> None:
    details = {} if shown is None else {"amount": shown}
    refusal = (
        given(opened(80_00)).when(move(minor_units, on=2)).then_refused(InvalidAmount, **details)
    )
    assert "the amount must be more than zero" in refusal.message


@movements
def test_the_smallest_amount_moves(move: Movement) -> None:
    given(opened(1)).when(move(1, on=2)).then_accepted()


@movements
def test_an_amount_in_another_currency_is_refused(move: Movement) -> None:
    refusal = (
        given(opened(80_00))
        .when(move(50_00, on=2, currency="EUR"))
        .then_refused(CurrencyMismatch, account_id="acc-001", currency="USD")
    )
    assert refusal.message == "account acc-001 is kept in USD, the amount is in EUR"


@movements
@pytest.mark.parametrize("description", ["x" * 10_001, "a\0b", "a\ud800"])
def test_a_description_that_cannot_be_kept_is_refused(move: Movement, description: str) -> None:
    given(opened(80_00)).when(move(1, on=2, description=description)).then_refused(InvalidText)


@movements
def test_nothing_moves_before_the_opening(move: Movement) -> None:
    refusal = (
        given(opened(80_00, on=5))
        .when(move(1, on=4))
        .then_refused(BeforeOpening, account_id="acc-001", opened_at=iso(5))
    )
    assert refusal.message == f"account acc-001 was opened on {said(5)}, after {said(4)}"


@debits
def test_money_may_leave_at_the_very_moment_of_the_opening(debit: Movement) -> None:
    given(opened(80_00, on=5)).when(debit(80_00, on=5)).then_accepted()


@movements
@pytest.mark.parametrize("on", [1, 5, 9, 10, 15])
def test_a_closed_account_takes_nothing_backdated_or_not(move: Movement, on: int) -> None:
    past = (opened(5, on=1), withdrawn(5, on=9), closed(on=10))
    refusal = (
        given(*past)
        .when(move(1, on=on))
        .then_refused(AccountClosed, account_id="acc-001", closed_at=iso(10))
    )
    assert refusal.message == f"account acc-001 was closed on {said(10)}"
    assert "backdated or not" in refusal.advice


# ── no overdraft ────────────────────────────────────────────────────────────────────────────────


def test_all_of_the_balance_may_be_withdrawn() -> None:
    given(opened(10), deposited(5, on=2), sent(3, on=3), received(1, on=4)).when(
        withdraw(13, on=5)
    ).then(MoneyWithdrawn(13, "USD", ""))


def test_all_of_the_balance_may_be_sent() -> None:
    given(opened(10), withdrawn(4, on=2)).when(send(6, on=2)).then(
        TransferSent("t-1", "acc-002", 6, "USD", "")
    )


@debits
def test_a_cent_more_than_the_balance_is_refused(debit: Movement) -> None:
    refusal = (
        given(opened(50_00), deposited(30_00, on=3))
        .when(debit(80_01, on=3))
        .then_refused(
            InsufficientFunds,
            account_id="acc-001",
            balance="80.00",
            requested="80.01",
            currency="USD",
            at=iso(3),
        )
    )
    assert refusal.message == "account acc-001 holds 80.00 USD, and 80.01 was asked for"
    assert refusal.advice == "the most that can leave it is 80.00"


@debits
def test_amounts_in_a_refusal_have_the_decimals_of_the_currency(debit: Movement) -> None:
    given(opened(50, currency="JPY")).when(debit(51, on=2, currency="JPY")).then_refused(
        InsufficientFunds, balance="50", requested="51", currency="JPY"
    )


@debits
def test_an_amount_beyond_all_balances_is_simply_not_there(debit: Movement) -> None:
    given(opened(5)).when(debit(10**30, on=2)).then_refused(InsufficientFunds, balance="0.05")


# ── the largest balance ─────────────────────────────────────────────────────────────────────────


@credits_
def test_a_balance_may_reach_the_largest_number(credit: Movement) -> None:
    given(opened(MAX - 5)).when(credit(5, on=2)).then_accepted()


@credits_
def test_a_balance_beyond_the_largest_number_is_refused(credit: Movement) -> None:
    refusal = (
        given(opened(MAX - 5))
        .when(credit(6, on=2))
        .then_refused(BalanceTooLarge, account_id="acc-001")
    )
    assert refusal.message == "account acc-001 cannot hold 0.06 USD more"
    assert refusal.advice == "the largest balance is 92233720368547758.07 USD (2^63-1 minor units)"


@credits_
def test_a_backdated_credit_cannot_take_the_balance_beyond_it_either(credit: Movement) -> None:
    given(opened(), deposited(MAX, on=5)).when(credit(1, on=3)).then_refused(BalanceTooLarge)
