"""Recorded entries that nothing in a statement is the same as yet, and what is like them.

Words that are the same do not tell a purchase that comes again from one that the bank lists on
another day. So it is asked about, unless the bank tells them apart: by two times on one day, by two
ids, or since such a purchase is usual, on three days or more, and the statement misses none of them
on the days that it covers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Final

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.matching.deduplication import came_by_reference
from ledger.bank_statements.matching.imported_entries import import_prefix
from ledger.bank_statements.matching.recorded_entries import RecordedEntry, words_of
from ledger.bank_statements.statement import Entry

_USUAL: Final = 3
"""Days on which the same is bought."""

_NO_WORDS: Final = "\0"
"""Stands for a text that was erased; no other one has a NUL."""


class _Kind(Enum):
    """How a recorded entry came to be: typed, by a statement that has its day, its time or the
    bank's id of it, or as one side of a transfer."""

    TYPED = auto()
    DATED = auto()
    TIMED = auto()
    WITH_ID = auto()
    TRANSFER = auto()


class WaitingEntries:
    """Waits with recorded entries until they are taken, each once.

    They are kept by amount, day and kind, and then by their words.

    Args:
        account_id: of the account that they are in.
        entries: all of the statement.
    """

    def __init__(
        self, account_id: str, recorded: Iterable[RecordedEntry], entries: Sequence[Entry]
    ) -> None:
        self._waiting: dict[tuple[int, int, _Kind], dict[str, deque[RecordedEntry]]] = {}
        self._days: dict[tuple[int, str], set[int]] = {}
        covered = [day_of(entry.moment).toordinal() for entry in entries]
        self._first, self._last = min(covered), max(covered)
        recorded = list(recorded)
        self._amounts = {each.amount for each in recorded}
        for entry, day in zip(entries, covered, strict=True):
            if entry.amount_minor not in self._amounts:
                continue
            self._days.setdefault((entry.amount_minor, words_of(entry.description)), set()).add(day)
        self._listed_otherwise: set[tuple[int, str]] = set()
        for each in recorded:
            words = _NO_WORDS if each.text is None else words_of(each.text)
            day = each.day.toordinal()
            place = (each.amount, day, _kind_of(each, account_id))
            self._waiting.setdefault(place, {}).setdefault(words, deque()).append(each)
            self._days.setdefault((each.amount, words), set()).add(day)
            if self._first <= day <= self._last:
                self._listed_otherwise.add((each.amount, words))

    def has_amount_of(self, entry: Entry) -> bool:
        """Whether one of its amount waited at first; most have none."""
        return entry.amount_minor in self._amounts

    def take_same(self, entry: Entry) -> RecordedEntry | None:
        """One of its day with its words, which no statement of this kind can have brought.

        What came with the same id, day or time is known by that before.
        """
        is_timed = isinstance(entry.moment, datetime)
        kinds = [_Kind.TYPED, _Kind.DATED if is_timed else _Kind.TIMED]
        kinds += [] if entry.reference else [_Kind.WITH_ID]
        words = words_of(entry.description)
        for kind in kinds:
            waiting = self._of(entry, 0, kind)
            if words in waiting:
                return _taken(waiting, words)
        return None

    def take_transfer(self, entry: Entry, distance: int) -> RecordedEntry | None:
        """One side of a transfer, so many days before or after."""
        return self._first_of(entry, distance, (_Kind.TRANSFER,))

    def take_plain(self, entry: Entry, distance: int) -> RecordedEntry | None:
        """A deposit or withdrawal of its amount, so many days before or after."""
        kinds = (_Kind.TYPED, _Kind.DATED, _Kind.TIMED, _Kind.WITH_ID)
        return self._first_of(entry, distance, kinds)

    def _first_of(
        self, entry: Entry, distance: int, kinds: Sequence[_Kind]
    ) -> RecordedEntry | None:
        for away in {distance, -distance}:
            for kind in kinds:
                waiting = self._of(entry, away, kind)
                if waiting:
                    return _taken(waiting, next(iter(waiting)))
        return None

    def take_similar(self, entry: Entry, distance: int) -> RecordedEntry | None:
        """One that may be the same, so many days before or after."""
        words = words_of(entry.description)
        for away in sorted({distance, -distance}):
            for kind in (_Kind.TYPED, _Kind.DATED, _Kind.TIMED, _Kind.WITH_ID):
                waiting = self._of(entry, away, kind)
                passed = words if self._is_told_apart(entry, words, away, kind) else None
                found = next((each for each in waiting if each != passed), None)
                if self._has_another_id(entry, away, kind):
                    found = words if not away and words in waiting else None
                if found is not None:
                    return _taken(waiting, found)
        return None

    def _of(self, entry: Entry, away: int, kind: _Kind) -> dict[str, deque[RecordedEntry]]:
        """Those of its amount and of a kind, so many days away, by their words."""
        day = day_of(entry.moment).toordinal() + away
        return self._waiting.get((entry.amount_minor, day, kind), {})

    def _is_told_apart(self, entry: Entry, words: str, away: int, kind: _Kind) -> bool:
        """Whether an entry with the same words is another purchase."""
        if kind is _Kind.TYPED:
            return False
        if not away:
            return kind is _Kind.TIMED and isinstance(entry.moment, datetime)
        is_usual = len(self._days[entry.amount_minor, words]) >= _USUAL
        return is_usual and (entry.amount_minor, words) not in self._listed_otherwise

    def _has_another_id(self, entry: Entry, away: int, kind: _Kind) -> bool:
        """Whether the bank has two ids for them. It does not tell them apart where the file covers
        the day of the other, and does not list it: some banks number every file anew."""
        day = day_of(entry.moment).toordinal() + away
        is_covered = self._first < day < self._last
        return kind is _Kind.WITH_ID and bool(entry.reference) and not is_covered


def _kind_of(entry: RecordedEntry, account_id: str) -> _Kind:
    if entry.counterparty:
        return _Kind.TRANSFER
    if came_by_reference(account_id, entry.key):
        return _Kind.WITH_ID
    prefix = import_prefix(account_id)
    if not entry.key.startswith(prefix):
        return _Kind.TYPED
    return _Kind.TIMED if "T" in entry.key[len(prefix) :] else _Kind.DATED


def _taken(waiting: dict[str, deque[RecordedEntry]], words: str) -> RecordedEntry:
    taken = waiting[words].popleft()
    if not waiting[words]:
        del waiting[words]
    return taken
