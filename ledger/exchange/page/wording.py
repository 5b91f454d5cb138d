"""Amounts, texts and times as the page shows them."""

from __future__ import annotations

from ledger.domain.instant import to_datetime
from ledger.times.book_zone import BookZone


def count(number: int, thing: str, things: str) -> str:
    """So many of a thing."""
    return f"{number} {thing if number == 1 else things}"


def start_of(zone: BookZone, instant: int) -> str:
    """The start of a period (µs UTC): the day that it begins with, else the moment."""
    day = zone.day_of(instant)
    return day.isoformat() if zone.day_start(day) == instant else _moment(zone, instant)


def end_of(zone: BookZone, instant: int) -> str:
    """The end of a period (µs UTC): the day whose last second it is in, else the moment."""
    day = zone.day_of(instant)
    return day.isoformat() if _ends_day(zone, instant) else _moment(zone, instant)


def moment_of(zone: BookZone, instant: int) -> str:
    """The end of a day, else a moment (µs UTC), to the minute."""
    if _ends_day(zone, instant):
        return f"end of {zone.day_of(instant)}"
    return to_the_minute(zone, instant)


def to_the_minute(zone: BookZone, instant: int) -> str:
    """A moment (µs UTC) with its offset: ``2026-01-31 09:30 +01:00``."""
    to_datetime(instant)
    return _moment(zone, instant - instant % 60_000_000)


def _moment(zone: BookZone, instant: int) -> str:
    """A moment as it is read back, with its seconds where it has some."""
    date, _, time = zone.show(instant).partition("T")
    clock, offset = time[:-6], time[-6:]
    return f"{date} {clock.removesuffix(':00') if len(clock) == 8 else clock} {offset}"


def _ends_day(zone: BookZone, instant: int) -> bool:
    return zone.day_end(zone.day_of(instant)) - instant < 1_000_000


def period_words(zone: BookZone, first: int | None, last: int | None) -> str:
    """A period (µs UTC) in words; None for no such end."""
    if first is not None and last is not None:
        return f"{start_of(zone, first)} to {end_of(zone, last)}"
    if first is not None:
        return f"from {start_of(zone, first)}"
    return "" if last is None else f"up to {end_of(zone, last)}"


def zone_words(zone: BookZone) -> str:
    """The time zone of a book; of one that has moved, each with the moment that it holds from."""
    return ", ".join(
        each.zone if each.since_us is None else f"since {start_of(zone, each.since_us)} {each.zone}"
        for each in zone.changes
    )
