"""What may be an entry of a statement though it is recorded otherwise.

An entry that somebody typed, one that the bank lists with other words or on another day than before
(*pending* then, *booked* now), and one side of a transfer are not known by their content. So what
no entry of the statement is the same as is compared once more: the same amount within five days,
the nearest first, and each of both at most once. Whoever imports decides what these are.

`ledger.bank_statements.matching.waiting_entries` says what is like what. An entry that a rule makes
a transfer of is compared with the other account, too: its side may be there as a deposit or a
withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.matching.deduplication import Match, match_entries
from ledger.bank_statements.matching.recorded_entries import (
    RecordedEntry,
    days_around,
    entries_within,
    entry_at,
)
from ledger.bank_statements.matching.waiting_entries import WaitingEntries
from ledger.bank_statements.statement import Entry
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone

FIVE_DAYS: Final = 5


class Likeness(StrEnum):
    """What a recorded entry is to one of a statement: the same one, perhaps the same one, one side
    of a transfer of its amount, or perhaps the other side of the transfer that a rule makes of it.
    """

    SAME = "same"
    SIMILAR = "similar"
    TRANSFER = "transfer"
    OTHER_SIDE = "other side"


class Decision(StrEnum):
    """What becomes of an entry that is like one that is there: it has to be decided, it is not
    recorded again, or it is all the same. Of the other side of a transfer, that alone is not."""

    ASK = "ask"
    SKIP = "skip"
    TAKE = "take"


class Decisions(msgspec.Struct, frozen=True):
    """What is decided about entries that are like one that is there.

    Attributes:
        duplicates: of similar entries.
        transfers: of transfers.
        single: of entries by account and place in the plan; goes before the others.
    """

    duplicates: Decision = Decision.ASK
    transfers: Decision = Decision.ASK
    single: Mapping[tuple[str, int], Decision] = {}

    def of(self, account_id: str, place: int, likeness: Likeness) -> Decision:
        is_transfer = likeness in (Likeness.TRANSFER, Likeness.OTHER_SIDE)
        every = self.transfers if is_transfer else self.duplicates
        return self.single.get((account_id, place), every)


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """What an entry of a statement is in the ledger.

    Attributes:
        match: by what it says.
        likeness: to ``other``; None where there is nothing like it.
        other: the recorded entry that it is, or is like; None where that was not looked up.
        decision: what becomes of it where it is like another one.
    """

    match: Match
    likeness: Likeness | None = None
    other: RecordedEntry | None = None
    decision: Decision = Decision.TAKE

    @property
    def is_there(self) -> bool:
        """Whether nothing is to be recorded."""
        skipped = self.decision is Decision.SKIP and self.likeness is not Likeness.OTHER_SIDE
        return self.match.is_there or skipped

    @property
    def has_other_side(self) -> bool:
        """Whether the other side of a transfer is there already."""
        return self.decision is Decision.SKIP and self.likeness is Likeness.OTHER_SIDE


Coming = Mapping[str, Sequence[RecordedEntry]]
"""What is going to be recorded before, by account."""


def compare_entries(
    store: EventStore,
    account_id: str,
    entries: Sequence[Entry],
    book_zone: BookZone,
    decisions: Decisions,
    coming: Coming,
) -> list[Comparison]:
    """Find out what the entries of a statement are in the ledger.

    What it says holds while nobody else can write.

    Args:
        entries: in the order in which they are to be recorded.
        coming: what other statements of the same file record first.
    """
    matches = match_entries(store, account_id, entries)
    compared = [Comparison(match) for match in matches]
    left = [place for place, match in enumerate(matches) if not match.is_there]
    if not left:
        return compared
    days = days_around((day_of(entries[place].moment) for place in left), FIVE_DAYS)
    taken = {match.version for match in matches if match.is_there}
    recorded = [
        each
        for each in entries_within(store, account_id, *days, book_zone)
        if each.version not in taken
    ]
    of_id = {  # those that have the bank's id of an entry that is there, and another amount
        place: entry_at(store, account_id, matches[place].version, book_zone)
        for place in left
        if matches[place].version
    }
    named = {other.version for other in of_id.values() if other is not None}
    pool = WaitingEntries(
        account_id,
        [*(each for each in recorded if each.version not in named), *coming.get(account_id, ())],
        entries,
    )
    found = [(place, Likeness.SIMILAR, other) for place, other in of_id.items() if other]
    found += _alike(pool, entries, [place for place in left if of_id.get(place) is None])
    for place, likeness, other in found:
        decision = Decision.SKIP
        if likeness is not Likeness.SAME and not _is_said_to_be(entries[place], other):
            decision = decisions.of(account_id, place, likeness)
        compared[place] = Comparison(matches[place], likeness, other, decision)
    single = [place for place in left if compared[place].likeness is None]
    for place, other in _other_sides(store, entries, single, book_zone, coming):
        decision = decisions.of(account_id, place, Likeness.OTHER_SIDE)
        compared[place] = Comparison(matches[place], Likeness.OTHER_SIDE, other, decision)
    return compared


def _is_said_to_be(entry: Entry, other: RecordedEntry) -> bool:
    """Whether a rule says that an entry is a transfer with the account of one that is there."""
    return bool(other.counterparty) and entry.transfer_with == other.counterparty


def _alike(
    pool: WaitingEntries, entries: Sequence[Entry], places: Sequence[int]
) -> Iterator[tuple[int, Likeness, RecordedEntry]]:
    """The places of entries that are like one that is there, with what it is; the surest first."""
    steps: list[tuple[Likeness, Callable[[Entry, int], RecordedEntry | None], int]] = [
        (Likeness.SAME, lambda entry, _: pool.take_same(entry), 0)
    ]
    for distance in range(FIVE_DAYS + 1):
        steps.append((Likeness.TRANSFER, pool.take_transfer, distance))
        steps.append((Likeness.SIMILAR, pool.take_similar, distance))
    places = [place for place in places if pool.has_amount_of(entries[place])]
    for likeness, take, distance in steps:
        still = []
        for place in places:
            found = take(entries[place], distance)
            if found is None:
                still.append(place)
            else:
                yield place, likeness, found
        places = still


def _other_sides(
    store: EventStore,
    entries: Sequence[Entry],
    places: Sequence[int],
    book_zone: BookZone,
    coming: Coming,
) -> Iterator[tuple[int, RecordedEntry]]:
    """The entries that a rule makes transfers of, with what may be their other side."""
    by_account: dict[str, list[int]] = {}
    for place in places:
        if entries[place].transfer_with:
            by_account.setdefault(entries[place].transfer_with, []).append(place)
    for account_id, of_account in by_account.items():
        days = days_around((day_of(entries[place].moment) for place in of_account), FIVE_DAYS)
        recorded = entries_within(store, account_id, *days, book_zone)
        sides = [
            replace(entries[place], amount_minor=-entries[place].amount_minor)
            for place in of_account
        ]
        pool = WaitingEntries(account_id, [*recorded, *coming.get(account_id, ())], sides)
        for distance in range(FIVE_DAYS + 1):
            for place, side in zip(of_account, sides, strict=True):
                found = pool.take_plain(side, distance)
                if found is not None:
                    yield place, found
