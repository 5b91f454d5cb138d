"""The days of a time zone as a table, for programs that know no time zones.

A day is told of an instant by the last row that does not begin after it: the instant and the offset
give the day that the clocks show, and it is no earlier than the row's earliest day.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from struct import unpack_from
from typing import Final, NamedTuple

from ledger.domain.instant import EARLIEST, to_instant
from ledger.times.book_zone import BookZone
from ledger.times.local_clock import DAY, SECOND, LocalClock
from ledger.times.zones import load_zone, zone_file

_LAST_YEAR: Final = 2099
"""The rule that holds for ever is written out so far."""

_HEADER: Final = 44
"""Bytes before each of the two parts of a file of the time zone database (RFC 9636)."""


class DayRow(NamedTuple):
    """Which day it is from an instant on.

    Attributes:
        since: µs UTC.
        utc_offset: how far the clocks are ahead of UTC, in µs; None where the table ends.
        earliest_day: the latest day that the clocks have shown before, counted from 1970-01-01.
    """

    since: int
    utc_offset: int | None
    earliest_day: int


def day_table(zone: BookZone) -> list[DayRow]:
    """The days of a book's time zones.

    Raises:
        InvalidTime: a zone is not known here.
    """
    rows: list[DayRow] = []
    latest = EARLIEST // DAY
    for since, clock, end in _stretches(zone):
        if end is None:
            rows.append(DayRow(since, None, latest))
            break
        offset = clock.offset_at(since)
        if not rows or offset != rows[-1].utc_offset:
            rows.append(DayRow(since, offset, latest))
        latest = max(latest, (end - 1 + offset) // DAY)
    return rows


def _stretches(zone: BookZone) -> Iterator[tuple[int, LocalClock, int | None]]:
    """The stretches of time in which one offset holds; the one after the last has no end."""
    changes = zone.changes
    starts = [EARLIEST if each.since_us is None else each.since_us for each in changes]
    last = _start_of(_LAST_YEAR + 1)
    ends = [*starts[1:], max(last, starts[-1] + 1)]
    for change, start, end in zip(changes, starts, ends, strict=True):
        clock = LocalClock(load_zone(change.zone))
        inner = [each for each in _turns(change.zone, clock, end) if start < each < end]
        bounds = [start, *inner, end]
        for since, until in pairwise(bounds):
            yield since, clock, until
    yield ends[-1], clock, None


def _turns(zone: str, clock: LocalClock, end: int) -> Iterator[int]:
    """The instants at which the clocks of a zone may change, in order."""
    path = zone_file(zone)
    if path is None:
        return
    written = _written_turns(path)
    yield from written
    before = written[-1] if written else EARLIEST
    first = max(1970 + before // (365 * DAY) - 1, 1900)
    for year in range(first, min(_LAST_YEAR, 1971 + end // (365 * DAY)) + 1):
        start = _start_of(year)
        step = (_start_of(year + 1) - start) // 12 // SECOND * SECOND
        bounds = [*(start + number * step for number in range(12)), _start_of(year + 1)]
        offsets = [clock.offset_at(each) for each in bounds]
        for place in range(12):
            if offsets[place] != offsets[place + 1]:
                turn = _turn_between(clock, bounds[place], bounds[place + 1])
                if turn > before:
                    yield turn


def _turn_between(clock: LocalClock, low: int, high: int) -> int:
    """The first instant of the offset that holds at ``high``, in whole seconds."""
    wanted = clock.offset_at(high)
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        if clock.offset_at(middle) == wanted:
            high = middle
        else:
            low = middle
    return high


def _written_turns(path: str) -> list[int]:
    """The changes that a file of the time zone database lists, in µs UTC."""
    with open(path, "rb") as file:
        data = file.read()
    universal, standard, leaps, times, types, letters = unpack_from(">6l", data, 20)
    second = _HEADER + times * 5 + types * 6 + letters + leaps * 8 + standard + universal
    (count,) = unpack_from(">l", data, second + 32)
    seconds = unpack_from(f">{count}q", data, second + _HEADER)
    return [each * SECOND for each in seconds if each * SECOND > EARLIEST]


def _start_of(year: int) -> int:
    from datetime import UTC, datetime

    return to_instant(datetime(year, 1, 1, tzinfo=UTC))
