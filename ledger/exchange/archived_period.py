"""Up to when to archive: a period that is over, and of which something was recorded."""

from __future__ import annotations

from datetime import timedelta

from ledger.commands.arguments import TimeLike
from ledger.commands.book_times import BookTimes
from ledger.errors import InvalidTime, moment, second
from ledger.eventstore.store import EventStore, archive_of


def archived_until(store: EventStore, times: BookTimes, until: TimeLike) -> int:
    """The moment that is named (µs UTC), or else the one that the book is locked until.

    The end of today is the only one that is still to come.

    Raises:
        InvalidTime: none is named, and nothing is locked; or it is still to come.
    """
    times.look()
    last = times.locked_until if until is None else times.period_end(until)
    if last is None:
        raise InvalidTime(
            "no moment is named, and no period is locked",
            advice="say up to when entries are to be archived",
            to=_period_that_is_over(store, times, monthly=True),
        )
    now = times.now()
    if last > times.zone.period_end("today", now=now):
        raise InvalidTime(
            f"{moment(last)} has not passed",
            advice=f"it is {second(now)} now; archive a period that has ended",
            to=_period_that_is_over(store, times, monthly=_is_month(until)),
        )
    return last


def _is_month(until: TimeLike) -> bool:
    return isinstance(until, str) and len(until.strip()) == len("2026-02")


def _period_that_is_over(store: EventStore, times: BookTimes, *, monthly: bool) -> str:
    """The last whole month, as it is written, if something of it or before it is to be archived;
    else today."""
    now, zone, archive = times.now(), times.zone, archive_of(store)
    month = zone.day_of(now).replace(day=1) - timedelta(days=1)
    first = next(store.read_all(after_position=0 if archive is None else archive.position), None)
    if monthly and first is not None and first.recorded_at <= zone.day_end(month):
        return f"{month:%Y-%m}"
    return "today"
