"""Whatever is asked of two accounts, in whatever order of time, their histories stay legal.

The oracle says what a legal history *is*, in the most naive way, and knows no order of checks: a
command must be accepted exactly when the histories with its events would be legal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.domain.money import Money
from ledger.domain.transfer import transfer
from ledger.errors import InsufficientFunds, LedgerError
from tests.support.domain.given_when_then import (
    MAX,
    DecodedEvent,
    balance_at,
    change,
    day,
    iso,
    memory_of,
    with_past,
)

IDS = ("acc-001", "acc-002")
DAYS = range(1, 10)


class Step(NamedTuple):
    """A command to an account; of a transfer it is the sender."""

    kind: str
    account: int
    on: int
    amount: int = 0
    currency: str = "USD"
    other: int = 0


steps = st.builds(
    Step,
    kind=st.sampled_from(["deposit", "withdraw", "transfer"] * 4 + ["open", "close"]),
    account=st.integers(0, 1),
    on=st.sampled_from(DAYS),
    amount=st.one_of(st.integers(-1, 12), st.integers(1, 30), st.sampled_from([MAX, MAX - 9])),
    currency=st.sampled_from(["USD"] * 9 + ["EUR"]),
    other=st.integers(0, 1),
)

openings = st.tuples(
    *(
        st.builds(
            Step,
            kind=st.just("open"),
            account=st.just(account),
            on=st.integers(1, 3),
            amount=st.integers(0, 20),
            currency=st.just("USD"),
            other=st.just(0),
        )
        for account in (0, 1)
    )
)

sequences = st.builds(lambda first, rest: [*first, *rest], openings, st.lists(steps, max_size=30))


def events_of(step: Step) -> list[tuple[int, AccountEvent]]:
    """What a command would add to which history, if it were accepted."""
    here, amount, currency = step.account, step.amount, step.currency
    match step.kind:
        case "open":
            return [(here, AccountOpened(IDS[here], currency, 2, amount, owner="Ana Souza"))]
        case "deposit":
            return [(here, MoneyDeposited(amount, currency, ""))]
        case "withdraw":
            return [(here, MoneyWithdrawn(amount, currency, ""))]
        case "close":
            return [(here, AccountClosed(""))]
        case _:
            return [
                (here, TransferSent("t", IDS[step.other], amount, currency, "")),
                (step.other, TransferReceived("t", IDS[here], amount, currency, "")),
            ]


def decide(
    step: Step, accounts: Sequence[BankAccount], histories: Sequence[list[DecodedEvent]]
) -> list[tuple[int, AccountEvent]]:
    """The product's decision."""
    account, at = with_past(accounts[step.account], histories[step.account]), day(step.on)
    money = Money(step.amount, step.currency)
    match step.kind:
        case "open":
            return [(step.account, account.open("Ana Souza", money))]
        case "deposit":
            return [(step.account, account.deposit(money, "", at))]
        case "withdraw":
            return [(step.account, account.withdraw(money, "", at))]
        case "close":
            return [(step.account, account.close("", at))]
        case _:
            other = account
            if step.other != step.account:
                other = with_past(accounts[step.other], histories[step.other])
            sent, received = transfer(account, other, money, "", at, transfer_id="t")
            return [(step.account, sent), (step.other, received)]


def attempt(
    step: Step, accounts: Sequence[BankAccount], histories: Sequence[list[DecodedEvent]]
) -> tuple[list[tuple[int, AccountEvent]], LedgerError | None]:
    try:
        return decide(step, accounts, histories), None
    except LedgerError as refusal:
        return [], refusal


def is_legal(history: Sequence[DecodedEvent]) -> bool:
    """Whether one account's events, in the order they were recorded, are possible."""
    if not history:
        return True
    (opening, opened_at), *rest = history
    if not isinstance(opening, AccountOpened) or opening.initial_balance < 0:
        return False
    closings = [recorded for recorded in rest if isinstance(recorded.event, AccountClosed)]
    moves = [recorded.event for recorded in rest if recorded not in closings]
    return (
        all(may_follow(event, opening) for event in moves)
        and all(at >= opened_at for _, at in rest)
        and first_overdrawn_day(history) is None
        and all(balance_at(history, at) <= MAX for _, at in history)
        and (not closings or closings == [history[-1]])
        and all(at == max(at for _, at in history) for _, at in closings)
        and all(balance_at(history, at) == 0 for _, at in closings)
    )


def may_follow(event: AccountEvent, opening: AccountOpened) -> bool:
    match event:
        case (
            MoneyDeposited(amount=amount, currency=currency)
            | MoneyWithdrawn(amount=amount, currency=currency)
            | TransferSent(amount=amount, currency=currency)
            | TransferReceived(amount=amount, currency=currency)
        ):
            return amount > 0 and currency == opening.currency
        case _:
            return False


def first_overdrawn_day(history: Sequence[DecodedEvent]) -> int | None:
    return next((number for number in DAYS if balance_at(history, day(number)) < 0), None)


def naive_state(history: Sequence[DecodedEvent]) -> AccountState:
    opening = history[0]
    assert isinstance(opening.event, AccountOpened)
    closings = [recorded for recorded in history if isinstance(recorded.event, AccountClosed)]
    return AccountState(
        opening.event.owner,
        opening.event.currency,
        opening.event.decimals,
        balance=sum(change(recorded.event) for recorded in history),
        transaction_count=len(history) - 1 - len(closings),
        opened_at=opening.at,
        last_activity=max(recorded.at for recorded in history),
        closed_at=closings[0].at if closings else None,
        initial_balance=opening.event.initial_balance,
    )


def passes_check(
    account: BankAccount, event: AccountEvent, at: int, history: Sequence[DecodedEvent]
) -> bool:
    try:
        with_past(account, history).check(event, at)
    except LedgerError:
        return False
    return True


@settings(deadline=None, max_examples=150)
@given(sequences)
@example(  # a withdrawal between two others, which the final balance would cover
    [
        Step("open", 0, 1, 10),
        Step("withdraw", 0, 5, 10),
        Step("deposit", 0, 9, 30),
        Step("withdraw", 0, 3, 5),
        Step("deposit", 0, 2, 5),
        Step("withdraw", 0, 3, 5),
    ]
)
@example(  # emptied, closed, and asked again
    [
        Step("open", 0, 1, 10),
        Step("open", 1, 2),
        Step("transfer", 0, 5, 10, other=1),
        Step("close", 0, 4),
        Step("close", 0, 5),
        Step("deposit", 0, 3, 1),
        Step("open", 0, 6),
        Step("transfer", 1, 6, 10, other=0),
    ]
)
@example([Step("open", 0, 1, MAX), Step("open", 1, 1, 1), Step("transfer", 0, 2, MAX, other=1)])
def test_a_command_is_accepted_exactly_when_the_history_stays_legal(sequence: list[Step]) -> None:
    accounts = [BankAccount(account_id) for account_id in IDS]
    histories: list[list[DecodedEvent]] = [[], []]
    for step in sequence:
        before = [memory_of(account) for account in accounts]
        wanted = events_of(step)
        at = day(step.on)
        to_itself = step.kind == "transfer" and step.other == step.account
        after = [list(history) for history in histories]
        for index, event in wanted:
            after[index].append(DecodedEvent(event, at))
        possible = not to_itself and all(is_legal(history) for history in after)
        if not to_itself:
            assert possible == all(
                passes_check(accounts[index], event, at, histories[index])
                for index, event in wanted
            )

        decided, refusal = attempt(step, accounts, histories)
        assert decided == (wanted if possible else []), refusal
        if isinstance(refusal, InsufficientFunds):
            short = first_overdrawn_day(after[step.account])
            assert short is not None
            assert refusal.details["at"] == iso(short)
        assert [memory_of(account) for account in accounts] == before

        for index, event in decided:
            accounts[index].apply(event, at)
            histories[index].append(DecodedEvent(event, at))
        for account, history in zip(accounts, histories, strict=True):
            assert account.version == len(history)
            if history:
                assert account.state == naive_state(history)
                assert all(balance_at(history, recorded.at) >= 0 for recorded in history)
