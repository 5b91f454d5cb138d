"""The fold: what each event does to the state. It never refuses; what is recorded has happened."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.aggregate import ERASED
from ledger.domain.events import (
    AccountAmended,
    AccountEvent,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    OpeningAmended,
    PersonalDataErased,
)
from ledger.domain.receipts import Receipt
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

OPENED = AccountState("Ana Souza", "USD", 2, 100, 0, day(3), day(3), initial_balance=100)


def state_after(*past: DecodedEvent) -> AccountState:
    return account(*past).state


def test_an_opening_is_the_first_state() -> None:
    assert state_after(opened(100, on=3)) == OPENED


def test_an_opening_keeps_its_currency_and_owner() -> None:
    state = state_after(opened(7, on=3, currency="JPY", owner="Ben"))
    assert state == AccountState("Ben", "JPY", 0, 7, 0, day(3), day(3), initial_balance=7)


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
        "Ana Souza", "USD", 2, balance, 1, day(3), day(5), initial_balance=100
    )


@pytest.mark.parametrize(
    "recorded", [deposited(40, on=4), withdrawn(40, on=4), sent(40, on=4), received(40, on=4)]
)
def test_a_backdated_movement_leaves_the_last_activity_alone(recorded: DecodedEvent) -> None:
    state = state_after(opened(100, on=3), deposited(1, on=9), recorded)
    assert (state.last_activity, state.transaction_count) == (day(9), 2)


def test_a_closing_is_activity_but_no_transaction() -> None:
    assert state_after(opened(100, on=3), closed(on=8)) == AccountState(
        "Ana Souza", "USD", 2, 100, 0, day(3), day(8), day(8), initial_balance=100
    )


def test_a_closing_before_later_activity_is_folded_as_it_was_recorded() -> None:
    state = state_after(opened(on=3), deposited(1, on=9), closed(on=8))
    assert (state.closed_at, state.last_activity) == (day(8), day(9))


def test_a_state_is_active_until_it_is_closed() -> None:
    assert state_after(opened()).status == "active"
    assert state_after(opened(), closed(on=2)).status == "closed"
    assert AccountState("Ana Souza", "USD", 2, 0, 0, 0, 0, closed_at=0).status == "closed"


def test_a_fold_never_refuses_an_overdraft() -> None:
    assert state_after(opened(5), withdrawn(7, on=2)).balance == -2


def test_the_version_is_the_number_of_events_applied() -> None:
    assert account().version == 0
    assert account(opened()).version == 1
    assert account(opened(), deposited(1, on=2), closed(on=3)).version == 3


def test_a_fold_goes_on_from_a_state_and_its_version() -> None:
    restored = BankAccount("acc-001", AccountState("Ana Souza", "USD", 2, 100, 4, 1, 2), version=5)
    restored.apply(deposited(1, on=2).event, day(2))
    assert restored.version == 6
    assert restored.state == AccountState("Ana Souza", "USD", 2, 101, 5, 1, day(2))


def change(event: AccountEvent, *, on: int) -> DecodedEvent:
    return DecodedEvent(event, day(on))


def test_an_opening_keeps_decimals_and_overdraft_limit_of_its_own() -> None:
    past = opened(21_000_000, on=3, currency="BTC", decimals=8)
    event = replace(past.event, overdraft_limit=500)
    assert state_after(DecodedEvent(event, day(3))) == AccountState(
        "Ana Souza",
        "BTC",
        8,
        21_000_000,
        0,
        day(3),
        day(3),
        initial_balance=21_000_000,
        overdraft_limit=500,
    )


USED = (opened(100, on=3), deposited(40, on=5), withdrawn(30, on=7))
STATE = AccountState("Ana Souza", "USD", 2, 110, 2, day(3), day(7), initial_balance=100)


@pytest.mark.parametrize(
    ("reversal", "on", "balance"),
    [(EntryReversed(2, -40, "USD"), 5, 70), (EntryReversed(3, 30, "USD"), 7, 140)],
)
def test_a_reversal_undoes_the_amount_and_the_count_of_an_entry(
    reversal: EntryReversed, on: int, balance: int
) -> None:
    assert state_after(*USED, change(reversal, on=on)) == replace(
        STATE, balance=balance, transaction_count=1
    )


def test_a_later_reversal_is_activity() -> None:
    state = state_after(*USED, change(EntryReversed(2, -40, "USD"), on=9))
    assert (state.balance, state.last_activity) == (70, day(9))


@pytest.mark.parametrize(
    "event",
    [
        EntryAmended(2, {"category": "pay"}, (Receipt(4, "9f" * 32),), "Pay"),
        EntryAmended(2, description=""),
        ConfirmationWithdrawn(4, "another account's"),
    ],
)
def test_what_is_said_of_entries_and_balances_moves_no_figure(event: AccountEvent) -> None:
    assert state_after(*USED, change(event, on=5)) == STATE
    assert state_after(*USED, change(event, on=8)) == replace(STATE, last_activity=day(8))


def test_a_confirmation_moves_no_figure_and_the_latest_moment_is_kept() -> None:
    later = change(BalanceConfirmed(110, "USD", day(7), "statement 2"), on=7)
    earlier = change(BalanceConfirmed(110, "USD", day(5)), on=5)
    confirmed = replace(STATE, last_activity=day(7), confirmed_until=day(7))
    assert state_after(*USED, later) == confirmed
    assert state_after(*USED, later, earlier) == confirmed
    assert state_after(*USED, earlier, later) == confirmed


def test_an_amended_account_has_what_was_amended_and_keeps_the_rest() -> None:
    limit, owner = change(AccountAmended(50_000), on=5), change(AccountAmended(owner="Ana L"), on=5)
    assert state_after(*USED, limit) == replace(STATE, overdraft_limit=50_000)
    assert state_after(*USED, owner) == replace(STATE, owner="Ana L")
    assert state_after(*USED, limit, owner) == replace(STATE, owner="Ana L", overdraft_limit=50_000)


def test_an_overdraft_limit_can_be_taken_back_to_zero() -> None:
    past = (*USED, change(AccountAmended(50_000), on=5), change(AccountAmended(0), on=5))
    assert state_after(*past) == STATE


def opening_amended(
    balance: int, *, to: int, on: int | None = None, currency: str = "USD", decimals: int = 2
) -> DecodedEvent:
    event = OpeningAmended(
        "acc-001", currency, decimals, balance, day(to), overdraft_limit=5, owner="Ben"
    )
    return change(event, on=to if on is None else on)


def test_an_amended_opening_takes_the_place_of_the_opening_and_keeps_the_entries() -> None:
    assert state_after(*USED, opening_amended(250, to=2)) == replace(
        STATE, balance=260, opened_at=day(2), initial_balance=250
    )


def test_an_amended_opening_says_the_owner_and_limit_of_what_nothing_else_is_known_of() -> None:
    state = state_after(opening_amended(250, to=2))
    assert (state.owner, state.overdraft_limit, state.balance) == ("Ben", 5, 250)
    amended = change(AccountAmended(7, "Ana L"), on=5)
    state = state_after(*USED, amended, opening_amended(250, to=2))
    assert (state.owner, state.overdraft_limit) == ("Ana L", 7)


def test_an_opening_amended_twice_counts_once() -> None:
    state = state_after(*USED, opening_amended(250, to=2), opening_amended(100, to=3))
    assert state == STATE


def test_an_amended_opening_may_say_another_unit() -> None:
    state = state_after(opened(100, on=3), opening_amended(7, to=3, currency="BTC", decimals=8))
    assert (state.currency, state.decimals, state.balance) == ("BTC", 8, 7)


def test_an_amended_opening_makes_a_state_where_there_is_none() -> None:
    """As of a moment before the first opening, which lies later and is not folded then."""
    made = state_after(opening_amended(250, to=2))
    assert made == AccountState(
        "Ben", "USD", 2, 250, 0, day(2), day(2), initial_balance=250, overdraft_limit=5
    )


def test_the_state_that_an_amended_opening_makes_goes_on_as_any_other() -> None:
    made = state_after(opening_amended(250, to=2), deposited(40, on=5), closed(on=6))
    assert (made.balance, made.transaction_count, made.last_activity) == (290, 1, day(6))
    assert made.closed_at == day(6)


def test_a_reopened_account_is_active_again() -> None:
    state = state_after(opened(on=3), closed(on=8), change(AccountReopened("came back"), on=8))
    assert (state.status, state.closed_at, state.last_activity) == ("active", None, day(8))


def test_an_account_can_be_closed_again_after_it_was_reopened() -> None:
    past = (opened(on=3), closed(on=8), change(AccountReopened(""), on=8), closed(on=9))
    assert state_after(*past).closed_at == day(9)


def test_an_erasure_leaves_the_figures_and_takes_the_owner() -> None:
    state = state_after(*USED, change(PersonalDataErased("asked for"), on=8))
    assert state == replace(STATE, owner=ERASED, last_activity=day(8))


@pytest.mark.parametrize(
    "recorded",
    [
        change(event, on=2)
        for event in (
            deposited(1, on=2).event,
            withdrawn(1, on=2).event,
            sent(1, on=2).event,
            received(1, on=2).event,
            EntryReversed(2, 1, "USD"),
            EntryAmended(2),
            AccountAmended(5),
            BalanceConfirmed(0, "USD", 1),
            ConfirmationWithdrawn(2),
            closed(on=2).event,
            AccountReopened(""),
            PersonalDataErased(""),
        )
    ],
)
def test_nothing_can_be_folded_before_an_opening(recorded: DecodedEvent) -> None:
    with pytest.raises(AttributeError, match=f"{type(recorded.event).__name__} comes before"):
        account(recorded)


def test_the_examples_of_what_cannot_come_first_leave_out_openings_alone() -> None:
    (mark,) = test_nothing_can_be_folded_before_an_opening.pytestmark  # type: ignore[attr-defined]
    kinds = {type(recorded.event) for recorded in mark.args[1]}
    assert set(BankAccount.event_types) - kinds == {type(opened().event), OpeningAmended}
