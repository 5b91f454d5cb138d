"""Given what has happened, when a command comes, then these events or this refusal.

::

    given(opened(100_00), withdrawn(70_00, on=5))
        .when(withdraw(50_00, on=3))
        .then_refused(InsufficientFunds, at=iso(5), balance="30.00")

Days are days of January 2024. Balances and pasts are computed here from the events in the most
naive way, with nothing of the product's own arithmetic, so that an error there cannot hide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.aggregate import Dated, EventsAfter
from ledger.domain.currency import DECIMALS
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
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
from ledger.domain.money import Money
from ledger.testing import Given, Happened

MAX = 2**63 - 1


def day(number: int) -> int:
    """The start of a day of January 2024 (µs UTC)."""
    return (1_704_067_200 + (number - 1) * 86_400) * 1_000_000


def iso(number: int) -> str:
    """The same as a text."""
    return f"2024-01-{number:02}T00:00:00.000000Z"


def said(number: int) -> str:
    """The same as messages say it."""
    return f"2024-01-{number:02}T00:00:00Z"


def usd(minor_units: int) -> Money:
    return Money(minor_units, "USD")


# ── what has happened ───────────────────────────────────────────────────────────────────────────


class DecodedEvent(NamedTuple):
    event: AccountEvent
    at: int


def opened(
    balance: int = 0,
    *,
    on: int = 1,
    currency: str = "USD",
    account_id: str = "acc-001",
    decimals: int | None = None,
    owner: str = "Ana Souza",
    overdraft: int = 0,
) -> DecodedEvent:
    """Opened; what is no currency of ISO 4217 has two decimals where none are given."""
    if decimals is None:
        decimals = DECIMALS.get(currency, 2)
    return DecodedEvent(
        AccountOpened(account_id, currency, decimals, balance, overdraft, owner), day(on)
    )


def deposited(amount: int, *, on: int, currency: str = "USD") -> DecodedEvent:
    return DecodedEvent(MoneyDeposited(amount, currency, ""), day(on))


def withdrawn(amount: int, *, on: int, currency: str = "USD") -> DecodedEvent:
    return DecodedEvent(MoneyWithdrawn(amount, currency, ""), day(on))


def sent(amount: int, *, on: int, currency: str = "USD") -> DecodedEvent:
    return DecodedEvent(TransferSent("t-1", "acc-002", amount, currency, ""), day(on))


def received(amount: int, *, on: int, currency: str = "USD") -> DecodedEvent:
    return DecodedEvent(TransferReceived("t-1", "acc-002", amount, currency, ""), day(on))


def closed(*, on: int) -> DecodedEvent:
    return DecodedEvent(AccountClosed(""), day(on))


def account(*past: DecodedEvent, account_id: str = "acc-001") -> BankAccount:
    """The account that events, in the order they were recorded, lead to."""
    folded = BankAccount(account_id)
    for recorded in past:
        folded.apply(recorded.event, recorded.at)
    return folded


def change(event: AccountEvent) -> int:
    match event:
        case AccountOpened():
            return event.initial_balance
        case MoneyDeposited() | TransferReceived():
            return event.amount
        case MoneyWithdrawn() | TransferSent():
            return -event.amount
        case EntryReversed():
            return event.amount
        case OpeningAmended():
            raise NotImplementedError("what it changes depends on the opening that it amends")
        case (
            AccountClosed()
            | AccountReopened()
            | AccountAmended()
            | EntryAmended()
            | BalanceConfirmed()
            | ConfirmationWithdrawn()
            | PersonalDataErased()
        ):
            return 0


def balance_at(past: Sequence[DecodedEvent], moment: int) -> int:
    return sum(change(recorded.event) for recorded in past if recorded.at <= moment)


def past_of(past: Sequence[DecodedEvent]) -> EventsAfter[AccountEvent]:
    """What an account is told that asks for its past; it must not ask without need."""

    def events_after(_: str, at: int, version: int) -> list[Dated[AccountEvent]]:
        assert version == len(past)
        later = [
            Dated(place, recorded.at, recorded.event)
            for place, recorded in enumerate(past, 1)
            if recorded.at > at
        ]
        assert later, "nothing came later: it knows all it needs"
        return later

    return events_after


def with_past(account: BankAccount, past: Sequence[DecodedEvent]) -> BankAccount:
    """The same account, which can now ask for its past."""
    state = account.state if account.version else None
    return BankAccount(account.stream_id, state, account.version, past_of(past))


# ── the commands ────────────────────────────────────────────────────────────────────────────────

Intent = Callable[[BankAccount, int], AccountEvent]
"""A command to an account, whatever the time that it is given at: it names its own."""


def open_account(
    balance: int = 0,
    *,
    currency: str = "USD",
    decimals: int | None = None,
    owner: str = "Ana Souza",
) -> Intent:
    if decimals is None:
        decimals = DECIMALS[currency]
    money = Money(balance, currency, decimals)
    return lambda account, _: account.open(owner, money)


def deposit(amount: int, *, on: int, currency: str = "USD", description: str = "") -> Intent:
    return lambda account, _: account.deposit(Money(amount, currency), description, day(on))


def withdraw(amount: int, *, on: int, currency: str = "USD", description: str = "") -> Intent:
    return lambda account, _: account.withdraw(Money(amount, currency), description, day(on))


def send(amount: int, *, on: int, currency: str = "USD", description: str = "") -> Intent:
    return lambda account, _: account.send(
        Money(amount, currency),
        description,
        day(on),
        transfer_id="t-1",
        to_account="acc-002",
    )


def receive(amount: int, *, on: int, currency: str = "USD", description: str = "") -> Intent:
    return lambda account, _: account.receive(
        Money(amount, currency), description, day(on), transfer_id="t-1", from_account="acc-002"
    )


def close(*, on: int, reason: str = "") -> Intent:
    return lambda account, _: account.close(reason, day(on))


# ── given, when, then ───────────────────────────────────────────────────────────────────────────


class GivenAccount(Given):
    """An account that must not ask for its past without need."""

    def events_after(self) -> EventsAfter[Any]:
        def needed(stream_id: str, at: int, version: int) -> Iterable[Dated[Any]]:
            past: list[Any] = [Happened(each.event, each.effective_at) for each in self.past]
            return past_of(past)(stream_id, at, version)

        return needed


def given(*past: DecodedEvent, account_id: str = "acc-001") -> GivenAccount:
    return GivenAccount(BankAccount, account_id, [Happened(*each) for each in past])


def memory_of(account: BankAccount) -> tuple[int, AccountState | None]:
    """All that an account knows, as a copy that later changes leave alone."""
    state = msgspec.structs.replace(account.state) if account.version else None
    return account.version, state
