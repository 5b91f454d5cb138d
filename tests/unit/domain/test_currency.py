from __future__ import annotations

import re

import pytest

from ledger.domain.currency import DECIMALS, decimals_of
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


@pytest.mark.parametrize("currency", ["", "US", "USDX", "XXX", "XAU", "DEM", "$", "U S", "ＵＳＤ"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidCurrency, match=re.escape(repr(currency))) as refusal:
        decimals_of(currency)
    assert refusal.value.details == {"currency": currency}
    assert refusal.value.advice == "use a three-letter ISO 4217 code such as USD, EUR, JPY or KWD"


@pytest.mark.parametrize("currency", ["usd", "Usd", "uSD"])
def test_small_letters_are_refused_with_the_code_that_was_meant(currency: str) -> None:
    with pytest.raises(InvalidCurrency) as refusal:
        decimals_of(currency)
    assert refusal.value.advice == "write it in capitals: USD"
