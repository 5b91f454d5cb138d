from __future__ import annotations

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.currency import DECIMALS
from ledger.domain.events import AccountOpened
from ledger.domain.money import Money
from ledger.errors import (
    AccountAlreadyOpen,
    InvalidAccountId,
    InvalidAmount,
    InvalidCurrency,
    InvalidText,
    NoSuchAccount,
)
from tests.support.domain.given_when_then import (
    MAX,
    Intent,
    close,
    closed,
    deposit,
    given,
    open_account,
    opened,
    receive,
    said,
    send,
    withdraw,
)


@pytest.mark.parametrize("balance", [0, 1, 100_00, MAX])
def test_an_account_opens_with_zero_or_more(balance: int) -> None:
    given().when(open_account(balance)).then(
        AccountOpened("acc-001", "USD", 2, balance, owner="Ana Souza")
    )


@pytest.mark.parametrize(("currency", "decimals"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_an_account_opens_in_any_currency_and_pins_its_decimals(
    currency: str, decimals: int
) -> None:
    given().when(open_account(5, currency=currency)).then(
        AccountOpened("acc-001", currency, decimals, 5, owner="Ana Souza")
    )


@pytest.mark.parametrize(
    ("unit", "decimals"), [("BTC", 8), ("POINTS", 0), ("X", 12), ("A23456789012", 2)]
)
def test_an_account_opens_in_a_unit_of_ones_own_with_its_decimals(unit: str, decimals: int) -> None:
    given().when(open_account(5, currency=unit, decimals=decimals)).then(
        AccountOpened("acc-001", unit, decimals, 5, owner="Ana Souza")
    )


@pytest.mark.parametrize("balance", [-1, MAX + 1])
def test_an_initial_balance_out_of_range_is_refused(balance: int) -> None:
    refusal = given().when(open_account(balance)).then_refused(InvalidAmount, account_id="acc-001")
    assert refusal.advice == "an account opens with 0 to 92233720368547758.07 USD"


def test_a_refused_initial_balance_is_named() -> None:
    refusal = given().when(open_account(-5)).then_refused(InvalidAmount, amount="-0.05")
    assert refusal.message == "account acc-001 cannot be opened with -0.05 USD"


@pytest.mark.parametrize("currency", ["usd", "XXX", ""])
def test_money_of_no_currency_that_anybody_knows_needs_decimals(currency: str) -> None:
    assert currency not in DECIMALS
    with pytest.raises(InvalidCurrency) as refusal:
        Money(0, currency)
    assert refusal.value.details == {"currency": currency}


@pytest.mark.parametrize("unit", ["usd", "12A", "", "💰", "ＢＴＣ", "A-B", "A" * 13, "A\n"])
def test_an_account_is_not_opened_in_what_cannot_be_a_unit(unit: str) -> None:
    given().when(open_account(currency=unit, decimals=2)).then_refused(
        InvalidCurrency, currency=unit
    )


@pytest.mark.parametrize(
    ("unit", "decimals", "allowed"), [("JPY", 2, 0), ("USD", 3, 2), ("KWD", 0, 3)]
)
def test_a_currency_has_the_decimals_that_iso_4217_gives_it(
    unit: str, decimals: int, allowed: int
) -> None:
    refusal = (
        given()
        .when(open_account(currency=unit, decimals=decimals))
        .then_refused(InvalidCurrency, currency=unit, decimals=allowed)
    )
    assert refusal.message == f"{unit} has {allowed} decimals, not {decimals}"


@pytest.mark.parametrize("decimals", [13, 40])
def test_a_unit_has_no_more_than_12_decimals(decimals: int) -> None:
    refusal = (
        given()
        .when(open_account(currency="BTC", decimals=decimals))
        .then_refused(InvalidCurrency, currency="BTC", decimals=decimals)
    )
    assert refusal.advice == "a unit has 0 to 12 decimals"


def test_amounts_of_a_refused_opening_are_said_in_the_decimals_of_its_unit() -> None:
    refusal = given().when(open_account(-5, currency="BTC", decimals=8)).then_refused(InvalidAmount)
    assert refusal.message == "account acc-001 cannot be opened with -0.00000005 BTC"
    assert refusal.advice == "an account opens with 0 to 92233720368.54775807 BTC"


@pytest.mark.parametrize("account_id", ["", "x" * 300, "a\nb", "../x", "-rf", "a\0", "💰", " a"])
def test_an_account_is_not_opened_under_a_bad_id(account_id: str) -> None:
    given(account_id=account_id).when(open_account()).then_refused(InvalidAccountId)


@pytest.mark.parametrize("owner", ["", "  ", "x" * 1_001, "a\0", "a\udc80"])
def test_an_account_is_not_opened_for_a_bad_owner(owner: str) -> None:
    given().when(open_account(owner=owner)).then_refused(InvalidText)


def test_the_owner_is_kept_exactly() -> None:
    owner = " \u202e[red]José\x1b[0m "
    given().when(open_account(owner=owner)).then(AccountOpened("acc-001", "USD", 2, 0, owner=owner))


def test_an_id_is_opened_once() -> None:
    refusal = (
        given(opened(on=3))
        .when(open_account())
        .then_refused(AccountAlreadyOpen, account_id="acc-001")
    )
    assert refusal.message == f"account acc-001 was opened before, on {said(3)}"


def test_an_id_is_opened_once_even_after_its_account_was_closed() -> None:
    given(opened(), closed(on=2)).when(open_account()).then_refused(AccountAlreadyOpen)


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(deposit(5, on=2), id="deposit"),
        pytest.param(withdraw(5, on=2), id="withdraw"),
        pytest.param(send(5, on=2), id="send"),
        pytest.param(receive(5, on=2), id="receive"),
        pytest.param(close(on=2), id="close"),
    ],
)
def test_what_was_never_opened_takes_nothing(intent: Intent) -> None:
    refusal = given().when(intent).then_refused(NoSuchAccount, account_id="acc-001")
    assert refusal.message == "there is no account 'acc-001'"
    assert refusal.advice == "check the id, or open the account first"


def test_an_account_that_does_not_exist_is_shown_escaped() -> None:
    with pytest.raises(NoSuchAccount, match=r"^there is no account 'caf\\xe9\\x1b'$"):
        _ = BankAccount("café\x1b").state
