"""Amounts as banks write them: with signs, brackets, marks and symbols. No float comes near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple
from unicodedata import category

from ledger.bank_statements.rules.statement_format import LEAVE_OUT
from ledger.bank_statements.words.currency_signs import (
    affix_pattern,
    can_mean,
    meaning,
    possible_currencies,
)
from ledger.domain.currency import DECIMALS
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units
from ledger.errors import CurrencyMismatch, InvalidAmount, LedgerError

_SPELLINGS: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2013": "-", "\u2019": "'"}
)
_LONGEST: Final = 100
"""Characters; no amount has so many."""
_USUAL_DIGITS: Final = 18
"""With as many, no amount is too large."""
_SHAPES: Final = str.maketrans("23456789", "11111111")
"""Amounts that differ only in these digits are written alike."""
_AFFIX: Final = rf"{affix_pattern()}|(?-i:[A-Z][A-Z0-9]{{1,11}})"
"""A currency, or a unit of somebody's own."""
_DIRECTION: Final = r"(?:dr|cr)\b\.?|(?:debit|credit|soll|haben)\b|(?-i:[DCSH])\b"
_OUT: Final = frozenset(("dr", "debit", "soll", "d", "s"))
_AMOUNT: Final = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?P<before>{_AFFIX})??\s*(?P<inner_sign>[-+]?)\s*
    (?P<number>[.,]?[0-9](?:[0-9.,'\ ]*[0-9])?)\s*(?P<end_sign>[-+]?)\s*
    (?P<word>{_DIRECTION})?\s*(?P<after>{_AFFIX})??\s*
    (?P<last_sign>[-+]?)\s*(?P<last_word>{_DIRECTION})?""",
    re.IGNORECASE | re.VERBOSE,
)
_PLAIN: Final = re.compile(r"([-+]?)([0-9](?:[0-9.,']*[0-9])?)", re.ASCII)
_BRACKETS: Final = re.compile(r"([^0-9()]*)\(([^()]*)\)([^0-9()]*)")
_EMPTY: Final = re.compile(r"[-–—−]{1,2}")

MARKS: Final = ((".", ","), (".", " "), (".", "'"), (",", "."), (",", " "), (",", "'"))
"""(decimal mark, thousands mark), the more usual ones first."""


class AmountParts(NamedTuple):
    """The parts of an amount.

    Attributes:
        negative: whether a sign, brackets or a word says that it is money out.
        number: the digits and marks.
        currency: the sign, name or code of one; empty where there is none.
        signed: whether a sign, brackets or a word says which way the money goes.
        word: ``DR``, ``Cr.`` and the like.
        contradictory: whether a sign and a word, or two names of currencies, contradict each other.
    """

    negative: bool
    number: str
    currency: str = ""
    signed: bool = False
    word: str = ""
    contradictory: bool = False


def is_blank(text: str) -> bool:
    """Whether a cell of amounts has none: it is empty, or has the dash that accountants write for
    zero, with or without the sign of a currency."""
    if not text:
        return True
    if text[-1].isdigit() or len(text) > 12 or any(map(str.isalnum, text)):
        return False
    return (
        _EMPTY.fullmatch("".join(mark for mark in text if category(mark) not in ("Sc", "Zs")))
        is not None
    )


def split_amount(text: str) -> AmountParts | None:
    """The parts of an amount; None for a text that is not an amount."""
    plain = _PLAIN.fullmatch(text)
    if plain is not None and len(text) <= _LONGEST:
        sign, number = plain.groups()
        return AmountParts(sign == "-", number, signed=bool(sign))
    if len(text) > _LONGEST:
        return None
    # Spreadsheets write an apostrophe before what they are to keep as text.
    text = text.translate(_SPELLINGS).strip().removeprefix("'")
    bracketed = _BRACKETS.fullmatch(text)
    found = _AMOUNT.fullmatch("".join(bracketed.groups()).strip() if bracketed else text)
    if found is None:
        return None
    sign, before, inner_sign, number, end_sign, word, after, last_sign, last_word = found.groups()
    signs = sign + inner_sign + end_sign + last_sign
    if len(signs) + bool(bracketed) > 1 or (word and last_word):
        return None
    word = word or last_word or ""
    negative = bool(bracketed) or signs == "-"
    said_out = word.casefold().rstrip(".") in _OUT
    return AmountParts(
        negative or said_out,
        number,
        min(filter(None, (after, before)), key=_precision, default=""),
        signed=bool(bracketed or signs or word),
        word=word,
        contradictory=bool(
            (word and (negative or signs == "+") and negative != said_out)
            or (before and after and not _agree(before, after))
        ),
    )


def _precision(name: str) -> int:
    return len(possible_currencies(name) or ())


def _agree(name: str, other: str) -> bool:
    possible, others = possible_currencies(name), possible_currencies(other)
    return name == other or bool(possible and others and possible & others)


def direction_of(text: str) -> int:
    """-1 for an amount that ends with a word for money out, such as ``DR``, 1 for money in, such as
    ``CR``; else 0."""
    if not text[-1:].isalpha() and text[-1:] != ".":
        return 0
    parts = split_amount(text)
    return 0 if parts is None or not parts.word else -1 if parts.negative else 1


def check_directions(amounts: Iterable[tuple[int, str]]) -> bool:
    """Whether all amounts say which way the money goes, some by a word such as ``CR``.

    Statements of cards print ``CR`` for money in alone; others print ``DR`` for money out alone.

    Args:
        amounts: (line, text); texts that are not amounts are ignored.

    Raises:
        InvalidAmount: some have such a word, and others neither that nor a sign; the error names
            the line of the first one of these.
    """
    word, bare = "", None
    for line, text in amounts:
        parts = split_amount(text)
        if parts is None or parts.number.strip("0.,") == "":
            continue
        word = word or parts.word
        if bare is None and not parts.signed:
            bare = line, text
    if word and bare is not None:
        line, text = bare
        raise InvalidAmount(
            f"{text!r} does not say which way the money goes, but other amounts do, by {word!r}",
            advice="say what amounts without such a word are, by one of these rules: money out by "
            'money_out = "positive", or money in by money_out = "negative"',
            amount=text,
            rule="money_out",
        ).at_line(line)
    return bool(word)


@cache
def number_pattern(decimal_mark: str, thousands_mark: str) -> re.Pattern[str]:
    """The digits before and after the decimal mark.

    Groups have three digits, and, as in India, two before the last group.
    """
    point, separator = re.escape(decimal_mark), re.escape(thousands_mark)
    grouped = f"[1-9][0-9]{{0,2}}(?:{separator}[0-9]{{2,3}})*{separator}[0-9]{{3}}"
    whole = f"[0-9]+|{grouped}" if thousands_mark else "[0-9]+"
    return re.compile(f"({whole}|(?={point}))(?:{point}([0-9]+))?")


class AmountReader:
    """Reads amounts into minor units.

    Args:
        currency, decimals: the account's.
        has_thousandths: whether three decimals are no thousands, the last of which is then zero.
    """

    def __init__(
        self,
        decimal_mark: str,
        thousands_mark: str,
        currency: str,
        decimals: int,
        *,
        has_thousandths: bool = False,
    ) -> None:
        self._decimal_mark = decimal_mark
        self._thousands_mark = thousands_mark
        self._number = number_pattern(decimal_mark, thousands_mark)
        self._has_thousandths = has_thousandths
        self._currency = currency
        self._decimals = decimals
        self._largest = format_minor_units(MAX_MINOR_UNITS, decimals)
        fraction = f"{re.escape(decimal_mark)}([0-9]{{{decimals}}})" if decimals else "()"
        self._usual = re.compile(f"(-?[0-9]{{1,{_USUAL_DIGITS - decimals}}}){fraction}")

    def read(self, text: str) -> int:
        """An amount as signed minor units.

        Raises:
            InvalidAmount: it is not an amount, has too many decimals, or is too large.
            CurrencyMismatch: it names another currency.
        """
        usual = self._usual.fullmatch(text)
        if usual is not None:  # of most amounts this is all there is to it
            return int(usual[1] + usual[2])
        parts = split_amount(text)
        if parts and parts.currency and not can_mean(parts.currency, self._currency):
            if possible_currencies(parts.currency) is None:
                parts = None
            elif not parts.contradictory:
                raise currency_mismatch(f"{text!r}", meaning(parts.currency), self._currency)
        digits = parts and self._number.fullmatch(parts.number)
        if not parts or not digits:
            marks = f"decimal mark {self._decimal_mark!r} and " + (
                f"thousands mark {self._thousands_mark!r}"
                if self._thousands_mark
                else "no thousands mark"
            )
            raise self._invalid(text, f"it is not a number written with {marks}")
        if parts.contradictory:
            raise self._invalid(text, "it contradicts itself")
        whole, fraction = digits[1].replace(self._thousands_mark, "").lstrip("0"), digits[2] or ""
        # Extra zeros are harmless, unless they make three decimals: `1.000` may be a thousand.
        if len(fraction) > self._decimals and (len(fraction) != 3 or self._has_thousandths):
            fraction = fraction[: self._decimals] + fraction[self._decimals :].rstrip("0")
        if len(fraction) > self._decimals:
            raise self._invalid(text, f"{self._currency} has {self._decimals or 'no'} decimals")
        if len(whole) > len(self._largest):  # before a number of thousands of digits is read
            raise self._invalid(text, f"the largest amount is {self._largest}")
        minor_units = int(whole + fraction.ljust(self._decimals, "0") or "0")
        if minor_units > MAX_MINOR_UNITS:
            raise self._invalid(text, f"the largest amount is {self._largest}")
        return -minor_units if parts.negative else minor_units

    def _invalid(self, text: str, reason: str) -> InvalidAmount:
        shown = text if len(text) <= 40 else text[:37] + "..."
        return InvalidAmount(
            f"{shown!r} is not an amount in {self._currency}: {reason}",
            advice=f"check the rules decimal_mark and thousands_mark; {LEAVE_OUT}",
            amount=text,
            currency=self._currency,
            rule="decimal_mark",
        )


def currency_mismatch(
    what: str,
    found: str,
    currency: str,
    account: str = "the account",
    other_way: str = "",
    **details: object,
) -> CurrencyMismatch:
    """The error for what is in another currency; ``other_way`` is what else there is to do."""
    return CurrencyMismatch(
        f"{what} is in {found}, but {account} is in {currency}",
        advice="currencies are not converted; "
        + (other_way or "import the statement into an account in its currency"),
        currency=currency,
        **details,
    )


def infer_marks(
    amounts: Iterable[tuple[int, str]],
    currency: str | None,
    *,
    decimal_mark: str | None = None,
    thousands_mark: str | None = None,
) -> tuple[str, str]:
    """The decimal and thousands marks with which every amount can be read.

    Args:
        amounts: (line, text); texts that are not amounts are ignored.
        currency: if known; one without decimals settles whether ``1,200`` is ``1200`` or ``1.2``.
        decimal_mark, thousands_mark: where they are given.

    Raises:
        InvalidAmount: no two marks fit all amounts, or the marks that fit read an amount
            differently.
    """
    decimals = None if currency is None else DECIMALS.get(currency)
    fitting = _choices(decimal_mark, thousands_mark)
    shapes: set[str] = set()
    read: list[tuple[int, str, dict[tuple[str, str], tuple[str, str]]]] = []
    for line, text in amounts:
        if len(text) > _LONGEST:
            continue
        shape = text.translate(_SHAPES)
        if shape in shapes:
            continue
        shapes.add(shape)
        parts = split_amount(text)
        if parts is None:
            continue
        readings = {}
        for marks in fitting:
            digits = number_pattern(*marks).fullmatch(parts.number)
            fraction = "" if digits is None else digits[2] or ""
            if digits and not (decimals == 0 and len(fraction) == 3):
                whole = digits[1].replace(marks[1], "").lstrip("0") or "0"
                readings[marks] = whole, fraction.rstrip("0")
        if not readings:
            reason = (
                "is written with other decimal or thousands marks than the amounts before it"
                if read
                else "fits no decimal and thousands marks that the rules allow"
            )
            raise InvalidAmount(
                f"{text!r} {reason}",
                advice='give the marks as rules such as: decimal_mark = "," and '
                'thousands_mark = "."',
                amount=text,
                rule="decimal_mark",
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
        f"the amounts do not show which decimal mark they have: {text!r} is {readings}",
        advice="add one of these rules: "
        + " or ".join(f'decimal_mark = "{decimal}"' for decimal in ways),
        amount=text,
        rule="decimal_mark",
    ).at_line(line)
