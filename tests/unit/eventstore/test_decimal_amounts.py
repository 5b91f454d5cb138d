"""Decimal amounts of the older world: read from their text, rounded half-even, and counted."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.currency import decimals_of
from ledger.domain.event_history import rounds_to_nothing, unrounded_amount
from ledger.domain.events import AccountOpened, MoneyDeposited
from ledger.eventstore.codec import decode_data, parse_exactly
from ledger.exchange.legacy_format import read_older_event


def rounded(event_type: str, version: int, data: str) -> int:
    """How many amounts of an event of the older world are rounded."""
    line = (
        '{"event_id": "", "aggregate_id": "a", "aggregate_type": "BankAccount", "version": 1, '
        f'"timestamp": "", "event_type": "{event_type}", "schema_version": {version}, '
        f'"data": {data}}}'
    )
    return int(read_older_event(line.encode()).rounded)


def deposited(amount: str) -> tuple[int, int]:
    """The minor units of a deposit of version 1, and how many of its amounts were rounded."""
    data = f'{{"amount": {amount}, "description": ""}}'
    event = decode_data("MoneyDeposited", 1, data)
    assert isinstance(event, MoneyDeposited)
    assert event.currency == "USD"
    return event.amount, rounded("MoneyDeposited", 1, data)


@pytest.mark.parametrize(
    ("text", "minor_units", "amounts"),
    [
        ("100.0", 10_000, 0),
        ("50", 5_000, 0),
        ("50.00000000000000000000", 5_000, 0),
        ("1e2", 10_000, 0),
        ("1E+2", 10_000, 0),
        ("12345e-2", 12_345, 0),
        ("0", 0, 0),
        ("0.0", 0, 0),
        ("-0.0", 0, 0),
        ("0.01", 1, 0),
        ("0.29", 29, 0),
        ("1.15", 115, 0),
        ("4.35", 435, 0),
        ("0.30000000000000004", 30, 1),
        ("0.299999999999999988897769753748", 30, 1),
        ("0.125", 12, 1),
        ("0.135", 14, 1),
        ("2.675", 268, 1),
        ("10.005", 1_000, 1),
        ("10.015", 1_002, 1),
        ("10.0050000000000000000000000000000000000000001", 1_001, 1),
        ("10.0049999999999999999999999999999999999999999", 1_000, 1),
        ("0.005", 0, 1),
        ("0.0050000001", 1, 1),
        ("0.001", 0, 1),
        ("1e-400", 0, 1),
        ("1e-999999999", 0, 1),
        ("-5.5", -550, 0),
        ("-0.125", -12, 1),
        ("92233720368547758.07", 2**63 - 1, 0),
        ("9007199254740993.01", 900_719_925_474_099_301, 0),
        ("12345678901234567890123456789.01", 1_234_567_890_123_456_789_012_345_678_901, 0),
        ("9999999999999999999999999", 999_999_999_999_999_999_999_999_900, 0),
    ],
)
def test_amounts_become_exact_minor_units(text: str, minor_units: int, amounts: int) -> None:
    assert deposited(text) == (minor_units, amounts)


def test_half_a_million_digits_round_by_the_last_of_them() -> None:
    digits = "0" * 50_000

    assert deposited(f"0.125{digits}") == (12, 1)
    assert deposited(f"0.125{digits}1") == (13, 1)


@given(
    digits=st.integers(-(10**20), 10**20),
    places=st.integers(0, 12),
)
def test_rounding_is_that_of_decimal_arithmetic(digits: int, places: int) -> None:
    amount = Decimal(digits).scaleb(-places)
    with localcontext() as context:
        context.prec = 60
        cents = (amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)

    assert deposited(f"{amount:f}") == (int(cents), int(cents != amount * 100))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('"50.0"', "'50.0' is not a decimal number"),
        ("true", "True is not a decimal number"),
        ("false", "False is not a decimal number"),
        ("null", "None is not a decimal number"),
        ("[50]", "is not a decimal number"),
        ("{}", "is not a decimal number"),
        ("1e31", "is out of range"),
        ("1e400", "is out of range"),
        ("-1e400", "is out of range"),
        ("0e999999999", "is out of range"),
        ("1" + "0" * 31, "is out of range"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        deposited(text)


@pytest.mark.parametrize(
    ("currency", "amount", "minor_units", "amounts"),
    [
        ("JPY", "2500", 2_500, 0),
        ("JPY", "2500.5", 2_500, 1),
        ("USD", "0.125", 12, 1),
        ("KWD", "0.125", 125, 0),
        ("KWD", "0.0125", 12, 1),
        ("CLF", "0.0125", 125, 0),
    ],
)
def test_an_opening_of_version_3_is_rounded_to_the_decimals_of_its_currency(
    currency: str, amount: str, minor_units: int, amounts: int
) -> None:
    named = f'"account_id": "a", "owner": "A", "currency": "{currency}"'
    data = f'{{{named}, "initial_balance": {amount}}}'

    assert decode_data("AccountOpened", 3, data) == AccountOpened(
        "a", currency, decimals_of(currency), minor_units, owner="A"
    )
    assert rounded("AccountOpened", 3, data) == amounts


@pytest.mark.parametrize(
    ("event_type", "version", "data", "amounts"),
    [
        ("AccountOpened", 1, '{"account_id":"a","name":"A","initial_balance":0.125}', 1),
        ("AccountOpened", 1, '{"account_id":"a","name":"A","initial_balance":0.12}', 0),
        ("AccountOpened", 2, '{"account_id":"a","owner":"A","initial_balance":1.001}', 1),
        (
            "AccountOpened",
            4,
            '{"account_id":"a","owner":"A","currency":"USD","initial_balance":1}',
            0,
        ),
        ("MoneyWithdrawn", 1, '{"amount":0.125,"description":""}', 1),
        ("MoneyWithdrawn", 2, '{"amount":1,"currency":"USD","description":""}', 0),
        ("AccountClosed", 1, '{"reason":"0.125"}', 0),
    ],
)
def test_rounded_amounts_are_counted_where_there_are_decimals(
    event_type: str, version: int, data: str, amounts: int
) -> None:
    assert rounded(event_type, version, data) == amounts


def test_a_currency_that_the_older_world_did_state_is_not_taken_for_dollars() -> None:
    data = '{"amount": 12.5, "currency": "JPY", "description": ""}'

    assert decode_data("MoneyDeposited", 1, data) == MoneyDeposited(12, "JPY", "")
    assert rounded("MoneyDeposited", 1, data) == 1
    opened = '{"account_id": "a", "name": "A", "currency": "EUR", "initial_balance": 1}'
    assert decode_data("AccountOpened", 1, opened) == AccountOpened("a", "EUR", 2, 100, owner="A")


@pytest.mark.parametrize(
    ("amount", "nothing"),
    [
        ("0.004", True),
        ("0.005", True),
        ("0.0050000001", False),
        ("0.01", False),
        ("1e-999999999", True),
        ("-0.004", True),
        ("0", False),
        ("0.000", False),
        ("-0.0", False),
        ("1.004", False),
    ],
)
def test_what_is_less_than_half_a_unit_rounds_to_nothing_and_zero_does_not(
    amount: str, nothing: bool
) -> None:
    data = parse_exactly(f'{{"amount": {amount}}}')
    unrounded = unrounded_amount("MoneyDeposited", 1, data)

    assert unrounded is not None
    assert rounds_to_nothing(unrounded) is nothing


def test_amounts_in_minor_units_and_those_left_out_are_not_rounded() -> None:
    assert unrounded_amount("MoneyDeposited", 2, {"amount": 1, "currency": "USD"}) is None
    assert unrounded_amount("AccountOpened", 1, {"account_id": "a"}) is None
    assert unrounded_amount("AccountClosed", 1, {}) is None
    assert unrounded_amount("TransferSent", 1, {"amount": 1}) is None
