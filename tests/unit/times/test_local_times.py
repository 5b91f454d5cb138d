"""Times without an offset are in the book's zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from tests.support.clock import NOON, utc


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("UTC", "2026-03-31T18:30", "2026-03-31T18:30"),
        ("Etc/UTC", "2026-03-31T18:30", "2026-03-31T18:30"),
        ("Europe/Berlin", "2026-03-31T18:30", "2026-03-31T16:30"),
        ("Europe/Berlin", "2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("Europe/Berlin", "1890-01-01T00:00", "1889-12-31T23:06:32"),
        ("Europe/Berlin", "2600-07-01T12:00", "2600-07-01T10:00"),
        ("Europe/Dublin", "2026-07-01T12:00", "2026-07-01T11:00"),
        ("Europe/Dublin", "2026-12-01T12:00", "2026-12-01T12:00"),
        ("Asia/Kathmandu", "2026-03-31T18:30", "2026-03-31T12:45"),
        ("Australia/Lord_Howe", "2026-04-05T01:29", "2026-04-04T14:29"),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30"),
        ("Africa/Monrovia", "1971-06-01T00:00", "1971-06-01T00:44:30"),
        ("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        ("America/New_York", "0001-01-01T00:00", "0001-01-01T04:56:02"),
    ],
)
def test_a_time_without_an_offset_is_in_the_zone(zone: str, text: str, expected: str) -> None:
    book = BookZone.of(zone)
    for read in (book.moment, book.period_start, book.period_end):
        assert read(text, now=NOON) == utc(expected)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Apia"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31T18:30:00Z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:00z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:15.5Z", "2026-03-31T18:30:15.500000"),
        ("2026-03-31T18:30:15,000001Z", "2026-03-31T18:30:15.000001"),
        ("2026-03-31T18:30+02:00", "2026-03-31T16:30"),
        ("2026-03-31T18:30:00-05:30", "2026-04-01T00:00"),
        ("2026-03-31 18:30-00:00", "2026-03-31T18:30"),
        ("2026-03-31t1830+0530", "2026-03-31T13:00"),
        ("20260331T183000Z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:00+00:53:28", "2026-03-31T17:36:32"),
        ("2026-03-31T18:30:15.000001Z", "2026-03-31T18:30:15.000001"),
        ("2026-03-31T18:30:15,25Z", "2026-03-31T18:30:15.250000"),
        ("2026-03-31 18:30Z", "2026-03-31T18:30"),
        ("2026-03-31t18:30Z", "2026-03-31T18:30"),
        ("2026-03-31T1830Z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:00+0530", "2026-03-31T13:00"),
        ("2026-03-31T18Z", "2026-03-31T18:00"),
        ("2024-02-29T00:00Z", "2024-02-29T00:00"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999"),
        ("2026-03-31T18+02", "2026-03-31T16:00"),
        ("2026-03-29T02:30+01:00", "2026-03-29T01:30"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999"),
        ("0001-01-01T00:00-01:00", "0001-01-01T01:00"),
    ],
)
def test_a_time_with_an_offset_is_the_same_in_every_zone(
    zone: str, text: str, expected: str
) -> None:
    book = BookZone.of(zone)
    for read in (book.moment, book.period_start, book.period_end):
        assert read(text, now=NOON) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "text", "what", "readings"),
    [
        (
            "Europe/Berlin",
            "2026-03-29T02:30",
            "does not exist",
            ["2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00+02:00"],
        ),
        (
            "Europe/Berlin",
            "2026-10-25T02:30",
            "comes twice",
            ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"],
        ),
        (
            "Europe/Dublin",
            "2026-10-25T01:30",
            "comes twice",
            ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"],
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04T00:00",
            "does not exist",
            ["2018-11-04T00:00:00-03:00", "2018-11-04T00:00:00-02:00"],
        ),
        (
            "America/Sao_Paulo",
            "2019-02-16T23:30",
            "comes twice",
            ["2019-02-16T23:30:00-02:00", "2019-02-16T23:30:00-03:00"],
        ),
        (
            "America/Havana",
            "2018-11-04T00:59",
            "comes twice",
            ["2018-11-04T00:59:00-04:00", "2018-11-04T00:59:00-05:00"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            "comes twice",
            ["2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            "does not exist",
            ["2026-10-04T02:15:00+10:30", "2026-10-04T02:15:00+11:00"],
        ),
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            "does not exist",
            ["2011-12-30T12:00:00-10:00", "2011-12-30T12:00:00+14:00"],
        ),
        (
            "Africa/Monrovia",
            "1972-01-07T00:30:15.5",
            "does not exist",
            ["1972-01-07T00:30:15.500000-00:44:30", "1972-01-07T00:30:15.500000+00:00"],
        ),
    ],
)
def test_a_local_time_that_the_clocks_skip_or_repeat_is_refused_with_both_readings(
    zone: str, text: str, what: str, readings: list[str]
) -> None:
    book = BookZone.of(zone)
    with pytest.raises(InvalidTime, match=f"{text} {what}: the clocks change then") as refusal:
        book.moment(text, now=NOON)
    assert refusal.value.advice.endswith(" or ".join(readings))
    early, late = (book.moment(reading, now=NOON) for reading in readings)
    assert early != late


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "0001-01-01T00:53"),
        ("America/New_York", "9999-12-31T23:00"),
        ("UTC", "9999-12-31T23:59-05:00"),
        ("UTC", "0001-01-01T00:00+00:01"),
    ],
)
def test_what_iso_8601_cannot_write_in_utc_is_out_of_range(zone: str, text: str) -> None:
    with pytest.raises(InvalidTime, match="out of range"):
        BookZone.of(zone).moment(text, now=NOON)


def test_a_datetime_may_come_with_a_zone_or_without() -> None:
    book = BookZone.of("Europe/Berlin")
    naive = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - in the book's zone
    assert book.instant_of(naive) == utc("2026-07-01T10:00")
    assert book.instant_of(naive.replace(fold=1)) == utc("2026-07-01T10:00")
    assert book.instant_of(naive.replace(tzinfo=UTC)) == utc("2026-07-01T12:00")
    with pytest.raises(InvalidTime, match="2026-10-25T02:30:00 comes twice"):
        book.instant_of(datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001 - as above
