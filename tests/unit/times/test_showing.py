"""Instants as a book's zone shows them."""

from __future__ import annotations

import random

import pytest

from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from ledger.times.zones import known_zones
from tests.support.clock import NOON, utc


@pytest.mark.parametrize(
    ("zone", "instant", "full", "short"),
    [
        ("UTC", "2026-01-01T00:00", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00"),
        ("Europe/Berlin", "2025-12-31T23:00", "2026-01-01T00:00:00+01:00", "2026-01-01 00:00:00"),
        (
            "Europe/Berlin",
            "2026-06-30T22:00:00.000001",
            "2026-07-01T00:00:00.000001+02:00",
            "2026-07-01 00:00:00",
        ),
        (
            "Europe/Berlin",
            "1969-12-31T22:59:59.999999",
            "1969-12-31T23:59:59.999999+01:00",
            "1969-12-31 23:59:59",
        ),
        (
            "Europe/Berlin",
            "1889-12-31T23:06:32",
            "1890-01-01T00:00:00+00:53:28",
            "1890-01-01 00:00:00",
        ),
        (
            "Africa/Monrovia",
            "1971-06-01T00:44:30",
            "1971-06-01T00:00:00-00:44:30",
            "1971-06-01 00:00:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-04T14:45",
            "2026-04-05T01:45:00+11:00",
            "2026-04-05 01:45:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-04T15:15",
            "2026-04-05T01:45:00+10:30",
            "2026-04-05 01:45:00",
        ),
        ("Europe/Dublin", "2026-12-01T12:00", "2026-12-01T12:00:00+00:00", "2026-12-01 12:00:00"),
        (
            "Europe/Berlin",
            "0476-09-04T12:00",
            "0476-09-04T12:53:28+00:53:28",
            "0476-09-04 12:53:28",
        ),
        (
            "America/New_York",
            "0001-01-01T00:00",
            "0001-01-01T00:00:00+00:00",
            "0001-01-01T00:00:00.000000Z",
        ),
        (
            "Europe/Berlin",
            "9999-12-31T23:59:59.999999",
            "9999-12-31T23:59:59.999999+00:00",
            "9999-12-31T23:59:59.999999Z",
        ),
        (
            "America/New_York",
            "9999-12-31T23:59:59.999999",
            "9999-12-31T18:59:59.999999-05:00",
            "9999-12-31 18:59:59",
        ),
    ],
)
def test_an_instant_is_shown_by_the_zones_clocks(
    zone: str, instant: str, full: str, short: str
) -> None:
    book = BookZone.of(zone)
    assert book.show(utc(instant)) == full
    assert book.show_short(utc(instant)) == short
    assert book.moment(full, now=NOON) == utc(instant)


@pytest.mark.parametrize("instant", [2**63 - 1, -(2**63)])
def test_an_instant_that_no_calendar_has_is_shown_as_a_number(instant: int) -> None:
    book = BookZone.of("Europe/Berlin")
    assert book.show(instant) == book.show_short(instant) == f"{instant} µs"


def test_in_every_zone_what_is_shown_is_read_back() -> None:
    dice = random.Random(7)
    for zone in sorted(known_zones()):
        book = BookZone.of(zone)
        for _ in range(20):
            instant = dice.randrange(utc("1850-01-01"), utc("2100-01-01"))
            assert book.moment(book.show(instant), now=NOON) == instant


def test_a_zone_that_is_not_known_here_is_an_error_once_it_is_needed() -> None:
    book = BookZone.of("Mars/Phobos")
    assert book.current == "Mars/Phobos"
    with pytest.raises(InvalidTime, match="Mars/Phobos") as refusal:
        book.show(NOON)
    assert "tzdata" in refusal.value.advice
