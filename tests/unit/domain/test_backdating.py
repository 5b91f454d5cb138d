"""A backdated command is checked along the whole path, and a refusal names the first moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Dated
from ledger.domain.events import (
    AccountEvent,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.errors import BalanceTooLarge, InsufficientFunds
from tests.support.domain.given_when_then import (
    MAX,
    DecodedEvent,
    Intent,
    account,
    day,
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
    usd,
    withdraw,
    withdrawn,
)

Debit = Callable[..., Intent]
debits = pytest.mark.parametrize("debit", [withdraw, send])


@debits
def test_the_final_balance_alone_does_not_cover_a_backdated_debit(debit: Debit) -> None:
    refusal = (
        given(opened(100_00), withdrawn(70_00, on=5), deposited(500_00, on=9))
        .when(debit(50_00, on=3))
        .then_refused(
            InsufficientFunds,
            account_id="acc-001",
            at=iso(5),
            balance="30.00",
            requested="50.00",
            currency="USD",
        )
    )
    assert refusal.message == (
        f"taking 50.00 USD on {said(3)} would leave account acc-001 at -20.00 on {said(5)}"
    )
    assert refusal.advice == (f"the most that can leave it is 30.00 on {said(3)}; see its history")


@debits
def test_the_balance_of_the_moment_itself_must_cover_it(debit: Debit) -> None:
    refusal = (
        given(opened(10_00), deposited(500_00, on=9))
        .when(debit(50_00, on=3))
        .then_refused(InsufficientFunds, at=iso(3), balance="10.00")
    )
    assert refusal.message == (
        f"account acc-001 holds 10.00 USD on {said(3)}, and 50.00 was asked for"
    )


@debits
def test_the_first_of_several_negative_moments_is_named(debit: Debit) -> None:
    past = (
        opened(100),
        withdrawn(90, on=7),
        deposited(200, on=8),
        withdrawn(60, on=5),
        deposited(60, on=6),
        withdrawn(210, on=9),
    )
    refusal = (
        given(*past)
        .when(debit(50, on=4))
        .then_refused(InsufficientFunds, at=iso(5), balance="0.40")
    )
    assert "at -0.10 on" in refusal.message


@debits
def test_what_can_leave_is_what_the_leanest_later_moment_leaves(debit: Debit) -> None:
    past = (opened(10_00), withdrawn(10_00, on=5), deposited(40_00, on=6))
    refusal = given(*past).when(debit(20_00, on=3)).then_refused(InsufficientFunds, at=iso(3))
    assert refusal.advice.startswith(f"the most that can leave it is 0.00 on {said(3)};")


def test_as_much_as_the_leanest_later_moment_leaves_may_be_withdrawn() -> None:
    given(opened(100), withdrawn(70, on=5), deposited(500, on=9)).when(withdraw(30, on=3)).then(
        MoneyWithdrawn(30, "USD", "")
    )


def test_as_much_as_the_leanest_later_moment_leaves_may_be_sent() -> None:
    given(opened(100), sent(70, on=5), received(500, on=9)).when(send(30, on=3)).then(
        TransferSent("t-1", "acc-002", 30, "USD", "")
    )


def test_lean_moments_before_do_not_count() -> None:
    given(opened(0), deposited(100, on=3), deposited(1, on=9)).when(withdraw(100, on=5)).then(
        MoneyWithdrawn(100, "USD", "")
    )


def test_events_of_one_moment_count_together() -> None:
    past = (opened(100), withdrawn(100, on=5), deposited(100, on=5), deposited(1, on=9))
    given(*past).when(withdraw(100, on=3)).then(MoneyWithdrawn(100, "USD", ""))


def test_what_came_in_at_the_same_moment_may_leave() -> None:
    past = (opened(0), deposited(100, on=5), deposited(1, on=9))
    given(*past).when(withdraw(100, on=5)).then(MoneyWithdrawn(100, "USD", ""))


def test_what_was_recorded_late_counts_from_when_it_happened() -> None:
    past = (opened(0), deposited(1, on=9), deposited(100, on=2))
    given(*past).when(withdraw(100, on=3)).then(MoneyWithdrawn(100, "USD", ""))


@debits
def test_a_backdated_debit_at_the_last_activity_needs_no_past(debit: Debit) -> None:
    refusal = (
        given(opened(5), deposited(5, on=9))
        .when(debit(11, on=9))
        .then_refused(InsufficientFunds, balance="0.10", at=iso(9))
    )
    assert "history" not in refusal.advice


def test_a_backdated_debit_without_its_past_is_a_mistake_of_the_caller() -> None:
    ana = account(opened(100), deposited(5, on=9))
    with pytest.raises(ValueError, match="the past of acc-001 was not given"):
        ana.withdraw(usd(1), "", day(3))
    with pytest.raises(ValueError, match="the past of acc-001 was not given"):
        ana.send(usd(1), "", day(3), transfer_id="t-1", to_account="acc-002")


def test_a_backdated_credit_may_be_too_much_for_a_moment_that_has_passed() -> None:
    past = (opened(), deposited(MAX, on=5), withdrawn(MAX, on=9))
    for credit in (deposit(7, on=3), receive(7, on=3), deposit(7, on=5)):
        given(*past).when(credit).then_refused(BalanceTooLarge)
    given(*past).when(deposit(7, on=9)).then(MoneyDeposited(7, "USD", ""))
    given(opened(), deposited(5, on=9)).when(receive(7, on=3)).then(
        TransferReceived("t-1", "acc-002", 7, "USD", "")
    )


def test_a_backdated_deposit_makes_room_for_a_backdated_withdrawal() -> None:
    past = (opened(10), withdrawn(10, on=5))
    given(*past).when(withdraw(5, on=3)).then_refused(InsufficientFunds, at=iso(5))
    given(*past, deposited(5, on=2)).when(withdraw(5, on=3)).then(MoneyWithdrawn(5, "USD", ""))


def test_a_past_that_is_not_needed_is_not_believed() -> None:
    richer = [Dated(2, day(9), withdrawn(400, on=9).event)]
    ana = BankAccount("acc-001", account(opened(100)).state, 1, lambda *_: richer)
    with pytest.raises(InsufficientFunds):
        ana.withdraw(usd(101), "", day(3))


def test_the_past_is_asked_for_up_to_the_version_that_decides() -> None:
    asked = []

    def events_after(stream_id: str, at: int, version: int) -> list[Dated[AccountEvent]]:
        asked.append((stream_id, at, version))
        return [Dated(2, day(9), deposited(5, on=9).event)]

    past = account(opened(100), deposited(5, on=9))
    ana = BankAccount("acc-001", past.state, past.version, events_after)
    assert ana.withdraw(usd(1), "", day(3)) == MoneyWithdrawn(1, "USD", "")
    assert asked == [("acc-001", day(3), 2)]


def test_many_entries_in_the_past_read_it_once() -> None:
    past = [opened(), deposited(5, on=9)]
    asked = 0

    def events_after(_: str, at: int, version: int) -> list[Dated[AccountEvent]]:
        nonlocal asked
        asked += 1
        dated = (Dated(n, each.at, each.event) for n, each in enumerate(past, 1))
        return [each for each in dated if each.effective_at > at]

    def record(event: AccountEvent, on: int) -> None:
        past.append(DecodedEvent(event, day(on)))
        ana.apply(event, day(on))

    ana = BankAccount("acc-001", account(*past).state, 2, events_after)
    for amount in (MAX // 2 - 3, MAX // 2 - 3, 1):
        record(ana.deposit(usd(amount), "", day(3)), 3)
    with pytest.raises(BalanceTooLarge):
        ana.deposit(usd(2), "", day(3))
    record(ana.withdraw(usd(MAX // 2), "", day(4)), 4)
    with pytest.raises(BalanceTooLarge):
        ana.deposit(usd(7), "", day(3))
    assert ana.deposit(usd(7), "", day(4)).amount == 7
    assert asked == 1
