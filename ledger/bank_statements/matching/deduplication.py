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
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Final

import msgspec

from ledger.bank_statements.cells.dates import day_of
from ledger.bank_statements.matching.imported_entries import (
    ImportedEntries,
    ImportedEntry,
    import_prefix,
)
from ledger.bank_statements.matching.recorded_entries import words_of
from ledger.bank_statements.statement import Entry
from ledger.domain.instant import to_instant
from ledger.eventstore.store import EventStore


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


def key_prefix(account_id: str, moment: date, amount: int) -> str:
    """What the keys of entries of one date and amount begin with; a number follows.

    Args:
        moment: a date, or a date and time.
        amount: signed minor units.
    """
    return f"{import_prefix(account_id)}{moment.isoformat()}:{amount}:"


def reference_prefix(account_id: str, reference: str) -> str:
    """What the keys of entries with one id of the bank begin with; a number follows.

    No account id and no date has a ``#``, so no other key begins so.
    """
    return f"{import_prefix(account_id)}#{reference}#"


def came_by_reference(account_id: str, key: str) -> bool:
    """Whether an entry of an account was imported, and is known by the bank's own id."""
    return key.startswith(f"{import_prefix(account_id)}#")


def match_entries(store: EventStore, account_id: str, entries: Sequence[Entry]) -> list[Match]:
    """Find out which entries of a statement are recorded already, and give the others their keys.

    What it says holds while nobody else can write.

    Args:
        entries: in the order in which they are to be recorded; only with ids that `with_sure_ids`
            left them.
    """
    known = ImportedEntries(store, account_id)
    by_reference = _match_by_reference(known, account_id, entries)
    groups: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        if place not in by_reference or not by_reference[place].is_there:
            prefix = key_prefix(account_id, entry.moment, entry.amount_minor)
            groups.setdefault(prefix, []).append(place)
    matches: dict[int, Match] = {}
    for prefix, places in groups.items():
        words = [words_of(entries[place].description) for place in places]
        there, used = known.that_count(prefix), known.numbers(prefix)
        matches.update(zip(places, _match(prefix, words, there, used), strict=True))
    for place, match in by_reference.items():
        if place not in matches or not matches[place].is_there:
            matches[place] = match
    return [matches[place] for place in range(len(entries))]


_ID: Final = re.compile(r"(?=.*[0-9])[!-~]{1,100}").fullmatch
_WORD: Final = re.compile(r"[A-Za-z]{4,}").finditer
_HEXADECIMAL: Final = re.compile(r"[A-Fa-f]+").fullmatch
_WEEK: Final = 7 * 86_400_000_000


def with_sure_ids(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, without what can be no id of one of them.

    An id that the file has twice is none. Nor is what may be a text, such as a name, which a key
    would keep when it is erased: it has no space, but a digit, and no word of letters.
    """
    entries = list(entries)
    often = Counter(entry.reference for entry in entries)
    return [
        each
        if not each.reference or (often[each.reference] == 1 and _is_id(each.reference))
        else msgspec.structs.replace(each, reference="")
        for each in entries
    ]


def _is_id(reference: str) -> bool:
    words = (found.group() for found in _WORD(reference))
    return bool(_ID(reference)) and all(map(_HEXADECIMAL, words))


def _match_by_reference(
    known: ImportedEntries, account_id: str, entries: Sequence[Entry]
) -> dict[int, Match]:
    """Match the entries that have an id, by their places.

    Some banks number each file anew. So an id is not enough where amount, words and day differ.
    """
    matches = {}
    for place, entry in enumerate(entries):
        if not entry.reference:
            continue
        prefix = reference_prefix(account_id, entry.reference)
        there = known.that_count(prefix)
        same = next((one for one in there if _is_same(one, entry)), None)
        if same is not None:
            matches[place] = Match(same.key, is_there=True, version=same.version)
            continue
        number = 1 + max(known.numbers(prefix), default=0)
        other = there[-1].version if there else 0
        matches[place] = Match(f"{prefix}{number}", is_there=False, version=other)
    return matches


def _is_same(one: ImportedEntry, entry: Entry) -> bool:
    if one.amount != entry.amount_minor:
        return False
    midnight = datetime.combine(day_of(entry.moment), time(), UTC)
    away = abs(one.effective_at - to_instant(midnight))
    return away <= _WEEK or one.words in (None, words_of(entry.description))


def _match(
    prefix: str, words: Sequence[str], there: Sequence[ImportedEntry], used: Container[int]
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


def _match_by_words(
    words: Sequence[str], there: Sequence[ImportedEntry]
) -> dict[int, ImportedEntry]:
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
    left: dict[str | None, deque[ImportedEntry]] = {}
    for one in sorted(there, key=lambda one: not one.unsure):
        if one.number not in taken:
            left.setdefault(one.words, deque()).append(one)
    for place, wanted in enumerate(words):
        if place not in matched and left.get(wanted):
            matched[place] = left[wanted].popleft()
    return matched
