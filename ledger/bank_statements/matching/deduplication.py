"""What makes an entry of a statement the same one when it comes again.

An entry is known by the bank's own id, where the statement has one for it alone. Else it is known
by its content: its date (with the time of day, where the statement has one), its
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
description template; `ledger.bank_statements.matching.similar_entries` finds these.

The key that an entry is recorded with has the bank's id, or its date and amount, and a number among
those that share that. It has nothing of the description, nor a digest of it, with which a guess
could be tested once the description is erased; descriptions are compared with those of the recorded
entries. Of some of these it is not known what the statement said: the description was erased, or
somebody edited the line on its way through a batch. Such an entry counts as the same as any of its
date and amount that no other one matches, in the order of the file; who imports is told of each.

What was reversed is not there, so a statement whose import was undone can be imported again; unless
it counts until a later moment. What was corrected is there: the bank's line is recorded, only
better. It is gone once what took its place in the account is reversed, too.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Container, Sequence
from datetime import date
from itertools import count
from typing import Final

import msgspec

from ledger.bank_statements.matching.recorded_entries import TakenBack, words_of
from ledger.bank_statements.statement import Entry
from ledger.commands.context import BATCH
from ledger.domain.events import Movement
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import came_via
from ledger.eventstore.records import KeyRecord
from ledger.eventstore.store import EventStore

ERASED: Final = "its description was erased"
EDITED: Final = "it came by a batch, where its description may have been edited"


class Match(msgspec.Struct, frozen=True, gc=False):
    """What an entry of a statement is in the ledger.

    Attributes:
        key: of the entry, recorded or to be.
        is_there: whether it is recorded already.
        unsure: why that is not certain; empty where it is.
        version: of the entry of the account that it is, or that has its id and another amount.
    """

    key: str
    is_there: bool
    unsure: str = ""
    version: int = 0


class _Recorded(msgspec.Struct, gc=False):
    """An entry that is recorded already.

    Attributes:
        number: among those of its date and amount.
        version: in the account; 0 where the log does not have it.
        amount: signed minor units.
        words: of its description; None where that was erased.
        unsure: why it may be another than its words say.
    """

    number: int
    version: int
    key: str
    amount: int
    words: str | None
    unsure: str


def key_prefix(account_id: str, moment: date, amount: int) -> str:
    """What the keys of entries of one date and amount begin with; a number follows.

    Args:
        moment: a date, or a date and time.
        amount: signed minor units.
    """
    return f"import:{account_id}:{moment.isoformat()}:{amount}:"


def reference_prefix(account_id: str, reference: str) -> str:
    """What the keys of entries with one id of the bank begin with; a number follows.

    No account id and no date has a ``#``, so no other key begins so.
    """
    return f"import:{account_id}:#{reference}#"


def came_by_content(account_id: str, key: str) -> bool:
    """Whether an entry of an account was imported, and is known by its content."""
    return key.startswith(f"import:{account_id}:") and not came_by_reference(account_id, key)


def came_by_reference(account_id: str, key: str) -> bool:
    """Whether an entry of an account was imported, and is known by the bank's own id."""
    return key.startswith(f"import:{account_id}:#")


def match_entries(store: EventStore, account_id: str, entries: Sequence[Entry]) -> list[Match]:
    """Find out which entries of a statement are recorded already, and give the others their keys.

    What it says holds while nobody else can write.

    Args:
        entries: in the order in which they are to be recorded.
    """
    taken_back = TakenBack(store, account_id)
    by_reference = _match_by_reference(store, account_id, entries, taken_back)
    groups: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        if place not in by_reference or not by_reference[place].is_there:
            prefix = key_prefix(account_id, entry.moment, entry.amount)
            groups.setdefault(prefix, []).append(place)
    matches: dict[int, Match] = {}
    for prefix, places in groups.items():
        recorded = _recorded(store, account_id, prefix)
        used = {one.number for one in recorded}
        there = [one for one in recorded if one.version not in taken_back]
        words = [words_of(entries[place].description) for place in places]
        matches.update(zip(places, _match(prefix, words, there, used), strict=True))
    for place, match in by_reference.items():
        if place not in matches or not matches[place].is_there:
            matches[place] = match
    return [matches[place] for place in range(len(entries))]


_REFERENCE: Final = re.compile(r"(?=.*[0-9])[!-~]{1,100}").fullmatch
"""An id, and not a text, which a key would keep when it is erased: without spaces, with a digit."""


def _match_by_reference(
    store: EventStore, account_id: str, entries: Sequence[Entry], taken_back: TakenBack
) -> dict[int, Match]:
    """Match the entries, by their places, that have an id which no other one of the file has."""
    often = Counter(entry.reference for entry in entries)
    matches = {}
    for place, entry in enumerate(entries):
        if often[entry.reference] > 1 or not _REFERENCE(entry.reference):
            continue
        prefix = reference_prefix(account_id, entry.reference)
        recorded = _recorded(store, account_id, prefix)
        there = [one for one in recorded if one.version not in taken_back]
        same = next((one for one in there if one.amount == entry.amount), None)
        if same is not None:
            matches[place] = Match(same.key, is_there=True, version=same.version)
            continue
        number = 1 + max((one.number for one in recorded), default=0)
        other = there[-1].version if there else 0
        matches[place] = Match(f"{prefix}{number}", is_there=False, version=other)
    return matches


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
            matches.append(Match(one.key, is_there=True, version=one.version))
        elif unsure:
            one = unsure.popleft()
            matches.append(Match(one.key, True, one.unsure, one.version))
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


def _recorded(store: EventStore, account_id: str, prefix: str) -> list[_Recorded]:
    """The entries that were recorded under the keys with a number behind a prefix, by number."""
    found = [
        _read(store, account_id, record, int(number))
        for record in store.key_records(prefix=prefix)
        if (number := record.key[len(prefix) :]).isdecimal() and number.isascii()
    ]
    return sorted(found, key=lambda one: one.number)


def _read(store: EventStore, account_id: str, record: KeyRecord, number: int) -> _Recorded:
    events = store.read_all(
        after_position=record.first_position - 1, to_position=record.last_position
    )
    recorded = next((each for each in events if each.stream_id == account_id), None)
    version, amount, words, unsure = 0, 0, None, EDITED
    if recorded is not None:
        version = recorded.version
        try:
            event = decode_event(recorded)
        except UnreadableEvent:
            event = None
        if isinstance(event, Movement):
            amount = event.signed_amount
            words = words_of(event.words)
            unsure = EDITED if came_via(recorded.metadata) == BATCH else ""
        if recorded.erased:
            words, unsure = None, ERASED
    return _Recorded(number, version, record.key, amount, words, unsure)
