"""What may be an entry of a statement though it is recorded otherwise.

An entry that somebody typed, one that the bank lists with other words or on another day than before
(*pending* then, *booked* now), and one side of a transfer are not known by their content. So what
no entry of the statement is the same as is compared once more: the same amount within five days,
the nearest first, and each of both at most once. Whoever imports decides what these are.

No likeness is seen where the bank says that there is none, by two ids, nor in what is bought again
and again: the same words and the same amount several times.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, StrEnum, auto
from typing import Final

import msgspec

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.matching.deduplication import (
    Match,
    came_by_content,
    came_by_reference,
    match_entries,
)
from ledger.bank_statements.matching.recorded_entries import (
    RecordedEntry,
    days_around,
    entries_within,
    entry_at,
    words_of,
)
from ledger.bank_statements.statement import Entry
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone

FIVE_DAYS: Final = 5


class Likeness(StrEnum):
    """What an entry of the account is to one of a statement: the same one, perhaps the same one, or
    a transfer of its amount."""

    SAME = "same"
    SIMILAR = "similar"
    TRANSFER = "transfer"


class Decision(StrEnum):
    """What becomes of an entry that is like one that is there: it has to be decided, it is left
    out, or it is recorded all the same."""

    ASK = "ask"
    SKIP = "skip"
    TAKE = "take"


class Decisions(msgspec.Struct, frozen=True):
    """What is decided about entries that are like one that is there.

    Attributes:
        duplicates: of similar entries.
        transfers: of transfers.
        lines: of single lines of the file; goes before the others.
    """

    duplicates: Decision = Decision.ASK
    transfers: Decision = Decision.ASK
    lines: Mapping[int, Decision] = {}

    def of(self, line: int, likeness: Likeness) -> Decision:
        every = self.transfers if likeness is Likeness.TRANSFER else self.duplicates
        return self.lines.get(line, every)


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """What an entry of a statement is in the ledger.

    Attributes:
        match: by what it says.
        likeness: to ``other``; None where there is nothing like it.
        other: the entry of the account that it is, or is like; None where that was not looked up.
        decision: what becomes of it where it is like another one.
    """

    match: Match
    likeness: Likeness | None = None
    other: RecordedEntry | None = None
    decision: Decision = Decision.TAKE

    @property
    def is_there(self) -> bool:
        """Whether nothing is to be recorded."""
        return self.match.is_there or self.decision is Decision.SKIP


def compare_entries(
    store: EventStore,
    account_id: str,
    entries: Sequence[Entry],
    book_zone: BookZone,
    decisions: Decisions,
) -> list[Comparison]:
    """Find out what the entries of a statement are in the ledger.

    What it says holds while nobody else can write.

    Args:
        entries: in the order in which they are to be recorded.
    """
    matches = match_entries(store, account_id, entries)
    left = [place for place, match in enumerate(matches) if not match.is_there]
    if not left:
        return [Comparison(match) for match in matches]
    first, last = days_around((day_of(entries[place].moment) for place in left), FIVE_DAYS)
    taken = {match.version for match in matches if match.is_there}
    recorded = [
        each
        for each in entries_within(store, account_id, first, last, book_zone)
        if each.version not in taken
    ]
    compared = [Comparison(match) for match in matches]
    of_id = {}  # those that have the bank's id of an entry that is there, and another amount
    for place in left:
        if matches[place].version:
            of_id[place] = entry_at(store, account_id, matches[place].version, book_zone)
    for place, likeness, other in _alike(account_id, entries, left, of_id, recorded):
        decision = Decision.SKIP
        if likeness is not Likeness.SAME and not _is_said_to_be(entries[place], other):
            decision = decisions.of(entries[place].line, likeness)
        compared[place] = Comparison(matches[place], likeness, other, decision)
    return compared


def _is_said_to_be(entry: Entry, other: RecordedEntry) -> bool:
    """Whether a rule says that an entry is a transfer with the account of one that is there."""
    return bool(other.counterparty) and entry.transfer_with == other.counterparty


def _alike(
    account_id: str,
    entries: Sequence[Entry],
    left: Sequence[int],
    of_id: Mapping[int, RecordedEntry | None],
    recorded: Sequence[RecordedEntry],
) -> Iterator[tuple[int, Likeness, RecordedEntry]]:
    """The places of entries that are like one that is there, with what it is."""
    for place, other in of_id.items():
        if other is not None:
            yield place, Likeness.SIMILAR, other
    named = {other.version for other in of_id.values() if other is not None}
    pool = _Pool(account_id, (each for each in recorded if each.version not in named))
    places = [place for place in left if of_id.get(place) is None]
    often = Counter(
        (entry.amount, words_of(entry.description)) for entry in map(entries.__getitem__, places)
    )
    for likeness, distance in _steps():
        still = []
        for place in places:
            entry = entries[place]
            found = pool.take(entry, likeness, distance, often)
            if found is None:
                still.append(place)
            else:
                yield place, likeness, found
        places = still


def _steps() -> Iterable[tuple[Likeness, int]]:
    """The likenesses to look for and the days between, the surest first."""
    yield Likeness.SAME, 0
    for distance in range(FIVE_DAYS + 1):
        yield Likeness.TRANSFER, distance
        yield Likeness.SIMILAR, distance


class _Pool:
    """Entries that are there and that nothing is the same as yet.

    They wait by amount, day and kind, and then by their words.
    """

    def __init__(self, account_id: str, recorded: Iterable[RecordedEntry]) -> None:
        self._waiting: dict[tuple[int, int, _Kind], dict[str, deque[RecordedEntry]]] = {}
        self._often: Counter[tuple[int, str]] = Counter()
        for each in recorded:
            words = _NO_WORDS if each.text is None else words_of(each.text)
            place = (each.amount, each.day.toordinal(), _kind_of(each, account_id))
            self._waiting.setdefault(place, {}).setdefault(words, deque()).append(each)
            self._often[each.amount, words] += 1

    def take(
        self, entry: Entry, likeness: Likeness, distance: int, often: Counter[tuple[int, str]]
    ) -> RecordedEntry | None:
        """Take out an entry that is so like another one, so many days before or after it.

        Args:
            often: how often an amount occurs in the statement with the same words.
        """
        words = words_of(entry.description)
        is_usual = max(often[entry.amount, words], self._often[entry.amount, words]) > 1
        day = day_of(entry.moment).toordinal()
        for on in dict.fromkeys((day - distance, day + distance)):
            for kind in _LIKE[likeness]:
                if kind is _Kind.BY_REFERENCE and entry.reference:
                    continue
                waiting = self._waiting.get((entry.amount, on, kind), {})
                if likeness is Likeness.SAME:
                    found = words if words in waiting else None
                else:
                    passed = words if is_usual and likeness is Likeness.SIMILAR else None
                    found = next((each for each in waiting if each != passed), None)
                if found is not None:
                    return _taken(waiting, found)
        return None


class _Kind(Enum):
    """How an entry that is there came to be."""

    TYPED = auto()
    BY_CONTENT = auto()
    BY_REFERENCE = auto()
    TRANSFER = auto()


def _kind_of(entry: RecordedEntry, account_id: str) -> _Kind:
    if entry.counterparty:
        return _Kind.TRANSFER
    if came_by_reference(account_id, entry.key):
        return _Kind.BY_REFERENCE
    return _Kind.BY_CONTENT if came_by_content(account_id, entry.key) else _Kind.TYPED


_LIKE: Final = {
    # What came by its content and has the same one was found by it.
    Likeness.SAME: (_Kind.TYPED, _Kind.BY_REFERENCE),
    Likeness.SIMILAR: (_Kind.TYPED, _Kind.BY_CONTENT, _Kind.BY_REFERENCE),
    Likeness.TRANSFER: (_Kind.TRANSFER,),
}

_NO_WORDS: Final = "\0"
"""Stands for a text that was erased; no other one has a NUL."""


def _taken(waiting: dict[str, deque[RecordedEntry]], words: str) -> RecordedEntry:
    taken = waiting[words].popleft()
    if not waiting[words]:
        del waiting[words]
    return taken
