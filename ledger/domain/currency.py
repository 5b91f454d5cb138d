"""ISO 4217: which currencies exist and how many decimals each has."""

from __future__ import annotations

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
    raise InvalidCurrency(
        f"{currency!r} is not an ISO 4217 currency", advice=advice, currency=currency
    )
