"""What was known at a moment: the log up to a position.

An event was known from its *known time* on: the least of its recorded time and of those of all
later clock corrections that stand and reach back to it. Recorded times only step back at a
correction, so between two of these places they never run backwards, and what was known by a moment
is found there by bisection.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec

from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import ClockCorrected
from ledger.errors import DamagedLedger
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore, head_at


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A correction of the clock: where it stands in the log, from where on it corrects, and when it
    was recorded (µs UTC)."""

    position: int
    from_position: int
    recorded_at: int
    stands: bool


def clock_corrections(store: EventStore) -> list[Correction]:
    """All of them, in the order of the log."""
    book = Book(BOOK_STREAM)
    found = []
    for recorded in store.read_stream(BOOK_STREAM):
        event = decode_event(recorded)
        book.apply(event, recorded.effective_at)
        if isinstance(event, ClockCorrected):
            found.append((recorded, event))
    standing = book.state.corrections if book.version else []
    return [
        Correction(
            recorded.position,
            event.from_position,
            recorded.recorded_at,
            stands=recorded.version in standing,
        )
        for recorded, event in found
    ]


def position_known_by(store: EventStore, instant: int) -> int:
    """The last position that was known by an instant (µs UTC), with all before it; 0 for none.

    Raises:
        DamagedLedger: an event is missing from the log.
    """
    corrections = clock_corrections(store)
    standing = [each for each in corrections if each.stands]
    end = store.head().position + 1
    places = {1, end, *(each.position for each in corrections)}
    places |= {each.from_position for each in standing if 1 <= each.from_position < end}
    for first, following in pairwise(sorted(places)):
        if any(
            each.from_position <= first < each.position and each.recorded_at <= instant
            for each in standing
        ):
            continue  # all of these were known by then, whatever they say themselves
        last = _recorded_by(store, instant, first, following)
        if last < following - 1:
            return last
    return end - 1


def _recorded_by(store: EventStore, instant: int, first: int, following: int) -> int:
    """The last position before another one that was recorded by an instant."""
    low, high = first - 1, following - 1
    while low < high:
        middle = (low + high + 1) // 2
        found = head_at(store, middle)
        if found is None:
            raise DamagedLedger(
                f"the event at position {middle} is missing",
                advice="keep the ledger as it is, and find out what is wrong with it",
                position=middle,
            )
        if found.recorded_at <= instant:
            low = middle
        else:
            high = middle - 1
    return low
