"""Amounts and balances of a file in the currency that it states them in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ledger.bank_statements.formats.source import AGAIN, BY_HAND, quoted
from ledger.bank_statements.statement import Entry, StatedBalance
from ledger.domain.currency import decimals_of
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units
from ledger.errors import InvalidAmount, InvalidLine, LedgerError

_LONGEST: Final = 40
"""Characters; no amount has so many."""
_PLAIN: Final = re.compile(r"([-+]?)(?=[.,]?[0-9])([0-9]*)(?:[.,]([0-9]*))?", re.ASCII)
_GROUPED: Final = re.compile(
    r"([-+]?)([1-9][0-9]{0,2}(?:,[0-9]{3})+)\.([0-9]+)"
    r"|([-+]?)([1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]+)",
    re.ASCII,
)


class Money:
    """Reads amounts into minor units of the currency that they are in.

    Args:
        currency, decimals: the account's, which may have other decimals than ISO 4217 says.
    """

    def __init__(self, currency: str, decimals: int) -> None:
        self.currency = currency
        self._decimals = {currency: decimals}

    def decimals_of(self, currency: str) -> int:
        """The decimals of a currency.

        Raises:
            InvalidCurrency: it is not known.
        """
        decimals = self._decimals.get(currency)
        if decimals is None:
            decimals = self._decimals[currency] = decimals_of(currency)
        return decimals

    def read(self, text: str, currency: str, *, point_is_certain: bool = False) -> int:
        """An amount as signed minor units.

        Args:
            point_is_certain: whether a format's only mark is the decimal one, and never wrong;
                else three decimals too many are refused, for they may be thousands.

        Raises:
            InvalidAmount: it is not an amount, has too many decimals, or is too large.
            InvalidCurrency: the currency is not known.
        """
        decimals = self.decimals_of(currency)
        found = _PLAIN.fullmatch(text) if len(text) <= _LONGEST else None
        sign, whole, fraction = found.groups("") if found else ("", "", "")
        if found is None and len(text) <= _LONGEST and (grouped := _GROUPED.fullmatch(text)):
            sign, whole, fraction = (each or "" for each in grouped.groups() if each is not None)
            whole = whole.replace(",", "").replace(".", "")
        elif found is None:
            raise _invalid(text, currency, "it is not a decimal number")
        if len(fraction) > decimals and (point_is_certain or len(fraction) != 3):
            fraction = fraction[:decimals] + fraction[decimals:].rstrip("0")
        if len(fraction) > decimals:
            raise _invalid(text, currency, f"{currency} has {decimals or 'no'} decimals")
        minor_units = int(whole + fraction.ljust(decimals, "0") or "0")
        if minor_units > MAX_MINOR_UNITS:
            largest = format_minor_units(MAX_MINOR_UNITS, decimals)
            raise _invalid(text, currency, f"the largest amount is {largest}")
        return -minor_units if sign == "-" else minor_units

    def shown(self, minor_units: int, currency: str) -> str:
        """An amount for a message."""
        return f"{format_minor_units(minor_units, self.decimals_of(currency))} {currency}"

    def check_balances(
        self,
        opening: StatedBalance,
        closing: StatedBalance,
        entries: Iterable[Entry],
        currency: str,
    ) -> None:
        """Check that what a statement opens with and its entries make what it closes with.

        Raises:
            InvalidLine: they do not; the error names the line of the closing balance.
        """
        total = sum(entry.amount_minor for entry in entries)
        difference = closing.amount_minor - opening.amount_minor - total
        if not difference:
            return
        raise InvalidLine(
            f"the statement does not add up: it opens with "
            f"{self.shown(opening.amount_minor, currency)} "
            f"(line {opening.line}), its entries come to {self.shown(total, currency)}, which "
            f"makes {self.shown(opening.amount_minor + total, currency)}, but it closes with "
            f"{self.shown(closing.amount_minor, currency)}: "
            f"{self.shown(abs(difference), currency)} "
            f"{'more' if difference > 0 else 'less'}",
            advice=f"an entry may be missing, doubled or damaged: {AGAIN}",
            difference=format_minor_units(difference, self.decimals_of(currency)),
            currency=currency,
        ).at_line(closing.line)


def _invalid(text: str, currency: str, reason: str) -> LedgerError:
    return InvalidAmount(
        f"{quoted(text)} is not an amount in {currency}: {reason}",
        advice=BY_HAND,
        amount=text[:_LONGEST],
        currency=currency,
    )
