from __future__ import annotations

import re

import pytest

from ledger.domain.currency import DECIMALS, MOST_DECIMALS, decimals_of, pinned_decimals
from ledger.errors import InvalidCurrency

# ISO 4217, the currencies whose minor unit is not a hundredth.
UNUSUAL = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [(code, decimals) for decimals, codes in UNUSUAL.items() for code in codes.split()],
)
def test_an_unusual_minor_unit_is_known(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_all_other_currencies_have_cents() -> None:
    unusual = " ".join(UNUSUAL.values()).split()
    assert {DECIMALS[code] for code in DECIMALS if code not in unusual} == {2}


@pytest.mark.parametrize("currency", ["USD", "EUR", "GBP", "CHF", "BRL", "INR", "CNY", "MXN"])
def test_common_currencies_have_cents(currency: str) -> None:
    assert decimals_of(currency) == 2


def test_every_code_is_three_capitals() -> None:
    assert all(re.fullmatch("[A-Z]{3}", code) for code in DECIMALS)


ISO = "use a three-letter ISO 4217 code such as USD, EUR, JPY or KWD"


@pytest.mark.parametrize("currency", ["", "$", "U S", "ＵＳＤ", "12A", "💰", "btc", "A" * 13])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidCurrency, match=re.escape(ascii(currency))) as refusal:
        decimals_of(currency)
    assert refusal.value.details == {"currency": currency}
    assert refusal.value.advice == ISO


@pytest.mark.parametrize("currency", ["US", "USDX", "XXX", "XAU", "DEM", "BTC", "POINTS", "A1"])
def test_a_unit_that_iso_4217_does_not_know_needs_its_decimals(currency: str) -> None:
    for refused in (decimals_of, lambda unit: pinned_decimals(unit, None)):
        with pytest.raises(InvalidCurrency, match=re.escape(ascii(currency))) as refusal:
            refused(currency)
        assert refusal.value.details == {"currency": currency}
        assert refusal.value.advice == (
            f"{ISO}; for a unit of your own, say how many decimals it has"
        )


@pytest.mark.parametrize("currency", ["usd", "Usd", "uSD"])
def test_small_letters_are_refused_with_the_code_that_was_meant(currency: str) -> None:
    with pytest.raises(InvalidCurrency) as refusal:
        decimals_of(currency)
    assert refusal.value.advice == "write it in capitals: USD"


@pytest.mark.parametrize(
    ("unit", "decimals"), [("BTC", 8), ("POINTS", 0), ("A", MOST_DECIMALS), ("A23456789012", 2)]
)
def test_a_unit_of_ones_own_has_the_decimals_that_are_asked_for(unit: str, decimals: int) -> None:
    assert pinned_decimals(unit, decimals) == decimals


@pytest.mark.parametrize(("currency", "decimals"), [("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_the_decimals_of_a_currency_may_be_said_or_left_out(currency: str, decimals: int) -> None:
    assert pinned_decimals(currency, None) == decimals
    assert pinned_decimals(currency, decimals) == decimals


@pytest.mark.parametrize(
    ("currency", "decimals", "message"),
    [
        ("JPY", 2, "JPY has 0 decimals, not 2"),
        ("USD", 0, "USD has 2 decimals, not 0"),
        ("USD", -1, "USD has 2 decimals, not -1"),
        ("KWD", 40, "KWD has 3 decimals, not 40"),
    ],
)
def test_a_currency_has_no_other_decimals_than_iso_4217_gives_it(
    currency: str, decimals: int, message: str
) -> None:
    with pytest.raises(InvalidCurrency) as refusal:
        pinned_decimals(currency, decimals)
    assert refusal.value.message == message
    assert refusal.value.details["decimals"] == DECIMALS[currency]


@pytest.mark.parametrize("decimals", [-1, MOST_DECIMALS + 1, 40, 10**30])
def test_a_unit_has_no_more_decimals_than_twelve(decimals: int) -> None:
    with pytest.raises(InvalidCurrency, match=f"BTC cannot have {decimals} decimals") as refusal:
        pinned_decimals("BTC", decimals)
    assert refusal.value.advice == f"a unit has 0 to {MOST_DECIMALS} decimals"


@pytest.mark.parametrize("decimals", [True, False, 2.0, "2"])
def test_only_an_int_counts_decimals(decimals: object) -> None:
    with pytest.raises(InvalidCurrency, match="BTC cannot have"):
        pinned_decimals("BTC", decimals)  # type: ignore[arg-type]  # what an untyped caller may do


CAPITALS = "use 1 to 12 of the letters A to Z and digits, starting with a letter"


@pytest.mark.parametrize(
    ("unit", "advice"),
    [
        ("usd", "write it in capitals: USD"),
        ("btc", "write it in capitals: BTC"),
        ("12A", CAPITALS),
        ("", CAPITALS),
        ("A" * 13, CAPITALS),
        ("A-B", CAPITALS),
        ("A B", CAPITALS),
        ("BTC\n", CAPITALS),
        ("💰", CAPITALS),
        ("ＢＴＣ", CAPITALS),
        ("ÄPFEL", CAPITALS),
        ("B٣", CAPITALS),
    ],
)
def test_what_cannot_be_the_name_of_a_unit_is_refused_with_what_can(unit: str, advice: str) -> None:
    with pytest.raises(InvalidCurrency, match=re.escape(ascii(unit))) as refusal:
        pinned_decimals(unit, 2)
    assert refusal.value.details == {"currency": unit}
    assert refusal.value.advice == advice
