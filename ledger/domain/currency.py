"""Currencies: those of ISO 4217 with their decimals, and units of one's own.

An account pins its decimals when it is opened, so this table only says what new accounts get: no
later release can change what an account's money is.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.errors import InvalidCurrency

# Active codes of ISO 4217:2015, list one (amendments to 2025), by the number of decimals of their
# minor unit. Precious metals, fund units and test codes ("N.A." decimals) hold no money here.
_CODES_BY_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
        "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
        "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN "
        "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
        "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES "
        "WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

DECIMALS: Final = {
    code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()
}


MOST_DECIMALS: Final = 12

_UNIT: Final = re.compile(r"[A-Z][A-Z0-9]{0,11}", re.ASCII).fullmatch


def decimals_of(currency: str) -> int:
    """How many decimals the minor unit of an ISO 4217 currency has.

    Raises:
        InvalidCurrency: the code is not an active ISO 4217 currency in capitals.
    """
    decimals = DECIMALS.get(currency)
    if decimals is not None:
        return decimals
    advice = "use a three-letter ISO 4217 code such as USD, EUR, JPY or KWD"
    if currency.upper() in DECIMALS:
        advice = f"write it in capitals: {currency.upper()}"
    elif _UNIT(currency):
        advice += "; for a unit of your own, say how many decimals it has"
    raise InvalidCurrency(
        f"{currency!a} is not an ISO 4217 currency", advice=advice, currency=currency
    )


def pinned_decimals(currency: str, decimals: int | None) -> int:
    """The decimals of an account that is opened in a currency or a unit of one's own.

    Args:
        decimals: as asked for; None for those of ISO 4217.

    Raises:
        InvalidCurrency: the name cannot be a unit's, ISO 4217 gives it other decimals, or a unit
            that it does not know comes without decimals or with too many.
    """
    known = DECIMALS.get(currency)
    if decimals is None or decimals == known:
        return decimals_of(currency)
    if known is not None:
        raise InvalidCurrency(
            f"{currency} has {known} decimals, not {decimals}",
            advice="leave the decimals out: ISO 4217 says how many it has",
            currency=currency,
            decimals=known,
        )
    if currency.upper() in DECIMALS or not _UNIT(currency):
        raise InvalidCurrency(
            f"{currency!a} cannot be the name of a unit",
            advice=f"write it in capitals: {currency.upper()}"
            if _UNIT(currency.upper())
            else "use 1 to 12 of the letters A to Z and digits, starting with a letter",
            currency=currency,
        )
    # What is equal to an int, as True and 2.0 are, would be stored as what no reader takes for one.
    if type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS:
        raise InvalidCurrency(
            f"{currency} cannot have {decimals!a} decimals",
            advice=f"a unit has 0 to {MOST_DECIMALS} decimals",
            currency=currency,
            decimals=decimals,
        )
    return decimals
