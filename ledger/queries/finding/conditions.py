"""What entries are looked for, as conditions in SQL on the rows of `account_entries`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from ledger.commands.arguments import amount_text, currency_of
from ledger.domain.currency import MOST_DECIMALS
from ledger.domain.events import AccountOpened, EntryReversed
from ledger.domain.money import MAX_MINOR_UNITS, plain_decimal
from ledger.domain.tags import check_tag_key, parse_tag
from ledger.domain.validation import check_text
from ledger.errors import InvalidOption
from ledger.queries.finding.folded_texts import folded
from ledger.queries.source import Point, check_period

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.domain.money import Money

    AmountLike = str | int | Decimal | Money

Binding = str | int | None


class Tag(NamedTuple):
    """A tag that is asked about: any value of the key where the value is None."""

    key: str
    value: str | None = None

    def __str__(self) -> str:
        return self.key if self.value is None else f"{self.key}={self.value}"


class Condition(NamedTuple):
    """A condition, and what is bound in it."""

    sql: str
    bindings: tuple[Binding, ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """Which entries are wanted; everything that is given must hold.

    Attributes:
        point: the last instant of the period, and what was known.
        from_us: the first instant of the period (µs UTC); None for as early as there is anything.
        needle: folded; empty for any text.
        accounts: ids, or what ids start with; one of them must hold.
        conditions: all else that must hold of an entry itself.
        of_a_pair: what must hold of an entry, or of the one that it reverses or is reversed by.
    """

    point: Point
    from_us: int | None
    needle: str
    accounts: tuple[str, ...]
    tags: tuple[Tag, ...]
    without_tags: tuple[Tag, ...]
    actor: str | None
    conditions: tuple[Condition, ...]
    of_a_pair: tuple[Condition, ...]


def wanted(
    point: Point,
    from_us: int | None,
    *,
    text: str | None,
    accounts: str | Iterable[str],
    tags: str | Iterable[str],
    without_tags: str | Iterable[str],
    least: AmountLike | None,
    most: AmountLike | None,
    actor: str | None,
    without_receipt: bool,
) -> Wanted:
    """Check and read what somebody asks for.

    Raises:
        InvalidOption: the period ends before it begins, the least amount is above the most, or an
            account is empty.
        InvalidText: the text is blank, or none that could be kept.
        InvalidTag, InvalidAmount: there is none such.
    """
    check_period(from_us, point.as_of)
    asked, lacking = _tags(tags), _tags(without_tags)
    conditions = [has(tag) for tag in asked]
    if lacking:
        conditions += [Condition("event_type <> ?", (AccountOpened.__name__,))]
        conditions += [_lacks(tag) for tag in lacking]
    conditions += _amounts(least, most)
    if actor is not None:
        conditions.append(Condition("actor = ?", (actor,)))
    needle = _needle(text)
    of_a_pair = [_may_hold(needle)] if needle else []
    if without_receipt:
        never = (AccountOpened.__name__, EntryReversed.__name__)
        of_a_pair.append(Condition("receipts = '[]' AND event_type NOT IN (?, ?)", never))
    return Wanted(
        point,
        from_us,
        needle,
        _accounts(accounts),
        asked,
        lacking,
        actor,
        tuple(conditions),
        tuple(of_a_pair),
    )


def _several(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _accounts(given: str | Iterable[str]) -> tuple[str, ...]:
    accounts = _several(given)
    if "" in accounts:
        raise InvalidOption("an account is empty", advice="leave it out to search all accounts")
    return accounts


# ── texts ───────────────────────────────────────────────────────────────────────────────────────


def _needle(text: str | None) -> str:
    if text is None:
        return ""
    if not text.strip():
        raise InvalidOption("the text to find is empty", advice="leave it out to find any text")
    return folded(check_text(text, "the text to find"))


def _may_hold(needle: str) -> Condition:
    """Holds of every row that has the text, and of such that may have it in other characters.

    ``lower`` folds ASCII alone here, so that the rest is for `folded` to tell.
    """
    others = "octet_length(description) <> length(description)"
    if not needle.isascii():  # which no text that is folded from ASCII is
        return Condition(others)
    escaped = "".join(f"\\{mark}" if mark in "\\%_" else mark for mark in needle)
    like = "LIKE ? ESCAPE '\\'"
    pattern = f"%{escaped}%"
    either = f"lower(description) {like} OR lower(counterparty) {like}"
    return Condition(f"({either} OR {others})", (pattern, pattern))


# ── tags ────────────────────────────────────────────────────────────────────────────────────────

_TAG: Final = "instr(tags, ?)"
"""In the JSON of tags, where every quotation mark within a value has a backslash before it."""


def _tags(given: str | Iterable[str]) -> tuple[Tag, ...]:
    return tuple(
        Tag(*parse_tag(text)) if "=" in text else Tag(check_tag_key(text))
        for text in _several(given)
    )


def _member(tag: Tag) -> str:
    """A tag as it stands in the JSON, or its key."""
    value = "" if tag.value is None else msgspec.json.encode(tag.value).decode()
    return f'"{tag.key}":{value}'


def has(tag: Tag) -> Condition:
    """Holds of the rows with a tag."""
    return Condition(f"{_TAG} > 0", (_member(tag),))


def _lacks(tag: Tag) -> Condition:
    return Condition(f"{_TAG} = 0", (_member(tag),))


# ── amounts ─────────────────────────────────────────────────────────────────────────────────────


def _amounts(least: AmountLike | None, most: AmountLike | None) -> Sequence[Condition]:
    bounds = [None if each is None else plain_decimal(amount_text(each)) for each in (least, most)]
    lower, upper = bounds
    if lower and upper and _scaled(*lower, _MOST_PLACES) > _scaled(*upper, _MOST_PLACES):
        raise InvalidOption(
            f"no amount is at least {amount_text(least)} and at most {amount_text(most)}",
            advice="give the smaller amount as the least",
        )
    conditions = [
        Condition("currency = ?", (currency,))
        for each in (least, most)
        if each is not None and (currency := currency_of(each))
    ]
    if lower:
        units = [-_scaled(-lower[0], lower[1], decimals) for decimals in _ALL_DECIMALS]
        in_range = [each if each <= MAX_MINOR_UNITS else None for each in units]
        by_decimals = _by_decimals(in_range)
        conditions.append(
            Condition(f"(amount >= {by_decimals} OR amount <= -{by_decimals})", (*in_range * 2,))
        )
    if upper:
        units = [min(_scaled(*upper, decimals), MAX_MINOR_UNITS) for decimals in _ALL_DECIMALS]
        by_decimals = _by_decimals(units)
        conditions.append(
            Condition(f"amount BETWEEN -{by_decimals} AND {by_decimals}", (*units * 2,))
        )
    return conditions


_MOST_PLACES: Final = 40
_ALL_DECIMALS: Final = range(MOST_DECIMALS + 1)


def _scaled(digits: int, places: int, decimals: int) -> int:
    """A decimal in units of which one has so many decimals, rounded down."""
    if places <= decimals:
        return digits * int(10 ** (decimals - places))
    return digits // int(10 ** (places - decimals))


def _by_decimals(units: Sequence[int | None]) -> str:
    """The bound that holds for a row; that of None holds for none."""
    cases = " ".join(f"WHEN {n} THEN CAST(? AS BIGINT)" for n, _ in enumerate(units))
    return f"CASE decimals {cases} END"
