"""Amounts as banks write them: with signs, brackets, marks and symbols. No float comes near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from unicodedata import category

from ledger.domain.currency import DECIMALS, decimals_of
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units
from ledger.errors import CurrencyMismatch, InvalidAmount, LedgerError

_SPELLINGS: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2013": "-", "\u2019": "'"}
)
_AFFIX = r"[^0-9.,'+()\-\s]{0,4}"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<before>{_AFFIX})\s*(?P<inner_sign>[-+]?)\s*"
    r"(?P<number>[.,]?[0-9](?:[0-9.,' ]*[0-9])?)"
    rf"\s*(?P<end_sign>[-+]?)\s*(?P<after>{_AFFIX})"
)
_SYMBOLS: Final = {"€": "EUR", "£": "GBP"}
"""Those that mean one currency nearly everywhere; ``$`` and ``¥`` mean several."""
_NAMES: Final = ("R$", "kr", "kr.", "zł", "Kč", "Ft", "Fr.")

MARKS: Final = ((".", ","), (".", " "), (".", "'"), (",", "."), (",", " "), (",", "'"))
"""(decimal mark, thousands mark), the more usual ones first."""


class Spelled(NamedTuple):
    """An amount taken apart; ``number`` is its digits and marks, ``currency`` the one it names."""

    negative: bool
    number: str
    currency: str | None


def take_apart(text: str) -> Spelled | None:
    """The parts of an amount; None for what is none."""
    text = text.translate(_SPELLINGS).strip()
    bracketed = text.startswith("(") and text.endswith(")")
    found = _AMOUNT.fullmatch(text[1:-1].strip() if bracketed else text)
    if found is None:
        return None
    signs = found["sign"] + found["inner_sign"] + found["end_sign"]
    names = [name for name in (found["before"], found["after"]) if name]
    if len(signs) + bracketed > 1 or not all(map(_names_money, names)):
        return None
    currencies = {name if name in DECIMALS else _SYMBOLS.get(name) for name in names} - {None}
    if len(currencies) > 1:
        return None
    return Spelled(bracketed or signs == "-", found["number"], next(iter(currencies), None))


def _names_money(text: str) -> bool:
    return text in DECIMALS or text in _NAMES or any(category(mark) == "Sc" for mark in text)


def digits_of(number: str, decimal_mark: str, thousands_mark: str) -> tuple[str, str] | None:
    """The digits before and after the decimal mark, as the marks have it; None if they do not fit.

    Groups have three digits, and, as in India, two before the last group.
    """
    whole, mark, fraction = number.partition(decimal_mark)
    if mark and not fraction.isdigit():
        return None
    if thousands_mark and thousands_mark in whole:
        group = re.escape(thousands_mark)
        if not re.fullmatch(rf"[1-9]\d{{0,2}}(?:{group}\d\d\d?)*{group}\d{{3}}", whole):
            return None
        whole = whole.replace(thousands_mark, "")
    if not whole.isdigit() and (whole or not mark):
        return None
    return whole.lstrip("0") or "0", fraction


class AmountReader:
    """Reads amounts into minor units.

    Args:
        currency: the account's.
    """

    def __init__(self, decimal_mark: str, thousands_mark: str, currency: str) -> None:
        self._decimal_mark = decimal_mark
        self._thousands_mark = thousands_mark
        self._currency = currency
        self._decimals = decimals_of(currency)

    def read(self, text: str) -> int:
        """An amount as signed minor units.

        Raises:
            InvalidAmount: it is none, has too many decimals, or is too large.
            CurrencyMismatch: it names another currency.
        """
        spelled = take_apart(text)
        digits = spelled and digits_of(spelled.number, self._decimal_mark, self._thousands_mark)
        if not spelled or not digits:
            raise self._refused(text, "it is no number with the marks that the rules name")
        if spelled.currency not in (None, self._currency):
            raise CurrencyMismatch(
                f"{text!r} is in {spelled.currency}, and the account in {self._currency}",
                advice="ledger does not convert: import it into an account of its currency",
                currency=self._currency,
            )
        whole, fraction = digits
        # Zeros more are harmless, but for three: `1.000` may well be a thousand.
        if len(fraction) > self._decimals and len(fraction) != 3:
            fraction = fraction[: self._decimals] + fraction[self._decimals :].rstrip("0")
        if len(fraction) > self._decimals:
            raise self._refused(text, f"{self._currency} has {self._decimals or 'no'} decimals")
        limit = format_minor_units(MAX_MINOR_UNITS, self._currency)
        if len(whole) > len(limit):
            raise self._refused(text, f"the largest is {limit}")
        minor_units = int(whole + fraction.ljust(self._decimals, "0"))
        if minor_units > MAX_MINOR_UNITS:
            raise self._refused(text, f"the largest is {limit}")
        return -minor_units if spelled.negative else minor_units

    def _refused(self, text: str, error: str) -> InvalidAmount:
        shown = text if len(text) <= 40 else text[:37] + "..."
        return InvalidAmount(
            f"{shown!r} is not an amount in {self._currency}: {error}",
            advice="see decimal_mark and thousands_mark in the rules; a line that is no entry is "
            "left out by skip_top or skip_bottom",
            amount=text,
            currency=self._currency,
        )


def infer_marks(
    amounts: Iterable[tuple[int, str]],
    currency: str | None,
    *,
    decimal_mark: str | None = None,
    thousands_mark: str | None = None,
) -> tuple[str, str]:
    """The decimal and thousands marks by which every amount can be read.

    Args:
        amounts: (line, text); a text that is no amount at all says nothing.
        currency: where it is known; one without decimals tells ``1,200`` from ``1.2``.
        decimal_mark, thousands_mark: known already.

    Raises:
        InvalidAmount: no two marks fit all amounts, or amounts differ by the marks chosen.
    """
    decimals = None if currency is None else decimals_of(currency)
    fitting = _choices(decimal_mark, thousands_mark)
    read: list[tuple[int, str, dict[tuple[str, str], tuple[str, str]]]] = []
    for line, text in amounts:
        spelled = take_apart(text)
        if spelled is None:
            continue
        readings = {}
        for marks in fitting:
            digits = digits_of(spelled.number, *marks)
            if digits and not (decimals == 0 and len(digits[1]) == 3):
                readings[marks] = digits[0], digits[1].rstrip("0")
        if not readings:
            raise InvalidAmount(
                f"{text!r} is written with other marks than the amounts before it",
                advice='say the marks by rules: decimal_mark = "," and thousands_mark = "."',
                amount=text,
            ).at_line(line)
        fitting = list(readings)
        read.append((line, text, readings))
    for line, text, readings in read:
        values = {marks: readings[marks] for marks in fitting}
        if len(set(values.values())) > 1:
            raise _ambiguous(line, text, values)
    return fitting[0]


def _choices(decimal_mark: str | None, thousands_mark: str | None) -> list[tuple[str, str]]:
    choices: Sequence[tuple[str, str]] = MARKS
    if thousands_mark is not None and thousands_mark not in {thousands for _, thousands in MARKS}:
        choices = [(decimal, thousands_mark) for decimal in (".", ",")]
    return [
        (decimal, thousands)
        for decimal, thousands in choices
        if decimal_mark in (None, decimal) and thousands_mark in (None, thousands)
    ]


def _ambiguous(line: int, text: str, values: dict[tuple[str, str], tuple[str, str]]) -> LedgerError:
    ways = {decimal: ".".join(filter(None, digits)) for (decimal, _), digits in values.items()}
    readings = " and ".join(f"{value} with {decimal!r}" for decimal, value in ways.items())
    return InvalidAmount(
        f"the decimal mark cannot be told from the amounts: {text!r} is {readings} for it",
        advice="say it in a rules file: "
        + " or ".join(f'decimal_mark = "{decimal}"' for decimal in ways),
        rule="decimal_mark",
        amount=text,
    ).at_line(line)
