"""How the books of a page are locked, and how they came to be."""

from __future__ import annotations

from typing import NamedTuple

from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import PeriodLocked, PeriodUnlocked
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import actor_in
from ledger.exchange.exports import Extract
from ledger.exchange.page.wording import end_of
from ledger.visible import visible


class Lock(NamedTuple):
    """What somebody locked or unlocked, and why.

    Attributes:
        what: ``Locked up to 2026-02-28``.
    """

    day: str
    what: str
    reason: str
    actor: str


def locks_of(part: Extract) -> list[Lock]:
    """All that was locked and unlocked, the earliest first."""
    locks = []
    for recorded in part.source.store.read_stream(BOOK_STREAM):
        if recorded.position > part.head.position:
            break
        if recorded.event_type not in (PeriodLocked.__name__, PeriodUnlocked.__name__):
            continue
        event = decode_event(recorded)
        assert isinstance(event, PeriodLocked | PeriodUnlocked)
        locks.append(
            Lock(
                part.zone.day_of(recorded.recorded_at).isoformat(),
                _what(part, event),
                visible(event.reason),
                visible(actor_in(recorded.metadata)),
            )
        )
    return locks


def _what(part: Extract, event: PeriodLocked | PeriodUnlocked) -> str:
    if event.until is None:
        return "Unlocked everything"
    done = "Locked up to" if isinstance(event, PeriodLocked) else "Unlocked what is after"
    return f"{done} {end_of(part.zone, event.until)}"


def locked_words(part: Extract) -> str:
    """How much of the period can no longer change."""
    until = part.book.locked_until
    if until is None:
        return "Nothing is locked: entries of this period can still be added and reversed."
    end = end_of(part.zone, until)
    if part.to_us is not None and until >= part.to_us:
        return f"Locked up to {end}: nothing in this period can change unless it is unlocked."
    return f"Locked up to {end}: nothing up to then can change unless it is unlocked."
