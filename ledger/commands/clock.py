"""Correcting what a wrong clock did to the log, and taking that back.

A correction is dated by the clock alone, and may be recorded earlier than the event before it. Its
withdrawal is dated as if the correction had never been: by the ordinary rule of the clock, held to
when the log was known without it. So a withdrawal that would put the end of the log into the future
is refused like any other command there, and after one, time goes on where it was.
"""

from __future__ import annotations

from ledger.commands.book import change_book, read_book
from ledger.commands.context import Context
from ledger.commands.known import ahead_of, last_known
from ledger.domain.clock import Ahead
from ledger.domain.instant import format_instant
from ledger.errors import ClockBehind, second
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore


def now_of(store: EventStore) -> int:
    """What the clock says now (µs UTC)."""
    return store.surroundings.now(store.head().position + 1)


def plan_correction(
    store: EventStore, *, from_position: int | None = None, trust_clock: bool = False
) -> Ahead:
    """What a correction of the clock would be about, if it came now.

    Raises:
        NothingToCorrect, ClockBehind, InvalidOption: see `Book.correct_clock`.
    """
    with store.transaction(read_only=True):
        ahead = ahead_of(store, now_of(store))
        read_book(store).correct_clock(ahead, from_position=from_position, trust_clock=trust_clock)
    assert ahead is not None
    return ahead


def correct_clock(
    store: EventStore,
    context: Context,
    *,
    reason: str = "",
    from_position: int | None = None,
    trust_clock: bool = False,
) -> RecordedEvent:
    """Record that a wrong clock dated the end of the log.

    Raises:
        NothingToCorrect, ClockBehind, InvalidOption: see `Book.correct_clock`.
    """
    with store.transaction():
        now = now_of(store)
        ahead = ahead_of(store, now)
        return change_book(
            store,
            context,
            "book correct-clock",
            lambda book: book.correct_clock(
                ahead, reason, from_position=from_position, trust_clock=trust_clock
            ),
            recorded_at=now,
        )


def withdraw_correction(
    store: EventStore, context: Context, *, correction: int | None = None, reason: str = ""
) -> RecordedEvent:
    """Record that a correction of the clock was wrong.

    Args:
        correction: the book's version of it; the last one that stands if left out.

    Raises:
        NothingToCorrect: it does not stand, or none does.
        ClockBehind: without it the log would be far ahead of the clock.
    """
    with store.transaction():
        event = read_book(store).withdraw_correction(correction, reason)
        known = last_known(store, without=event.withdraws)
        try:
            recorded_at = store.surroundings.recorded_time(store.head().position + 1, known)
        except ClockBehind:
            raise _still_ahead(known, now_of(store)) from None
        return change_book(
            store,
            context,
            "book correct-clock",
            lambda _: event,
            recorded_at=recorded_at,
        )


def _still_ahead(known: int, now: int) -> ClockBehind:
    return ClockBehind(
        f"without the correction the log would end at {second(known)}, and this machine's "
        f"clock says {second(now)}",
        advice="see whether this machine's clock is right; if it is, so is the correction",
        recorded_at=format_instant(known),
        now=format_instant(now),
        withdrawing=True,
    )
