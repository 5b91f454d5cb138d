"""What was known at a moment: the log up to a position.

An event's *known time* is the least of its recorded time and those of all later clock corrections
that stand and reach back to it. It was known once that time had come for it and for every event
before it; so what was known by a moment is always the log up to a position.

Recorded times only step back at a correction. Between two of the places where one stands or reaches
back to, they never run backwards, and whatever is looked for is found there by bisection.

What is archived is read from there, but for when its end was recorded. A verification proves that
one, unless a correction is archived, too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import msgspec

from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import ClockCorrected
from ledger.domain.clock import Ahead
from ledger.domain.instant import to_datetime
from ledger.errors import DamagedLedger
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A correction of the clock.

    Attributes:
        version: of the book.
        position: where it stands in the log.
        from_position: from where on it corrects.
        recorded_us: µs UTC.
        stands: whether it was not withdrawn.
    """

    version: int
    position: int
    from_position: int
    recorded_us: int
    stands: bool
    reason: str = ""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded_us)


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """Positions from ``first`` to ``last`` that are in the order of their recorded times.

    Attributes:
        corrected_at: the recorded time (µs UTC) of the earliest correction that reaches back over
            all of them; None where none does.
    """

    first: int
    last: int
    corrected_at: int | None


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
            recorded.version,
            recorded.position,
            event.from_position,
            recorded.recorded_at,
            recorded.version in standing,
            event.reason,
        )
        for recorded, event in found
    ]


def position_known_by(store: EventStore, instant: int) -> int:
    """The last position that was known by an instant (µs UTC), with all before it; 0 for none.

    Raises:
        DamagedLedger: an event is missing from the log.
    """
    for stretch in _stretches(store, clock_corrections(store)):
        if stretch.corrected_at is not None and stretch.corrected_at <= instant:
            continue  # all of these were known by then, whatever they say themselves
        last = _recorded_by(store, instant, stretch)
        if last < stretch.last:
            return last
    return store.head().position


def last_known(store: EventStore, *, without: int) -> int:
    """When all of the log was known (µs UTC), had one correction never been.

    Args:
        without: the book's version of the correction.
    """
    corrections = [
        msgspec.structs.replace(each, stands=each.stands and each.version != without)
        for each in clock_corrections(store)
    ]
    found = store.head().recorded_us
    for stretch in _stretches(store, corrections):
        known = _recorded_at(store, stretch.last)
        if stretch.corrected_at is not None:
            known = min(known, stretch.corrected_at)
        found = max(found, known)
    return found


def ahead_of(store: EventStore, now: int) -> Ahead | None:
    """The end of the log, where it was recorded later than it is now (µs UTC); else None."""
    head = store.head()
    if head.recorded_us <= now:
        return None
    first = position_known_by(store, now) + 1
    return Ahead(
        first,
        head.position,
        _recorded_at(store, first),
        head.recorded_us,
        _recorded_at(store, first - 1) if first > 1 else None,
        now,
    )


def recorded_from(store: EventStore, instant: int) -> Iterator[RecordedEvent]:
    """The events that say of themselves that they were recorded at an instant (µs UTC) or later.

    All events that are effective then are among them, but for those that are dated by another one.
    """
    for stretch in _stretches(store, clock_corrections(store)):
        last = _recorded_by(store, instant - 1, stretch)
        if last < stretch.last:
            yield from store.read_all(after_position=last, to_position=stretch.last)


def _stretches(store: EventStore, corrections: list[Correction]) -> list[_Stretch]:
    """The whole log, in order."""
    standing = [each for each in corrections if each.stands]
    end = store.head().position + 1
    places = {1, end, *(each.position for each in corrections)}
    places |= {each.from_position for each in standing if 1 <= each.from_position < end}
    archive = archive_of(store)
    if archive is not None:  # when it ends is known without it
        places.add(archive.position + 1)
    return [
        _Stretch(
            first,
            following - 1,
            min(
                (
                    each.recorded_us
                    for each in standing
                    if each.from_position <= first < each.position
                ),
                default=None,
            ),
        )
        for first, following in pairwise(sorted(places))
    ]


def _recorded_by(store: EventStore, instant: int, stretch: _Stretch) -> int:
    """The last position of a stretch that was recorded by an instant, or the one before it."""
    if _recorded_at(store, stretch.last) <= instant:
        return stretch.last
    positions = range(stretch.first, stretch.last)
    recorded_by = bisect_right(positions, instant, key=lambda each: _recorded_at(store, each))
    return stretch.first - 1 + recorded_by


def _recorded_at(store: EventStore, position: int) -> int:
    archive = archive_of(store)
    if archive is not None and position == archive.position and _is_end_proven(store, position):
        return archive.segments()[-1].recorded_at
    found = next(store.read_all(after_position=position - 1, to_position=position), None)
    if found is None:
        raise DamagedLedger(
            f"the event at position {position} is missing",
            advice="keep the ledger as it is, and find out what is wrong with it",
            position=position,
        )
    return found.recorded_at


def _is_end_proven(store: EventStore, end: int) -> bool:
    """Whether a verification proves, without the archive, when its end was recorded."""
    return all(each.position > end for each in clock_corrections(store))
