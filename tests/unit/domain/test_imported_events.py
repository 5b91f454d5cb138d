"""Imported events: the rules are asked whether each could have been decided here."""

from __future__ import annotations

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountClosed, AccountOpened, MoneyDeposited, MoneyWithdrawn
from ledger.errors import (
    AccountAlreadyOpen,
    BalanceNotZero,
    BalanceTooLarge,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAmount,
    InvalidCurrency,
    LaterActivity,
    LedgerError,
    NoSuchAccount,
)
from ledger.errors import AccountClosed as AccountIsClosed
from tests.support.domain.given_when_then import (
    MAX,
    DecodedEvent,
    account,
    closed,
    day,
    deposited,
    memory_of,
    opened,
    received,
    sent,
    with_past,
    withdrawn,
)

USED = (opened(100), withdrawn(70, on=5), deposited(500, on=9))
CLOSED = (opened(), closed(on=4))

POSSIBLE: list[tuple[str, tuple[DecodedEvent, ...], DecodedEvent]] = [
    ("an opening", (), opened()),
    ("a rich opening", (), opened(MAX)),
    ("an opening in a unit of one's own", (), opened(currency="BTC", decimals=8)),
    ("a deposit", USED, deposited(1, on=10)),
    ("a backdated deposit", USED, deposited(1, on=2)),
    ("a receipt", USED, received(1, on=10)),
    ("a withdrawal", USED, withdrawn(530, on=9)),
    ("a backdated withdrawal", USED, withdrawn(30, on=3)),
    ("a sending", USED, sent(530, on=9)),
    ("a backdated sending", USED, sent(30, on=3)),
    ("a closing", (opened(),), closed(on=1)),
]

IMPOSSIBLE: list[tuple[str, tuple[DecodedEvent, ...], DecodedEvent, type[LedgerError]]] = [
    ("opened twice", (opened(),), opened(on=2), AccountAlreadyOpen),
    ("opened after closing", CLOSED, opened(on=5), AccountAlreadyOpen),
    ("opened with less than nothing", (), opened(-1), InvalidAmount),
    ("opened with too much", (), opened(MAX + 1), InvalidAmount),
    ("opened in no unit", (), opened(currency="12A"), InvalidCurrency),
    ("opened in a unit in small letters", (), opened(currency="usd"), InvalidCurrency),
    ("opened with the wrong decimals", (), opened(currency="JPY", decimals=2), InvalidCurrency),
    ("opened with too many decimals", (), opened(currency="BTC", decimals=40), InvalidCurrency),
    ("deposit to nobody", (), deposited(1, on=2), NoSuchAccount),
    ("withdrawal from nobody", (), withdrawn(1, on=2), NoSuchAccount),
    ("closing of nobody", (), closed(on=2), NoSuchAccount),
    ("deposit of nothing", USED, deposited(0, on=9), InvalidAmount),
    ("deposit of less", USED, deposited(-1, on=9), InvalidAmount),
    ("deposit beyond the largest", USED, deposited(MAX, on=9), BalanceTooLarge),
    ("deposit before opening", (opened(on=5),), deposited(1, on=4), BeforeOpening),
    ("deposit after closing", CLOSED, deposited(1, on=5), AccountIsClosed),
    ("deposit into the closed past", CLOSED, deposited(1, on=2), AccountIsClosed),
    ("receipt in another currency", USED, received(1, on=9, currency="EUR"), CurrencyMismatch),
    ("receipt of nothing", USED, received(0, on=9), InvalidAmount),
    ("withdrawal of less", USED, withdrawn(-1, on=9), InvalidAmount),
    ("withdrawal of too much", USED, withdrawn(531, on=9), InsufficientFunds),
    ("withdrawal that overdraws later", USED, withdrawn(31, on=3), InsufficientFunds),
    ("sending of too much", USED, sent(531, on=9), InsufficientFunds),
    ("sending that overdraws later", USED, sent(31, on=3), InsufficientFunds),
    ("sending in no currency", USED, sent(1, on=9, currency="XXX"), CurrencyMismatch),
    ("closing with money", USED, closed(on=9), BalanceNotZero),
    ("closing before activity", (opened(5), withdrawn(5, on=3)), closed(on=2), LaterActivity),
    ("closing twice", CLOSED, closed(on=6), AccountIsClosed),
]


def check(past: tuple[DecodedEvent, ...], recorded: DecodedEvent) -> None:
    ana = account(*past)
    before = memory_of(ana)
    try:
        with_past(ana, past).check(recorded.event, recorded.at)
    finally:
        assert memory_of(ana) == before


@pytest.mark.parametrize(
    ("past", "recorded"), [pytest.param(*case[1:], id=case[0]) for case in POSSIBLE]
)
def test_a_possible_event_passes(past: tuple[DecodedEvent, ...], recorded: DecodedEvent) -> None:
    check(past, recorded)


@pytest.mark.parametrize(
    ("past", "recorded", "refusal"), [pytest.param(*case[1:], id=case[0]) for case in IMPOSSIBLE]
)
def test_an_impossible_event_is_refused(
    past: tuple[DecodedEvent, ...], recorded: DecodedEvent, refusal: type[LedgerError]
) -> None:
    with pytest.raises(refusal) as it:
        check(past, recorded)
    assert type(it.value) is refusal
    assert it.value.advice


def test_names_and_texts_of_another_world_are_kept_as_they_came() -> None:
    ana = BankAccount("../old world/1")
    opening = AccountOpened("../old world/1", "USD", 2, 5)
    ana.check(opening, day(1))
    ana.apply(opening, day(1))
    ana.check(MoneyDeposited(1, "USD", "x" * 20_000), day(2))
    ana.check(MoneyWithdrawn(5, "USD", "a\0b"), day(2))


def test_the_reason_of_a_closing_elsewhere_is_kept_as_it_came() -> None:
    account(opened()).check(AccountClosed("a\0b"), day(2))


def test_a_backdated_debit_from_elsewhere_needs_its_past_too() -> None:
    with pytest.raises(ValueError, match="the past of acc-001 was not given"):
        account(*USED).check(MoneyWithdrawn(1, "USD", ""), day(3))
