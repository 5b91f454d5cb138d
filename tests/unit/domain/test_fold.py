"""The fold: what each event does to the state. It never refuses; what is recorded has happened."""

from __future__ import annotations

from typing import get_args

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.events import AccountEvent
from tests.support.domain.given_when_then import (
    DecodedEvent,
    account,
    closed,
    day,
    deposited,
    opened,
    received,
    sent,
    withdrawn,
)

OPENED = AccountState("Ana Souza", "USD", 100, 0, day(3), day(3))


def state_after(*past: DecodedEvent) -> AccountState:
    return account(*past).state


def test_an_opening_is_the_first_state() -> None:
    assert state_after(opened(100, on=3)) == OPENED


def test_an_opening_keeps_its_currency_and_owner() -> None:
    state = state_after(opened(7, on=3, currency="JPY", owner="Ben"))
    assert state == AccountState("Ben", "JPY", 7, 0, day(3), day(3))


@pytest.mark.parametrize(
    ("recorded", "balance"),
    [
        (deposited(40, on=5), 140),
        (withdrawn(40, on=5), 60),
        (sent(40, on=5), 60),
        (received(40, on=5), 140),
    ],
)
def test_a_movement_changes_balance_count_and_last_activity(
    recorded: DecodedEvent, balance: int
) -> None:
    assert state_after(opened(100, on=3), recorded) == AccountState(
        "Ana Souza", "USD", balance, 1, day(3), day(5)
    )


@pytest.mark.parametrize(
    "recorded", [deposited(40, on=4), withdrawn(40, on=4), sent(40, on=4), received(40, on=4)]
)
def test_a_backdated_movement_leaves_the_last_activity_alone(recorded: DecodedEvent) -> None:
    state = state_after(opened(100, on=3), deposited(1, on=9), recorded)
    assert (state.last_activity, state.transaction_count) == (day(9), 2)


def test_a_closing_is_activity_but_no_transaction() -> None:
    assert state_after(opened(100, on=3), closed(on=8)) == AccountState(
        "Ana Souza", "USD", 100, 0, day(3), day(8), day(8)
    )


def test_a_closing_before_later_activity_is_folded_as_it_was_recorded() -> None:
    state = state_after(opened(on=3), deposited(1, on=9), closed(on=8))
    assert (state.closed_at, state.last_activity) == (day(8), day(9))


def test_a_state_is_active_until_it_is_closed() -> None:
    assert state_after(opened()).status == "active"
    assert state_after(opened(), closed(on=2)).status == "closed"
    assert AccountState("Ana Souza", "USD", 0, 0, 0, 0, closed_at=0).status == "closed"


def test_a_fold_never_refuses_an_overdraft() -> None:
    assert state_after(opened(5), withdrawn(7, on=2)).balance == -2


def test_the_version_is_the_number_of_events_applied() -> None:
    assert account().version == 0
    assert account(opened()).version == 1
    assert account(opened(), deposited(1, on=2), closed(on=3)).version == 3


def test_a_fold_goes_on_from_a_state_and_its_version() -> None:
    restored = BankAccount("acc-001", AccountState("Ana Souza", "USD", 100, 4, 1, 2), version=5)
    restored.apply(deposited(1, on=2).event, day(2))
    assert restored.version == 6
    assert restored.state == AccountState("Ana Souza", "USD", 101, 5, 1, day(2))


def test_every_event_type_is_folded() -> None:
    past = [
        opened(9),
        deposited(1, on=2),
        withdrawn(1, on=2),
        sent(1, on=2),
        received(1, on=2),
        closed(on=3),
    ]
    assert {type(recorded.event) for recorded in past} == set(get_args(AccountEvent))
    assert account(*past).version == len(past)


@pytest.mark.parametrize("recorded", [deposited(1, on=2), withdrawn(1, on=2), closed(on=2)])
def test_nothing_can_be_folded_before_an_opening(recorded: DecodedEvent) -> None:
    with pytest.raises(AttributeError):
        account(recorded)
