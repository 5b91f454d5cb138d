"""Times in the future: what a clock that is wrong, or was, has left in a log.

Events are effective no later than they are recorded, but for those that another one dates, and only
a correction lets recorded times step back. So nothing has to be read of a log that ends in the
past and was never corrected.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import msgspec

from ledger.commands.book_times import BookTimes
from ledger.commands.known import ahead_of, recorded_from
from ledger.domain.clock import TOLERANCE, Ahead
from ledger.domain.instant import to_datetime
from ledger.eventstore.store import EventStore


class DatedAhead(msgspec.Struct, frozen=True, gc=False):
    """Events that happen in the future, by their effective times, though known today.

    Attributes:
        events: how many there are.
        position, account_id: of the first one.
        until_us: the latest effective time (µs UTC).
    """

    events: int
    position: int
    account_id: str
    until_us: int

    @property
    def until(self) -> datetime:
        """The latest effective time (UTC)."""
        return to_datetime(self.until_us)


def recorded_ahead(store: EventStore, now: int) -> Ahead | None:
    """The end of the log, where it was recorded later than now by more than clocks may differ."""
    ahead = ahead_of(store, now)
    return ahead if ahead is not None and ahead.beyond_tolerance else None


def dated_ahead(store: EventStore, now: int) -> DatedAhead | None:
    """What is effective later than now (µs UTC) by more than clocks may differ, if anything."""
    latest = now + TOLERANCE
    found: DatedAhead | None = None
    for event in recorded_from(store, latest + 1):
        if event.effective_at <= latest:
            continue
        if found is None:
            found = DatedAhead(1, event.position, event.stream_id, event.effective_at)
        else:
            found = msgspec.structs.replace(
                found, events=found.events + 1, until_us=max(found.until_us, event.effective_at)
            )
    return found


def future_notes(store: EventStore, now: int) -> list[str]:
    """What is to be said of times in the future; nothing where there are none."""
    shown = partial(_second, BookTimes(store))
    ahead = recorded_ahead(store, now)
    if ahead is not None:
        return [
            f"{_events(ahead.events)} recorded from position {ahead.from_position} on, later than "
            f"this machine's clock says: up to {shown(ahead.until_us)}, and it is "
            f"{shown(now)}: this clock is wrong, or another one was, which can be put right "
            "in the book"
        ]
    dated = dated_ahead(store, now)
    if dated is None:
        return []
    return [
        f"{_events(dated.events)} dated later than now, up to {shown(dated.until_us)}, since "
        f"a clock was wrong; the first is at position {dated.position}, account {dated.account_id}"
    ]


def _events(count: int) -> str:
    return "1 change is" if count == 1 else f"{count} changes are"


def _second(times: BookTimes, instant: int) -> str:
    """To the second: nobody has to tell two of these from one another."""
    return times.zone.show(instant - instant % 1_000_000)
