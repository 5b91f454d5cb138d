"""The table of a zone's days tells the same days as the zone itself."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

import pytest

from ledger.times.book_zone import BookZone
from ledger.times.day_table import day_table
from ledger.times.local_clock import DAY
from tests.support.clock import utc

HOUR = 3_600_000_000
_EPOCH = 719_163

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",  # which changed its clocks a minute after midnight
    "Pacific/Apia",  # which skipped a day
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Manila",
    "Africa/Monrovia",
)


def days_differ(zone: BookZone, moments: list[int]) -> list[int]:
    """The moments of which the table tells another day."""
    rows = day_table(zone)
    starts = [row.since for row in rows]
    different = []
    for moment in moments:
        row = rows[bisect_right(starts, moment) - 1]
        if row.utc_offset is not None:
            day = max((moment + row.utc_offset) // DAY, row.earliest_day)
            if day != zone.day_of(moment).toordinal() - _EPOCH:
                different.append(moment)
    return different


@pytest.mark.parametrize("name", ZONES)
def test_the_table_of_a_zone_tells_its_days(name: str) -> None:
    zone, dice = BookZone.of(name), Random(name)
    starts = [row.since for row in day_table(zone)]
    around = [start + dice.choice((-1, 0, 1, -HOUR, HOUR, 23 * HOUR)) for start in starts[1:]]
    anywhere = [dice.randrange(utc("1800-01-01T00:00"), utc("2100-01-01T00:00")) for _ in range(99)]

    assert days_differ(zone, around + anywhere) == []


def test_the_table_ends_where_it_says_so() -> None:
    *_, before, last = day_table(BookZone.of("Europe/Berlin"))
    assert before.utc_offset == HOUR
    assert (last.since, last.utc_offset) == (utc("2100-01-01T00:00"), None)


def test_a_book_may_have_kept_several_zones() -> None:
    first, second = utc("2026-03-01T11:30"), utc("2026-03-05T10:00")
    zone = BookZone([(None, "Pacific/Kiritimati"), (first, "Pacific/Pago_Pago"), (second, "UTC")])
    moments = list(range(first - 2 * DAY, second + 2 * DAY, 7 * 60_000_000))

    assert days_differ(zone, moments) == []
