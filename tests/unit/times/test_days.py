"""Days and months in a book's zone: where they start and end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from ledger.times.zones import known_zones
from tests.support.clock import HOUR, NOON, utc

SKIPPED_MIDNIGHTS = [
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", "2018-11-05T01:59:59.999999"),
    ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00", "2024-03-31T20:59:59.999999"),
    ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", "2024-04-26T20:59:59.999999"),
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30", "1919-04-01T03:59:59.999999"),
]
REPEATED_MIDNIGHTS = [
    ("America/Sao_Paulo", "2019-02-16", "2019-02-16T02:00", "2019-02-17T02:59:59.999999"),
    ("Asia/Beirut", "2024-10-26", "2024-10-25T21:00", "2024-10-26T21:59:59.999999"),
    ("Africa/Cairo", "2024-10-31", "2024-10-30T21:00", "2024-10-31T21:59:59.999999"),
    ("America/Havana", "2024-11-03", "2024-11-03T04:00", "2024-11-04T04:59:59.999999"),
    ("America/St_Johns", "2006-10-28", "2006-10-28T02:30", "2006-10-29T02:29:59.999999"),
]


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("UTC", "2026-03-31", "2026-03-31T00:00", "2026-03-31T23:59:59.999999"),
        ("UTC", "20260331", "2026-03-31T00:00", "2026-03-31T23:59:59.999999"),
        ("Asia/Kathmandu", "2026-03-31", "2026-03-30T18:15", "2026-03-31T18:14:59.999999"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", "2026-03-29T21:59:59.999999"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", "2026-10-25T22:59:59.999999"),
        ("Europe/Berlin", "1890-01-01", "1889-12-31T23:06:32", "1890-01-01T23:06:31.999999"),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", "2026-04-05T13:29:59.999999"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00", "2018-11-04T02:59:59.999999"),
        ("America/Havana", "2018-11-03", "2018-11-03T04:00", "2018-11-04T03:59:59.999999"),
        ("America/Havana", "2018-11-04", "2018-11-04T04:00", "2018-11-05T04:59:59.999999"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", "2011-12-30T09:59:59.999999"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", "2011-12-31T09:59:59.999999"),
        *SKIPPED_MIDNIGHTS,
        *REPEATED_MIDNIGHTS,
        ("UTC", "0001-01-01", "0001-01-01T00:00", "0001-01-01T23:59:59.999999"),
        ("Europe/Berlin", "0001-01-01", "0001-01-01T00:00", "0001-01-01T23:06:31.999999"),
        ("America/New_York", "0001-01-01", "0001-01-01T04:56:02", "0001-01-02T04:56:01.999999"),
        ("UTC", "9999-12-31", "9999-12-31T00:00", "9999-12-31T23:59:59.999999"),
        ("Europe/Berlin", "9999-12-31", "9999-12-30T23:00", "9999-12-31T23:59:59.999999"),
        ("America/New_York", "9999-12-31", "9999-12-31T05:00", "9999-12-31T23:59:59.999999"),
    ],
)
def test_a_date_is_its_first_instant_or_its_last(zone: str, day: str, start: str, end: str) -> None:
    book = BookZone.of(zone)
    assert book.moment(day, now=NOON) == utc(start)
    assert book.period_start(day, now=NOON) == utc(start)
    assert book.period_end(day, now=NOON) == utc(end)


@pytest.mark.parametrize(
    ("zone", "month", "start", "end"),
    [
        ("UTC", "2026-02", "2026-02-01T00:00", "2026-02-28T23:59:59.999999"),
        ("UTC", "2024-02", "2024-02-01T00:00", "2024-02-29T23:59:59.999999"),
        ("Europe/Berlin", "2026-03", "2026-02-28T23:00", "2026-03-31T21:59:59.999999"),
        ("Europe/Berlin", "2026-12", "2026-11-30T23:00", "2026-12-31T22:59:59.999999"),
        ("Europe/Berlin", "9999-12", "9999-11-30T23:00", "9999-12-31T23:59:59.999999"),
        ("Europe/Berlin", "0001-01", "0001-01-01T00:00", "0001-01-31T23:06:31.999999"),
    ],
)
def test_a_month_is_its_first_instant_or_its_last(
    zone: str, month: str, start: str, end: str
) -> None:
    book = BookZone.of(zone)
    assert book.period_start(month, now=NOON) == utc(start)
    assert book.period_end(month, now=NOON) == utc(end)


@pytest.mark.parametrize(
    ("zone", "now", "today", "yesterday"),
    [
        ("UTC", "2026-03-01T12:00", "2026-03-01T00:00", "2026-02-28T00:00"),
        ("Europe/Berlin", "2026-03-01T22:59", "2026-02-28T23:00", "2026-02-27T23:00"),
        ("Europe/Berlin", "2026-03-01T23:00", "2026-03-01T23:00", "2026-02-28T23:00"),
        ("America/New_York", "2026-03-02T04:59", "2026-03-01T05:00", "2026-02-28T05:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00", "2011-12-29T10:00"),
        ("America/St_Johns", "2006-10-29T02:45", "2006-10-29T02:30", "2006-10-28T02:30"),
    ],
)
def test_today_and_yesterday_are_the_days_of_the_zone(
    zone: str, now: str, today: str, yesterday: str
) -> None:
    book = BookZone.of(zone)
    for read in (book.moment, book.period_start):
        assert read("today", now=utc(now)) == utc(today)
        assert read("yesterday", now=utc(now)) == utc(yesterday)
    assert book.period_end("yesterday", now=utc(now)) == utc(today) - 1
    assert book.period_end("today", now=utc(now)) >= utc(now)


def test_a_day_that_the_clocks_skip_is_refused() -> None:
    book = BookZone.of("Pacific/Apia")
    for read in (book.moment, book.period_start, book.period_end):
        with pytest.raises(InvalidTime, match="2011-12-30 does not exist: the clocks") as refusal:
            read("2011-12-30", now=NOON)
        assert "2011-12-29T23:59:59.999999-10:00" in refusal.value.advice
        assert "2011-12-31T00:00:00+14:00" in refusal.value.advice


def first_minute_showing(zone: str, day: date) -> int:
    """The first whole minute (µs UTC) whose local time is that of the day or later, found by
    looking at one after the other."""
    book = BookZone.of(zone)
    minute = 60_000_000
    instant = utc(f"{day - timedelta(days=1)}T06:00")
    while book.show(instant)[:10] < str(day):
        instant += minute
    return instant


@pytest.mark.parametrize(("zone", "day"), [row[:2] for row in SKIPPED_MIDNIGHTS])
def test_a_day_without_a_midnight_starts_at_its_first_minute(zone: str, day: str) -> None:
    expected = first_minute_showing(zone, date.fromisoformat(day))
    assert BookZone.of(zone).day_start(date.fromisoformat(day)) == expected


@pytest.mark.parametrize(("zone", "day"), [row[:2] for row in REPEATED_MIDNIGHTS])
def test_a_day_ends_before_the_first_minute_of_the_next_one(zone: str, day: str) -> None:
    tomorrow = date.fromisoformat(day) + timedelta(days=1)
    assert BookZone.of(zone).day_end(tomorrow - timedelta(days=1)) == (
        first_minute_showing(zone, tomorrow) - 1
    )


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("America/Sao_Paulo", 2018),
        ("America/Havana", 2018),
        ("Europe/Berlin", 2018),
        ("UTC", 2018),
        ("Asia/Beirut", 2024),
        ("Africa/Cairo", 2024),
        ("America/St_Johns", 2006),
        ("Europe/Dublin", 2026),
        ("Australia/Lord_Howe", 2026),
        ("America/Toronto", 1919),
        ("Pacific/Kwajalein", 1969),
        ("Pacific/Apia", 2011),
    ],
)
def test_days_divide_time(zone: str, year: int) -> None:
    book = BookZone.of(zone)
    day, end = date(year, 1, 1), book.day_end(date(year - 1, 12, 31))
    while day.year == year:
        start, before = book.day_start(day), end
        end = book.day_end(day)
        assert start == before + 1
        if start < end:  # not a day that is skipped
            for instant in (start, start + HOUR, (start + end) // 2, end - HOUR, end):
                assert book.day_of(instant) == day
        day += timedelta(days=1)


def test_in_every_zone_a_year_has_a_year_of_hours() -> None:
    for zone in known_zones():
        book = BookZone.of(zone)
        hours = (book.day_end(date(2023, 12, 31)) + 1 - book.day_start(date(2023, 1, 1))) // HOUR
        assert abs(hours - 365 * 24) <= 3, zone  # in 2023 Casey moved by three


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_the_ends_of_the_calendar_belong_to_its_first_and_last_day(zone: str) -> None:
    book = BookZone.of(zone)
    assert book.day_of(utc("0001-01-01T00:00")) == date.min
    assert book.day_of(utc("9999-12-31T23:59:59.999999")) == date.max
