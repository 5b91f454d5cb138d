from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.currency import DECIMALS
from ledger.domain.money import Money, canonical_decimal, format_minor_units
from ledger.errors import InvalidAmount, InvalidCurrency

MAX = 2**63 - 1

READ = [
    ("50", "USD", 5_000),
    ("50.0", "USD", 5_000),
    ("50.00", "USD", 5_000),
    ("0.05", "USD", 5),
    ("0", "USD", 0),
    ("0.00", "USD", 0),
    ("007.50", "USD", 750),
    ("1234.5", "EUR", 123_450),
    ("1", "JPY", 1),
    ("1000", "JPY", 1_000),
    ("0.005", "KWD", 5),
    ("1.5", "KWD", 1_500),
    ("2", "KWD", 2_000),
    ("1", "CLF", 10_000),
    ("0.0001", "CLF", 1),
    ("2.5", "CLF", 25_000),
]

# Units that ISO 4217 does not know: (text, decimals, minor units).
READ_IN_OWN_UNITS = [
    ("21000000", 8, 2_100_000_000_000_000),
    ("0.00000001", 8, 1),
    ("92233720368.54775807", 8, MAX),
    ("7", 0, 7),
    ("0.000000000001", 12, 1),
    ("9223372.036854775807", 12, MAX),
]

WRITTEN = [
    (0, "USD", "0.00"),
    (5, "USD", "0.05"),
    (50, "USD", "0.50"),
    (123_450, "USD", "1234.50"),
    (-123_450, "USD", "-1234.50"),
    (-5, "USD", "-0.05"),
    (0, "JPY", "0"),
    (1_000, "JPY", "1000"),
    (-7, "JPY", "-7"),
    (5, "KWD", "0.005"),
    (-1_500, "KWD", "-1.500"),
    (1, "CLF", "0.0001"),
    (25_000, "CLF", "2.5000"),
]

LARGEST = [
    ("9223372036854775807", "JPY"),
    ("92233720368547758.07", "USD"),
    ("9223372036854775.807", "KWD"),
    ("922337203685477.5807", "CLF"),
]

ONE_MORE = [
    ("9223372036854775808", "JPY"),
    ("92233720368547758.08", "USD"),
    ("9223372036854775.808", "KWD"),
    ("922337203685477.5808", "CLF"),
]

SIGN = "no sign"
GROUPED = "not grouped"
ASCII = "only the digits 0 to 9"
SCIENTIFIC = "scientific notation"
NOT_PLAIN = "not a plain decimal number"

REFUSED = [
    ("", "USD", "it is empty"),
    (" ", "USD", "it is empty"),
    ("\t\n", "USD", "it is empty"),
    ("-5", "USD", SIGN),
    ("+5", "USD", SIGN),
    ("-0", "USD", SIGN),
    ("-1e3", "USD", SIGN),
    ("1,000", "USD", GROUPED),
    ("1,5", "USD", GROUPED),
    ("1.000,50", "USD", GROUPED),
    ("1_000", "USD", GROUPED),
    ("1 000", "USD", GROUPED),
    ("٥٠", "USD", ASCII),
    ("５０", "USD", ASCII),
    ("1.٥", "USD", ASCII),
    ("²", "USD", ASCII),
    ("1²", "USD", ASCII),
    ("1.²", "USD", ASCII),
    ("1e3", "USD", SCIENTIFIC),
    ("1.5E+3", "USD", SCIENTIFIC),
    ("1e-2", "USD", SCIENTIFIC),
    ("abc", "USD", NOT_PLAIN),
    ("NaN", "USD", NOT_PLAIN),
    ("Infinity", "USD", NOT_PLAIN),
    ("0x10", "USD", NOT_PLAIN),
    ("½", "USD", NOT_PLAIN),
    ("−5", "USD", NOT_PLAIN),
    ("-", "USD", NOT_PLAIN),
    (".", "USD", NOT_PLAIN),
    (".5", "USD", NOT_PLAIN),
    ("5.", "USD", NOT_PLAIN),
    ("5.", "JPY", NOT_PLAIN),
    ("1.2.3", "USD", NOT_PLAIN),
    (" 5", "USD", NOT_PLAIN),
    ("5 ", "USD", NOT_PLAIN),
    ("5\n", "USD", NOT_PLAIN),
    ("50EUR", "EUR", NOT_PLAIN),
    ("50 EUR", "EUR", NOT_PLAIN),
    ("5 + 5", "USD", NOT_PLAIN),
    ("$50", "USD", NOT_PLAIN),
    ("5e", "USD", NOT_PLAIN),
    ("e3", "USD", NOT_PLAIN),
    ("0.001", "USD", "USD has 2 decimals"),
    ("12.345", "USD", "USD has 2 decimals"),
    ("1.000", "USD", "USD has 2 decimals"),
    ("1.5", "JPY", "JPY has no decimals"),
    ("1.0", "JPY", "JPY has no decimals"),
    ("0.0001", "KWD", "KWD has 3 decimals"),
    ("0.00001", "CLF", "CLF has 4 decimals"),
    ("9" * 30, "USD", "the largest amount is 92233720368547758.07 USD"),
    ("9" * 5_000, "JPY", "the largest amount is 9223372036854775807 JPY"),
]

currencies = st.sampled_from(sorted(DECIMALS))


@pytest.mark.parametrize(("text", "currency", "minor_units"), READ)
def test_a_plain_decimal_is_read_exactly(text: str, currency: str, minor_units: int) -> None:
    assert Money.parse(text, currency) == Money(minor_units, currency)


@pytest.mark.parametrize(("text", "decimals", "minor_units"), READ_IN_OWN_UNITS)
def test_a_unit_of_ones_own_is_read_and_written_with_its_decimals(
    text: str, decimals: int, minor_units: int
) -> None:
    money = Money.parse(text, "BTC", decimals)
    assert money == Money(minor_units, "BTC", decimals)
    assert Decimal(format_minor_units(minor_units, decimals)) == Decimal(text)
    assert str(money) == f"{format_minor_units(minor_units, decimals)} BTC"


@pytest.mark.parametrize(
    ("text", "decimals", "reason"),
    [
        ("0.000000001", 8, "BTC has 8 decimals"),
        ("1.0", 0, "BTC has no decimals"),
        ("92233720368.54775808", 8, "the largest amount is 92233720368.54775807 BTC"),
        ("9223372.036854775808", 12, "the largest amount is 9223372.036854775807 BTC"),
    ],
)
def test_a_unit_of_ones_own_is_held_to_its_decimals(text: str, decimals: int, reason: str) -> None:
    with pytest.raises(InvalidAmount, match=re.escape(reason)):
        Money.parse(text, "BTC", decimals)


def test_pinned_decimals_are_not_those_that_iso_4217_may_give_later() -> None:
    assert Money.parse("5.00", "USD", 3) == Money(5_000, "USD", 3) != Money(5_000, "USD")
    assert str(Money(5_000, "USD", 3)) == "5.000 USD"


@pytest.mark.parametrize(("minor_units", "currency", "text"), WRITTEN)
def test_money_is_written_with_all_its_decimals(minor_units: int, currency: str, text: str) -> None:
    assert format_minor_units(minor_units, DECIMALS[currency]) == text
    assert str(Money(minor_units, currency)) == f"{text} {currency}"


@pytest.mark.parametrize(("text", "currency"), LARGEST)
def test_the_largest_amount_is_read(text: str, currency: str) -> None:
    assert Money.parse(text, currency) == Money(MAX, currency)


@pytest.mark.parametrize(("text", "currency"), ONE_MORE)
def test_one_minor_unit_more_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount, match="the largest amount is"):
        Money.parse(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "reason"), REFUSED, ids=[ascii(text[:20]) for text, _, _ in REFUSED]
)
def test_what_is_no_amount_is_refused_with_the_reason(
    text: str, currency: str, reason: str
) -> None:
    with pytest.raises(InvalidAmount, match=re.escape(reason)) as refusal:
        Money.parse(text, currency)
    assert refusal.value.details == {"amount": text, "currency": currency}
    example = refusal.value.advice.removeprefix("write a plain number such as ")
    assert Money.parse(example, currency) == Money(5_000, currency)


def test_a_refused_amount_is_quoted_shortened_and_escaped() -> None:
    with pytest.raises(InvalidAmount) as refusal:
        Money.parse("\x1b[31m" + "x" * 1_000, "USD")
    assert refusal.value.message.startswith(r"'\x1b[31mxxxx")
    assert len(refusal.value.message) < 100


def test_forty_characters_are_quoted_whole_and_forty_one_are_not() -> None:
    with pytest.raises(InvalidAmount, match="'" + "x" * 40 + "'"):
        Money.parse("x" * 40, "USD")
    with pytest.raises(InvalidAmount, match=re.escape("'" + "x" * 37 + "...'")):
        Money.parse("x" * 41, "USD")


def test_leading_zeros_are_read_up_to_forty_characters() -> None:
    assert Money.parse("50.00".rjust(40, "0"), "USD") == Money(5_000, "USD")
    with pytest.raises(InvalidAmount):
        Money.parse("50.00".rjust(41, "0"), "USD")


@pytest.mark.parametrize("currency", ["XXX", "usd", "", "$"])
def test_money_of_no_currency_is_neither_read_nor_written(currency: str) -> None:
    with pytest.raises(InvalidCurrency):
        Money.parse("50", currency)
    with pytest.raises(InvalidCurrency):
        Money(50, currency)


@pytest.mark.parametrize("count", [50.0, Decimal(50), "50", True, None])
def test_only_an_int_counts_minor_units(count: object) -> None:
    with pytest.raises(InvalidAmount, match="must be an int") as refusal:
        Money(count, "USD")  # type: ignore[arg-type]  # what an untyped caller may do
    assert refusal.value.advice


def test_money_cannot_be_changed() -> None:
    money = Money(5, "USD")
    with pytest.raises(AttributeError):
        money.minor_units = 6  # type: ignore[misc]  # the point of the test


def test_money_of_two_currencies_is_never_equal() -> None:
    assert Money(5, "USD") != Money(5, "EUR")


@settings(deadline=None)
@given(currencies, st.integers(0, MAX))
def test_what_is_written_reads_back(currency: str, minor_units: int) -> None:
    text = format_minor_units(minor_units, DECIMALS[currency])
    assert Money.parse(text, currency) == Money(minor_units, currency)


@settings(deadline=None)
@given(currencies, st.integers(-MAX, MAX))
def test_what_is_written_is_the_decimal_number(currency: str, minor_units: int) -> None:
    decimals = DECIMALS[currency]
    assert Decimal(format_minor_units(minor_units, decimals)) == Decimal(minor_units).scaleb(
        -decimals
    )


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789.,-+eE_ ²٣\n", max_size=45), currencies)
def test_nothing_but_a_plain_decimal_is_ever_read(text: str, currency: str) -> None:
    decimals = DECIMALS[currency]
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    try:
        money = Money.parse(text, currency)
    except InvalidAmount:
        plain = re.fullmatch(rf"[0-9]{{1,14}}{fraction}", text)
        assert plain is None
    else:
        assert re.fullmatch(rf"[0-9]+{fraction}", text)
        assert Decimal(money.minor_units) == Decimal(text).scaleb(decimals)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("50", "50"),
        ("050.00", "50"),
        ("50.0", "50"),
        ("0.50", "0.5"),
        ("00.05", "0.05"),
        ("0", "0"),
        ("000", "0"),
        ("0.00", "0"),
        ("100", "100"),
    ],
)
def test_equal_amounts_have_one_canonical_spelling(text: str, canonical: str) -> None:
    assert canonical_decimal(text) == canonical


@settings(deadline=None)
@given(st.integers(0, MAX), st.integers(0, 5), currencies)
def test_the_canonical_spelling_means_the_same(amount: int, zeros: int, currency: str) -> None:
    text = format_minor_units(amount, DECIMALS[currency])
    canonical = canonical_decimal("0" * zeros + text)
    assert canonical == canonical_decimal(text)
    assert Decimal(canonical) == Decimal(text)
