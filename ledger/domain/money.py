"""Money: an integer count of minor units and its currency. No float comes near it."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.currency import MOST_DECIMALS, decimals_of
from ledger.errors import InvalidAmount

MAX_MINOR_UNITS: Final = 2**63 - 1
UNLIMITED: Final = "unlimited"
"""An overdraft limit of so many minor units, as it is typed."""


class Money(msgspec.Struct, frozen=True, gc=False):
    """An exact amount.

    Attributes:
        minor_units: integer count of the currency's minor unit (cents for USD, yen for JPY).
        currency: ISO 4217 code, or the name of a unit of one's own.
        decimals: of the minor unit; those of ISO 4217 where they are left out.

    Raises:
        InvalidAmount: ``minor_units`` is no int.
        InvalidCurrency: the decimals are left out, and ISO 4217 knows no such currency.
    """

    minor_units: int
    currency: str
    decimals: int = -1

    def __post_init__(self) -> None:
        if type(self.minor_units) is not int:  # what a float holds would be stored for ever
            raise InvalidAmount(
                f"{self.minor_units!r} is not a count of minor units: it must be an int",
                advice=f'from a decimal: Money.parse("50.00", {self.currency!r})',
            )
        if self.decimals < 0:
            msgspec.structs.force_setattr(self, "decimals", decimals_of(self.currency))

    @classmethod
    def parse(cls, text: str, currency: str, decimals: int | None = None) -> Money:
        """Read a plain decimal such as ``50``, ``50.00`` or ``0.005`` (in KWD).

        Args:
            decimals: of the currency; None for those of ISO 4217.

        Raises:
            InvalidCurrency: not an ISO 4217 code, and no decimals are given.
            InvalidAmount: anything but digits with at most the currency's decimals, or more than
                2**63-1 minor units.
        """
        if decimals is None:
            decimals = decimals_of(currency)
        whole, point, fraction = text.partition(".")
        digits = whole + fraction
        missing = decimals - len(fraction)
        if (
            missing >= 0
            and digits.isdigit()
            and digits.isascii()
            and whole
            and (fraction or not point)
            and len(text) <= _MOST_CHARACTERS
        ):
            minor_units = int(digits) * _POWERS[missing]
            if minor_units <= MAX_MINOR_UNITS:
                return cls(minor_units, currency, decimals)
        raise InvalidAmount(
            f"{_shown(text)} is not an amount: {_amount_error(text, currency, decimals)}",
            advice=f"write a plain number such as {format_minor_units(5000, decimals)}",
            amount=text,
            currency=currency,
        )

    def __str__(self) -> str:
        return f"{format_minor_units(self.minor_units, self.decimals)} {self.currency}"


_MOST_CHARACTERS: Final = 40
_POWERS: Final = tuple(10**decimals for decimals in range(MOST_DECIMALS + 1))


def balance_in(text: str, currency: str, decimals: int) -> int:
    """A balance as somebody types it, which may have a minus, in signed minor units.

    Raises:
        InvalidAmount: it is none in the currency.
    """
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text)
    return sign * Money.parse(digits, currency, decimals).minor_units


def plain_decimal(text: str) -> tuple[int, int]:
    """A plain decimal that is of no currency: its digits, and how many of them are decimals.

    Raises:
        InvalidAmount: it is none, or has over 40 characters.
    """
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if (
        len(text) <= _MOST_CHARACTERS
        and digits.isdigit()
        and digits.isascii()
        and whole
        and (fraction or not point)
    ):
        return int(digits), len(fraction)
    error = f"it has over {_MOST_CHARACTERS} characters"
    if len(text) <= _MOST_CHARACTERS:
        error = _amount_error(text, "", _MOST_CHARACTERS)
    raise InvalidAmount(
        f"{_shown(text)} is not an amount: {error}",
        advice="write a plain number such as 50.00",
        amount=text,
    )


def format_minor_units(minor_units: int, decimals: int) -> str:
    """Minor units as a plain decimal with all of the currency's decimals: ``-1234.50``."""
    if decimals == 0:
        return str(minor_units)
    sign = "-" if minor_units < 0 else ""
    digits = str(abs(minor_units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def limit_text(limit: int, decimals: int) -> str:
    """An overdraft limit in minor units, as it is typed."""
    return UNLIMITED if limit == MAX_MINOR_UNITS else format_minor_units(limit, decimals)


def canonical_decimal(text: str) -> str:
    """One spelling for equal amounts (``50``, ``050.00`` → ``50``), for comparing requests."""
    whole, _, fraction = text.partition(".")
    whole = whole.lstrip("0") or "0"
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _amount_error(text: str, currency: str, decimals: int) -> str:
    """Why a text that `Money.parse` refused is no amount, for a person."""
    if not text.strip():
        return "it is empty"
    if text[0] in "+-" and text[1:2].isdigit():
        return "amounts carry no sign; the command says which way the money goes"
    ungrouped = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    if ungrouped != text.strip() and ungrouped.replace(".", "").isdigit():
        return "digits are not grouped, and the decimal mark is a point"
    if any(mark.isdigit() and not mark.isascii() for mark in text):
        return "only the digits 0 to 9 are read"
    mantissa, _, exponent = text.lower().partition("e")
    if mantissa.replace(".", "").isdigit() and exponent.lstrip("+-").isdigit():
        return "scientific notation is not read"
    whole, point, fraction = text.partition(".")
    if not whole.isdigit() or (point and not fraction.isdigit()):
        return "it is not a plain decimal number"
    if len(fraction) > decimals:
        if decimals == 0:
            return f"{currency} has no decimals"
        return f"{currency} has {decimals} decimal{'' if decimals == 1 else 's'}"
    limit = format_minor_units(MAX_MINOR_UNITS, decimals)
    return f"the largest amount is {limit} {currency} (2^63-1 minor units)"
