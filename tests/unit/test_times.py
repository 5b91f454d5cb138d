from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.domain.instant import format_instant
from ledger.errors import InvalidTime
from ledger.times import parse_instant, system_clock
from tests.support.clock import utc

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
SAO_PAULO_2018 = "<-03>3<-02>,M11.1.0/0,M2.3.0/0"
"""Clocks went forward at midnight, and back at midnight."""
HAVANA = "CST5CDT,M3.2.0/0,M11.1.0/1"
"""Clocks go forward at midnight, and back from one o'clock to midnight."""
NEPAL = "<+0545>-5:45"

Zone = Callable[[str], None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31T18:30:00Z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:15.5Z", "2026-03-31T18:30:15.500000"),
        ("2026-03-31T18:30:15.000001Z", "2026-03-31T18:30:15.000001"),
        ("2026-03-31T18:30:15,25Z", "2026-03-31T18:30:15.250000"),
        ("2026-03-31T18:30+02:00", "2026-03-31T16:30"),
        ("2026-03-31T18:30:00-05:30", "2026-04-01T00:00"),
        ("2026-03-31 18:30Z", "2026-03-31T18:30"),
        ("2026-03-31t18:30Z", "2026-03-31T18:30"),
        ("2026-03-31T1830Z", "2026-03-31T18:30"),
        ("2026-03-31T18:30:00+0530", "2026-03-31T13:00"),
        ("2026-03-31T18:30:00+00:53:28", "2026-03-31T17:36:32"),
        ("2026-03-31T18Z", "2026-03-31T18:00"),
        ("2024-02-29T00:00Z", "2024-02-29T00:00"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999"),
        ("2026-W14-2T10:00Z", "2026-03-31T10:00"),
    ],
)
def test_a_time_with_a_zone_is_the_same_everywhere(text: str, expected: str, zone: Zone) -> None:
    for rule in ("UTC0", BERLIN, NEPAL):
        zone(rule)
        assert parse_instant(text) == utc(expected)
        assert parse_instant(text, end_of_day=True) == utc(expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("UTC0", "2026-03-31T18:30"),
        (BERLIN, "2026-03-31T16:30"),
        (NEPAL, "2026-03-31T12:45"),
    ],
)
def test_a_time_without_a_zone_is_local(rule: str, expected: str, zone: Zone) -> None:
    zone(rule)
    assert parse_instant("2026-03-31T18:30") == utc(expected)


@pytest.mark.parametrize(
    ("rule", "day", "start", "end"),
    [
        ("UTC0", "2026-03-31", "2026-03-31T00:00", "2026-03-31T23:59:59.999999"),
        (NEPAL, "2026-03-31", "2026-03-30T18:15", "2026-03-31T18:14:59.999999"),
        (BERLIN, "2026-03-29", "2026-03-28T23:00", "2026-03-29T21:59:59.999999"),
        (BERLIN, "2026-10-25", "2026-10-24T22:00", "2026-10-25T22:59:59.999999"),
        (SAO_PAULO_2018, "2018-11-03", "2018-11-03T03:00", "2018-11-04T02:59:59.999999"),
        (SAO_PAULO_2018, "2018-11-04", "2018-11-04T03:00", "2018-11-05T01:59:59.999999"),
        (SAO_PAULO_2018, "2019-02-16", "2019-02-16T02:00", "2019-02-17T02:59:59.999999"),
        (HAVANA, "2018-11-03", "2018-11-03T04:00", "2018-11-04T03:59:59.999999"),
        (HAVANA, "2018-11-04", "2018-11-04T04:00", "2018-11-05T04:59:59.999999"),
        ("UTC0", "2026-W14-2", "2026-03-31T00:00", "2026-03-31T23:59:59.999999"),
    ],
)
def test_a_bare_date_is_a_local_day(rule: str, day: str, start: str, end: str, zone: Zone) -> None:
    zone(rule)
    assert parse_instant(day) == utc(start)
    assert parse_instant(day, end_of_day=True) == utc(end)


@pytest.mark.parametrize("rule", ["UTC0", BERLIN, SAO_PAULO_2018, HAVANA])
def test_a_day_ends_where_the_next_one_starts(rule: str, zone: Zone) -> None:
    zone(rule)
    for month in (2, 3, 10, 11):
        for day in range(1, 28):
            last = parse_instant(f"2018-{month:02}-{day:02}", end_of_day=True)
            assert parse_instant(f"2018-{month:02}-{day + 1:02}") == last + 1


@pytest.mark.parametrize(
    ("rule", "text", "what", "one", "other"),
    [
        (
            BERLIN,
            "2026-03-29T02:30",
            "does not exist",
            "2026-03-29T01:30:00Z",
            "2026-03-29T00:30:00Z",
        ),
        (BERLIN, "2026-10-25T02:30", "comes twice", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        (
            SAO_PAULO_2018,
            "2018-11-04T00:00",
            "does not exist",
            "2018-11-04T03:00:00Z",
            "2018-11-04T02:00:00Z",
        ),
        (HAVANA, "2018-11-04T00:59", "comes twice", "2018-11-04T04:59:00Z", "2018-11-04T05:59:00Z"),
    ],
)
def test_a_local_time_that_the_clocks_skip_or_repeat_is_refused_with_both_readings(
    rule: str, text: str, what: str, one: str, other: str, zone: Zone
) -> None:
    zone(rule)
    with pytest.raises(InvalidTime, match=what) as refusal:
        parse_instant(text)
    assert one in refusal.value.advice
    assert other in refusal.value.advice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_the_times_around_a_change_of_the_clocks_are_read(
    text: str, expected: str, zone: Zone
) -> None:
    zone(BERLIN)
    assert parse_instant(text) == utc(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "now",
        "2026",
        "2026-03",
        "20260331",
        "2026-3-31",
        "31.03.2026",
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "0000-01-01",
        "0000-01-01T00:00Z",
        "10000-01-01",
        "-001-01-01",
        "2026-W54-1",
        "2026-03-31T",
        "2026-03-31T25:00",
        "2026-03-31T18:30:61",
        "2026-03-31T18:30 Z",
        "2026-03-31T18:30xZ",
        "2026-03-31T18:30:15.Z",
        "2026-03-31T18.5",
        "2026-03-31T1830:15",
        "2026-03-31T18:30+25:00",
        "2026-03-31_18:30",
        "2026-03-31T18:30\n",
        " 2026-03-31",
        "2026-03-31 ",
        "٢٠٢٦-٠٣-٣١",
        "2026-03-31T18:3٠",
        "1772366400",
    ],
)
def test_what_is_no_date_or_time_is_refused(text: str) -> None:
    for end_of_day in (False, True):
        with pytest.raises(InvalidTime, match="not a date or time") as refusal:
            parse_instant(text, end_of_day=end_of_day)
        assert "ISO 8601" in refusal.value.advice
        assert refusal.value.details["time"] == text


@pytest.mark.parametrize(
    "text",
    ["2026-03-31T18:30:00.1234567Z", "2026-03-31T18:30:00,0000000", "2026-03-31T18:30:00.9999999"],
)
def test_a_time_finer_than_a_microsecond_is_refused_and_not_rounded(text: str) -> None:
    with pytest.raises(InvalidTime, match="finer than a microsecond"):
        parse_instant(text)


@pytest.mark.parametrize("rule", ["UTC0", BERLIN, HAVANA, NEPAL])
@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00"])
def test_the_start_of_the_calendar_is_refused_where_its_local_time_has_no_date(
    text: str, rule: str, zone: Zone
) -> None:
    zone(rule)
    with pytest.raises(InvalidTime, match="out of range"):
        parse_instant(text)


def test_the_system_clock_counts_microseconds_and_moves_on() -> None:
    first = system_clock()
    assert utc("2025-01-01T00:00") < first < utc("2200-01-01T00:00")
    assert first <= system_clock()


def test_the_last_day_there_is_stands_for_ever() -> None:
    assert format_instant(parse_instant("9999-12-31", end_of_day=True)) == (
        "9999-12-31T23:59:59.999999Z"
    )
