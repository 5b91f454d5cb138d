"""What makes an entry of a statement the same one when it comes again.

An entry is known by its content: its date (with the time of day, where the statement has one), its
signed amount and its description. A bank may well list the same content twice on one day, for two
coffees are two coffees. So the occurrences of a content are counted, in the file and in the ledger,
and what the file has more of is imported. The same statement again, or another one that overlaps
it, adds nothing twice.

Of files that overlap, the one with the most occurrences of a content decides how many of them there
are. That is right whenever one of the files has the whole day: a file from this morning, with half
of today's entries, and one from tomorrow, with all of them, leave neither a duplicate nor a gap.
What cannot be seen is a day cut in two, with identical entries on either side of the cut and no
file that has all of them: they count as one and the same. A bank that changes the words of an
entry, from *pending* to *booked* for example, makes another entry of it, and so does a changed
description template. So import booked entries, and change the template only between statements that
do not overlap.

The key that an entry is recorded with has its date and amount and a number among those that share
both. It has nothing of the description, nor a digest of it, with which a guess could be tested once
the description is erased; descriptions are compared with those of the recorded entries. Of some of
these it is not known what the statement said: the description was erased, or somebody edited the
line on its way through a batch. Such an entry counts as the same as any of its date and amount that
no other one matches, in the order of the file; who imports is told of each.

What was reversed is not there, so a statement whose import was undone can be imported again; unless
it counts until a later moment. What was corrected is there: the bank's line is recorded, only
better. It is gone once what took its place in the account is reversed, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from datetime import date
from functools import cached_property
from itertools import count
from typing import Final
from unicodedata import normalize

import msgspec

from ledger.bank_statements.statement import Entry
from ledger.commands.context import BATCH
from ledger.commands.corrected_entries import corrected_version
from ledger.domain.events import EntryReversed, Movement
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import came_via, written_by
from ledger.eventstore.records import KeyRecord, RecordedEvent
from ledger.eventstore.store import EventStore

ERASED: Final = "its description was erased"
EDITED: Final = "it came by a batch, where its description may have been edited"


class Match(msgspec.Struct, frozen=True, gc=False):
    """What an entry of a statement is in the ledger.

    Attributes:
        key: of the entry, recorded or to be.
        is_there: whether it is recorded already.
        unsure: why that is not certain; empty where it is.
    """

    key: str
    is_there: bool
    unsure: str = ""


class _Recorded(msgspec.Struct, gc=False):
    """An entry that is recorded already.

    Attributes:
        number: among those of its date and amount.
        version: in the account; 0 where the log does not have it.
        words: of its description; None where that was erased.
        unsure: why it may be another than its words say.
    """

    number: int
    version: int
    key: str
    words: str | None
    unsure: str


def key_prefix(account_id: str, moment: date, amount: int) -> str:
    """What the keys of entries of one date and amount begin with; a number follows.

    Args:
        moment: a date, or a date and time.
        amount: signed minor units.
    """
    return f"import:{account_id}:{moment.isoformat()}:{amount}:"


def match_entries(store: EventStore, account_id: str, entries: Sequence[Entry]) -> list[Match]:
    """Find out which entries of a statement are recorded already, and give the others their keys.

    What it says holds while nobody else can write.

    Args:
        entries: in the order in which they are to be recorded.
    """
    taken_back = _TakenBack(store, account_id)
    groups: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        prefix = key_prefix(account_id, entry.moment, entry.amount)
        groups.setdefault(prefix, []).append(place)
    matches: dict[int, Match] = {}
    for prefix, places in groups.items():
        recorded = _recorded(store, prefix)
        used = {one.number for one in recorded}
        there = [one for one in recorded if one.version not in taken_back]
        words = [_words(entries[place].description) for place in places]
        matches.update(zip(places, _match(prefix, words, there, used), strict=True))
    return [matches[place] for place in range(len(entries))]


class _TakenBack:
    """The versions of an account's entries of which nothing counts any more.

    They are looked up once somebody asks, which the first statement of an account does not.
    """

    def __init__(self, store: EventStore, account_id: str) -> None:
        self._store = store
        self._account_id = account_id

    def __contains__(self, version: int) -> bool:
        return version in self._versions

    @cached_property
    def _versions(self) -> frozenset[int]:
        gone: set[int] = set()
        moments: dict[int, int] = {}
        wrong_ones: dict[int, int] = {}  # of an entry that corrects one, that one
        reversal: RecordedEvent | None = None
        for recorded in self._store.read_stream(self._account_id):
            moments[recorded.version] = recorded.effective_at
            if reversal is not None:
                event = decode_event(recorded)
                if isinstance(event, Movement) and (
                    wrong := corrected_version(reversal, recorded, event)
                ):
                    wrong_ones[recorded.version] = wrong
                reversal = None
            if recorded.event_type != EntryReversed.__name__:
                continue
            reversal, event = recorded, decode_event(recorded)
            assert isinstance(event, EntryReversed)
            wrong = event.reverses
            if recorded.effective_at != moments[wrong]:
                continue
            if written_by(recorded.metadata).command != "correct":
                gone.add(wrong)
                while wrong in wrong_ones:
                    wrong = wrong_ones[wrong]
                    gone.add(wrong)
        return frozenset(gone)


def _match(
    prefix: str, words: Sequence[str], there: Sequence[_Recorded], used: Container[int]
) -> list[Match]:
    """Match entries of one date and amount with those that are there.

    Args:
        used: the numbers that have a key.
    """
    matched = _match_by_words(words, there)
    taken = {one.number for one in matched.values()}
    unsure = deque(one for one in there if one.unsure and one.number not in taken)
    free = (number for number in count(1) if number not in used)
    matches = []
    for place in range(len(words)):
        one = matched.get(place)
        if one is not None:
            matches.append(Match(one.key, is_there=True))
        elif unsure:
            one = unsure.popleft()
            matches.append(Match(one.key, is_there=True, unsure=one.unsure))
        else:
            matches.append(Match(f"{prefix}{next(free)}", is_there=False))
    return matches


def _match_by_words(words: Sequence[str], there: Sequence[_Recorded]) -> dict[int, _Recorded]:
    """Match those of the same words, by their places.

    A file that comes again as it was finds each of its entries. Those that are not sure go first:
    the fewer are left, the fewer others they can be taken for.
    """
    matched = {
        one.number - 1: one
        for one in there
        if one.number <= len(words) and one.words == words[one.number - 1]
    }
    taken = {one.number for one in matched.values()}
    left: dict[str | None, deque[_Recorded]] = {}
    for one in sorted(there, key=lambda one: not one.unsure):
        if one.number not in taken:
            left.setdefault(one.words, deque()).append(one)
    for place, wanted in enumerate(words):
        if place not in matched and left.get(wanted):
            matched[place] = left[wanted].popleft()
    return matched


def _recorded(store: EventStore, prefix: str) -> list[_Recorded]:
    """The entries that were recorded under the keys of one date and amount, by number."""
    found = [
        _read(store, record, int(number))
        for record in store.key_records(prefix=prefix)
        if (number := record.key[len(prefix) :]).isdecimal() and number.isascii()
    ]
    return sorted(found, key=lambda one: one.number)


def _read(store: EventStore, record: KeyRecord, number: int) -> _Recorded:
    position = record.first_position
    events = store.read_all(after_position=position - 1, to_position=position)
    recorded = next(events, None)
    words, unsure = None, EDITED
    if recorded is not None:
        if recorded.erased:
            unsure = ERASED
        else:
            try:
                event = decode_event(recorded)
            except UnreadableEvent:
                event = None
            if isinstance(event, Movement):
                words = _words(event.words)
                unsure = EDITED if came_via(recorded.metadata) == BATCH else ""
    version = 0 if recorded is None else recorded.version
    return _Recorded(number, version, record.key, words, unsure)


def _words(text: str) -> str:
    """A text as it is compared: spaces, case and Unicode's spellings make no difference."""
    return " ".join(normalize("NFKC", text).casefold().split())
