"""Which currencies a sign or a name can mean: ``€`` one, ``$`` and ``kr`` several."""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from unicodedata import category, combining, normalize

from ledger.domain.currency import DECIMALS

_DOLLARS: Final = (
    "USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD "
    "NIO NZD SBD SGD SRD SVC TTD TWD UYU XCD"
)

# Written without accents and capitals; the texts that are looked up are brought to that form, too.
_MEANINGS: Final = {
    "$, dollar, dollars": _DOLLARS,
    "us$, u$s, u$, us dollar, us dollars": "USD",
    "c$": "CAD NIO",
    "ca$, can$, canadian dollar, canadian dollars": "CAD",
    "a$, au$, australian dollar, australian dollars": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$, sg$": "SGD",
    "nt$": "TWD",
    "r$, reais": "BRL",
    "mx$, mex$": "MXN",
    "ar$": "ARS",
    "cl$": "CLP",
    "col$": "COP",
    "$u": "UYU",
    "rd$": "DOP",
    "j$": "JMD",
    "tt$": "TTD",
    "ec$": "XCD",
    "bds$": "BBD",
    "n$": "NAD",
    "b$": "BND BSD",
    "mop$": "MOP",
    "€, euro, euros": "EUR",
    "£, ₤, pound, pounds, pound sterling": "GBP EGP FKP GIP SHP SSP SDG SYP LBP",
    "sterling": "GBP",
    "e£, le": "EGP",
    "¥, ￥": "JPY CNY",
    "円, 圓, yen, jp¥": "JPY",
    "元, cn¥, rmb, yuan, renminbi": "CNY",
    "₹": "INR",
    "rs, rs., ₨, rupee, rupees": "INR PKR LKR NPR MUR SCR",
    "৳, tk, tk.": "BDT",
    "kr, kr., krone, kroner, krona, kronor, kronur": "SEK NOK DKK ISK",
    "skr": "SEK",
    "nkr": "NOK",
    "dkr": "DKK",
    "zł, zl, złoty, złotych, zloty": "PLN",
    "kc, koruna, koruny, korun": "CZK",
    "ft, ft., forint": "HUF",
    "fr, fr., sfr, sfr., franken, schweizer franken": "CHF",
    "franc, francs, franc suisse, francs suisses": "CHF XOF XAF XPF CDF GNF RWF BIF DJF KMF",
    "fcfa, cfa": "XOF XAF",
    "lei, leu": "RON MDL",
    "лв, лв., lev, leva": "BGN",
    "din, din., дин, дин.": "RSD DZD TND JOD",
    "ден, ден.": "MKD",
    "km": "BAM",
    "₺, tl": "TRY",
    "₽": "RUB",
    "руб, руб., р., р": "RUB BYN",
    "br": "BYN ETB",
    "₴, грн, грн.": "UAH",
    "₸": "KZT",
    "₾": "GEL",
    "֏": "AMD",
    "₼": "AZN",
    "₪, nis": "ILS",
    "₩, 원, won": "KRW KPW",
    "฿, baht": "THB",
    "rp, rp.": "IDR",
    "rm": "MYR",
    "₫, đ": "VND",
    "₱": "PHP CUP",
    "php$": "PHP",
    "peso, pesos": "MXN ARS CLP COP CUP DOP PHP UYU",
    "₦": "NGN",
    "₵, gh₵": "GHS",
    "₡": "CRC SVC",
    "₲, gs, gs.": "PYG",
    "s/, s/.": "PEN",
    "b/.": "PAB",
    "bs, bs.": "BOB VES VED",
    "q": "GTQ",
    "l, l.": "HNL",
    "r, rand": "ZAR",
    "ksh": "KES",
    "tsh": "TZS",
    "ush": "UGX",
    "₭": "LAK",
    "៛": "KHR",
    "₮": "MNT",
    "﷼": "IRR OMR QAR SAR YER",
    "dh, dhs": "AED MAD",
}


def _plain(text: str) -> str:
    """A text without accents and capitals, with single blanks."""
    bare = "".join(mark for mark in normalize("NFD", text.casefold()) if not combining(mark))
    return " ".join(bare.split())


_SIGNS: Final = {
    _plain(sign): frozenset(codes.split())
    for signs, codes in _MEANINGS.items()
    for sign in signs.split(",")
}
_DOLLAR_CODES: Final = _SIGNS["$"]


@cache
def possible_currencies(text: str) -> frozenset[str] | None:
    """The currencies that a sign, a name or a code can mean; None for another text.

    ``eur``, ``€`` and ``Euro`` are EUR; ``kr`` is SEK, NOK, DKK or ISK. A code with a dollar sign,
    such as ``CAD$``, is what the code says.
    """
    if len(text) > 30:
        return None
    plain = _plain(text)
    found = _SIGNS.get(plain)
    if found is not None:
        return found
    code = plain.upper()
    if code in DECIMALS:
        return frozenset((code,))
    code = code.strip("$ ")
    return frozenset((code,)) if "$" in plain and code in _DOLLAR_CODES else None


def can_mean(text: str, currency: str) -> bool:
    """Whether a sign, a name or a code can mean a currency, or is the name of a unit itself."""
    return text == currency or currency in (possible_currencies(text) or ())


def meaning(text: str) -> str:
    """What a sign or a name means, for a message: ``PLN (zł)``, ``$``, ``USD``."""
    possible = possible_currencies(text)
    if possible is None or len(possible) > 4:
        return text
    codes = " or ".join(sorted(possible))
    return codes if codes == text else f"{codes} ({text})"


_PARTS: Final = re.compile(r"[^\s()\[\]{}:,]+")


def sign_in(name: str) -> re.Match[str] | None:
    """Where the name of a column says its currency: ``(R$)``, ``€``, and, at the end, ``CHF``.

    A word alone names no currency, and one of a letter or two does only in brackets: ``Km`` may be
    anything.
    """
    parts = list(_PARTS.finditer(name))
    for part in parts:
        text, before = part.group(), name[part.start() - 1 : part.start()]
        if possible_currencies(text) and (
            any(category(mark) == "Sc" for mark in text)
            or before in ("(", "[")
            or (len(parts) > 1 and part is parts[-1] and (len(text) > 2 or text in _SHORT_NAMES))
        ):
            return part
    return None


_SHORT_NAMES: Final = ("kr", "kr.", "Kr", "Kr.", "zł", "Kč", "Ft", "Fr.", "Rs", "Rs.", "Rp", "RM")


def affix_pattern() -> str:
    """A regular expression for the signs and codes beside the digits of an amount, the longer ones
    first; for texts without regard to capitals."""
    signs = [sign.strip() for signs in _MEANINGS for sign in (*signs.split(","), "kč")]
    short = sorted({sign for sign in signs if len(sign) <= 5}, key=len, reverse=True)
    return "|".join((r"[a-z]{3}\ ?\$", r"\$\ ?[a-z]{3}", *map(re.escape, short), "[a-z]{3}"))
