from __future__ import annotations

import pytest

from ledger.domain.events import AccountClosed
from ledger.errors import AccountClosed as AccountIsClosed
from ledger.errors import BalanceNotZero, BeforeOpening, InvalidText, LaterActivity
from tests.support.domain.given_when_then import (
    close,
    closed,
    deposited,
    given,
    iso,
    opened,
    said,
    withdrawn,
)


def test_an_empty_account_closes() -> None:
    given(opened()).when(close(on=2, reason="moved away")).then(AccountClosed("moved away"))


def test_an_account_may_close_at_the_moment_of_its_last_activity() -> None:
    given(opened(5, on=1), withdrawn(5, on=3)).when(close(on=3)).then(AccountClosed(""))


def test_an_account_may_close_at_the_moment_of_its_opening() -> None:
    given(opened(on=3)).when(close(on=3)).then(AccountClosed(""))


@pytest.mark.parametrize(("minor_units", "shown"), [(1, "0.01"), (12_345, "123.45")])
def test_an_account_that_holds_money_does_not_close(minor_units: int, shown: str) -> None:
    refusal = (
        given(opened(minor_units))
        .when(close(on=2))
        .then_refused(BalanceNotZero, account_id="acc-001", balance=shown, currency="USD")
    )
    assert refusal.message == f"account acc-001 still holds {shown} USD"
    assert refusal.advice == "withdraw or transfer the rest, then close it"


def test_an_account_does_not_close_before_its_last_activity() -> None:
    refusal = (
        given(opened(5), withdrawn(5, on=7))
        .when(close(on=6))
        .then_refused(LaterActivity, account_id="acc-001", last_activity=iso(7))
    )
    assert refusal.message == f"account acc-001 was still used on {said(7)}"


def test_the_last_activity_is_the_latest_and_not_the_last_recorded() -> None:
    past = (opened(5), withdrawn(10, on=7), deposited(5, on=2))
    given(*past).when(close(on=6)).then_refused(LaterActivity, last_activity=iso(7))


def test_an_account_does_not_close_before_it_was_opened() -> None:
    given(opened(on=5)).when(close(on=4)).then_refused(BeforeOpening, opened_at=iso(5))


@pytest.mark.parametrize("on", [2, 4, 9])
def test_an_account_closes_once(on: int) -> None:
    given(opened(), closed(on=4)).when(close(on=on)).then_refused(AccountIsClosed, closed_at=iso(4))


@pytest.mark.parametrize("reason", ["x" * 10_001, "a\0", "a\udfff"])
def test_a_reason_that_cannot_be_kept_is_refused(reason: str) -> None:
    refusal = given(opened()).when(close(on=2, reason=reason)).then_refused(InvalidText)
    assert refusal.message.startswith("the reason ")
