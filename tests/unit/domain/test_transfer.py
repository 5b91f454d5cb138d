from __future__ import annotations

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.events import TransferReceived, TransferSent
from ledger.domain.money import Money
from ledger.domain.transfer import transfer
from ledger.errors import (
    AccountClosed,
    BalanceTooLarge,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAmount,
    InvalidText,
    LedgerError,
    NoSuchAccount,
    SameAccount,
)
from tests.support.domain.given_when_then import (
    MAX,
    DecodedEvent,
    account,
    closed,
    day,
    deposited,
    iso,
    memory_of,
    opened,
    usd,
    with_past,
    withdrawn,
)


def between(
    sender: BankAccount,
    recipient: BankAccount,
    amount: Money,
    *,
    on: int = 5,
    description: str = "",
) -> tuple[TransferSent, TransferReceived]:
    before = memory_of(sender), memory_of(recipient)
    try:
        return transfer(sender, recipient, amount, description, day(on), transfer_id="t-9")
    finally:
        assert (memory_of(sender), memory_of(recipient)) == before


def ana(*past: DecodedEvent) -> BankAccount:
    return account(*past, account_id="ana")


def ben(*past: DecodedEvent) -> BankAccount:
    return account(*past, account_id="ben")


def test_a_transfer_is_one_fact_on_each_side() -> None:
    assert between(ana(opened(80_00)), ben(opened()), usd(80_00), description="Lunch") == (
        TransferSent("t-9", "ben", 80_00, "USD", "Lunch"),
        TransferReceived("t-9", "ana", 80_00, "USD", "Lunch"),
    )


def test_both_sides_differ() -> None:
    with pytest.raises(SameAccount, match="both sides of the transfer are account ana") as refusal:
        between(ana(opened(80_00)), ana(opened(80_00)), usd(1))
    assert refusal.value.details == {"account_id": "ana"}
    assert refusal.value.advice == "name two different accounts"


def test_both_sides_share_one_currency() -> None:
    with pytest.raises(CurrencyMismatch, match="account ana is kept in USD and ben in EUR") as it:
        between(ana(opened(80_00)), ben(opened(currency="EUR")), usd(1))
    assert it.value.details == {
        "from_account": "ana",
        "from_currency": "USD",
        "from_decimals": 2,
        "to_account": "ben",
        "to_currency": "EUR",
        "to_decimals": 2,
    }
    assert it.value.advice.startswith("nothing is converted")


def test_both_sides_count_their_unit_in_the_same_decimals() -> None:
    """One minor unit here is a hundred there: the same number would be another amount."""
    sender, recipient = (
        opened(80, currency="POINTS", decimals=0),
        opened(currency="POINTS", decimals=2),
    )
    with pytest.raises(CurrencyMismatch) as it:
        between(ana(sender), ben(recipient), Money(1, "POINTS", 0))
    assert it.value.message == "account ana is kept in POINTS with 0 decimals and ben with 2"
    assert it.value.details == {
        "from_account": "ana",
        "from_currency": "POINTS",
        "from_decimals": 0,
        "to_account": "ben",
        "to_currency": "POINTS",
        "to_decimals": 2,
    }


def test_both_sides_may_be_in_a_unit_of_ones_own() -> None:
    points = opened(80, currency="POINTS", decimals=0)
    assert between(ana(points), ben(points), Money(80, "POINTS", 0)) == (
        TransferSent("t-9", "ben", 80, "POINTS"),
        TransferReceived("t-9", "ana", 80, "POINTS"),
    )


def test_the_amount_is_in_their_currency() -> None:
    with pytest.raises(CurrencyMismatch, match="the amount is in EUR"):
        between(ana(opened(80_00)), ben(opened()), Money(1, "EUR"))


REFUSED_BY_A_SIDE: list[tuple[str, BankAccount, BankAccount, int, type[LedgerError], str]] = [
    ("no sender", ana(), ben(opened()), 1, NoSuchAccount, "ana"),
    ("no recipient", ana(opened(5)), ben(), 1, NoSuchAccount, "ben"),
    ("sender closed", ana(opened(), closed(on=2)), ben(opened()), 1, AccountClosed, "ana"),
    ("recipient closed", ana(opened(5)), ben(opened(), closed(on=2)), 1, AccountClosed, "ben"),
    ("before the sender", ana(opened(5, on=6)), ben(opened()), 1, BeforeOpening, "ana"),
    ("before the recipient", ana(opened(5)), ben(opened(on=6)), 1, BeforeOpening, "ben"),
    ("too little", ana(opened(5)), ben(opened()), 6, InsufficientFunds, "ana"),
    ("too much", ana(opened(5)), ben(opened(MAX - 4)), 5, BalanceTooLarge, "ben"),
]


@pytest.mark.parametrize(
    ("sender", "recipient", "amount", "refusal", "refuser"),
    [pytest.param(*case[1:], id=case[0]) for case in REFUSED_BY_A_SIDE],
)
def test_what_either_side_refuses_is_refused(
    sender: BankAccount,
    recipient: BankAccount,
    amount: int,
    refusal: type[LedgerError],
    refuser: str,
) -> None:
    with pytest.raises(refusal) as it:
        between(sender, recipient, usd(amount))
    assert type(it.value) is refusal
    assert it.value.details["account_id"] == refuser


@pytest.mark.parametrize("minor_units", [0, -5])
def test_only_positive_amounts_are_transferred(minor_units: int) -> None:
    with pytest.raises(InvalidAmount, match="more than zero"):
        between(ana(opened(80_00)), ben(opened()), usd(minor_units))


def test_a_description_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(InvalidText, match="NUL"):
        between(ana(opened(80_00)), ben(opened()), usd(1), description="a\0")


BACKDATED = (opened(100, on=1), withdrawn(70, on=7), deposited(500, on=9))


def test_a_backdated_transfer_is_checked_along_the_senders_whole_path() -> None:
    with pytest.raises(InsufficientFunds) as refusal:
        between(with_past(ana(*BACKDATED), BACKDATED), ben(opened()), usd(31))
    assert refusal.value.details["at"] == iso(7)
    assert refusal.value.details["balance"] == "0.30"


def test_a_backdated_transfer_that_the_past_covers_is_made() -> None:
    sent, received = between(with_past(ana(*BACKDATED), BACKDATED), ben(opened()), usd(30))
    assert sent == TransferSent("t-9", "ben", 30, "USD", "")
    assert received == TransferReceived("t-9", "ana", 30, "USD", "")


def test_a_transfer_may_be_backdated_for_the_recipient_alone() -> None:
    _, received = between(ana(opened(100)), with_past(ben(*BACKDATED), BACKDATED), usd(30))
    assert received == TransferReceived("t-9", "ana", 30, "USD", "")
