"""Which entries may be why an account's balance is not the one that somebody else's books have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.domain.aggregate import Dated
from ledger.domain.entries import entries_of
from ledger.domain.events import AccountEvent, AccountOpened, OpeningAmended
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units
from ledger.errors import moment

MOST: Final = 3
"""Candidates; with more of them none is likely."""

ONLY_HERE: Final = "only_here"
REVERSED_HERE: Final = "reversed_here"
WRONG_WAY: Final = "wrong_way"
SWAPPED_DIGITS: Final = "swapped_digits"

_WORDS: Final = {
    ONLY_HERE: "may be only in these books",
    REVERSED_HERE: "was reversed here, and may stand there",
    WRONG_WAY: "may have gone the other way",
    SWAPPED_DIGITS: "may have two digits swapped",
}


class _Suspect(NamedTuple):
    """An entry, or the initial balance; the amount is in signed minor units."""

    version: int
    effective_at: int
    what: str
    amount: int
    description: str = ""
    is_reversed: bool = False
    is_opening: bool = False


class Candidate(NamedTuple):
    """An entry, or the initial balance, that explains the whole gap.

    Attributes:
        explanation: how, as one of the constants above.
        right_amount: what its amount would be (minor units, positive); None where that is as it is.
    """

    entry: _Suspect
    explanation: str
    right_amount: int | None = None


def candidates(history: Iterable[Dated[AccountEvent]], until: int, gap: int) -> list[Candidate]:
    """The likeliest entries, and of equally likely ones the latest.

    Args:
        history: all events of the account, in version order.
        until: the moment (µs UTC) of which the balances are.
        gap: the other books' balance minus these books' (minor units).
    """
    suspects = list(_suspects([each for each in history if each.effective_at <= until]))
    suspects.sort(key=lambda each: (each.effective_at, each.version), reverse=True)
    found: dict[str, list[Candidate]] = {kind: [] for kind in _WORDS}
    for suspect in suspects:
        for candidate in _explanations(suspect, gap):
            found[candidate.explanation].append(candidate)
    return [candidate for kind in found.values() for candidate in kind][:MOST]


def _suspects(history: Sequence[Dated[AccountEvent]]) -> Iterator[_Suspect]:
    opening: _Suspect | None = None
    for version, effective_at, event in history:
        if isinstance(event, AccountOpened | OpeningAmended):
            opening = _Suspect(
                version, effective_at, "initial balance", event.initial_balance, is_opening=True
            )
    if opening is not None and opening.amount:
        yield opening
    for entry in entries_of(history).values():
        yield _Suspect(
            entry.version,
            entry.effective_at,
            entry.event.what,
            entry.event.signed_amount,
            entry.description,
            is_reversed=bool(entry.reversed_by),
        )


def _explanations(entry: _Suspect, gap: int) -> Iterator[Candidate]:
    amount = entry.amount
    if entry.is_reversed:
        if gap == amount:
            yield Candidate(entry, REVERSED_HERE)
        return
    if gap == -amount:
        yield Candidate(entry, ONLY_HERE)
    if gap == -2 * amount and not entry.is_opening:
        yield Candidate(entry, WRONG_WAY)
    if gap % 9 == 0:  # as for any two digits that change places
        right = abs(amount) + (gap if amount > 0 else -gap)
        if right in _with_neighbours_swapped(abs(amount)):
            yield Candidate(entry, SWAPPED_DIGITS, right)


def _with_neighbours_swapped(amount: int) -> set[int]:
    """What an amount becomes where two neighbouring digits of it change places."""
    digits = f"0{amount}"  # 10 may have been meant as 01, and 1 as 10
    swapped = {
        int(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :])
        for place in range(len(digits) - 1)
    }
    return {each for each in swapped if 0 < each <= MAX_MINOR_UNITS} - {amount}


def in_words(found: Iterable[Candidate], decimals: int) -> str:
    """What may be wrong, for people."""
    return "; ".join(_told(each, decimals) for each in found)


def _told(candidate: Candidate, decimals: int) -> str:
    entry = candidate.entry
    amount = format_minor_units(abs(entry.amount), decimals)
    text = f", {entry.description}" if entry.description else ""
    words = (
        f"version {entry.version} ({entry.what} of {amount} on "
        f"{moment(entry.effective_at)}{text}) {_WORDS[candidate.explanation]}"
    )
    if candidate.right_amount is not None:
        words += f" and be {format_minor_units(candidate.right_amount, decimals)}"
    return words


def as_details(found: Iterable[Candidate], decimals: int) -> list[dict[str, object]]:
    """The same for programs: amounts as signed decimals, the right one without a sign."""
    return [
        {
            "version": each.entry.version,
            "effective_at": format_instant(each.entry.effective_at),
            "amount": format_minor_units(each.entry.amount, decimals),
            "description": each.entry.description,
            "explanation": each.explanation,
            "right_amount": None
            if each.right_amount is None
            else format_minor_units(each.right_amount, decimals),
            "is_opening": each.entry.is_opening,
        }
        for each in found
    ]
