"""Timestamps of the older world, which wrote UTC without saying so."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from ledger.errors import InvalidTime
from ledger.exchange.older_times import parse_older_time
from tests.support.clock import utc

Zone = Callable[[str], None]

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-04T01:47:33.511823", "2024-01-04T01:47:33.511823"),
        ("2024-01-04 01:47:33", "2024-01-04T01:47:33"),
        ("2024-01-04t01:47", "2024-01-04T01:47:00"),
        ("2024-01-04T014733", "2024-01-04T01:47:33"),
        ("2024-01-04T01:47:33Z", "2024-01-04T01:47:33"),
        ("2024-01-04T01:47:33+01:00", "2024-01-04T00:47:33"),
        ("2024-01-04T01:47:33-0530", "2024-01-04T07:17:33"),
        ("2024-03-31T02:30:00", "2024-03-31T02:30:00"),
        ("2024-01-04T01:47:33.5", "2024-01-04T01:47:33.500000"),
        ("2024-01-04T01:47:33,25", "2024-01-04T01:47:33.250000"),
        ("2024-01-04T01:47:33.5118231", "2024-01-04T01:47:33.511823"),
        ("2024-01-04T01:47:33.511823999", "2024-01-04T01:47:33.511823"),
        ("2024-01-04T01:47:33.511823999Z", "2024-01-04T01:47:33.511823"),
        ("2024-01-04T01:47:33.511823999+02:00", "2024-01-03T23:47:33.511823"),
        ("2024-01-04T23:59:59." + "9" * 5_000, "2024-01-04T23:59:59.999999"),
        ("1969-12-31T23:59:59.9999999", "1969-12-31T23:59:59.999999"),
    ],
)
def test_a_timestamp_is_utc_and_what_is_finer_than_a_microsecond_is_cut_off(
    text: str, expected: str, zone: Zone
) -> None:
    zone(BERLIN)
    assert parse_older_time(text) == utc(expected)


def test_the_order_of_times_stays() -> None:
    written = [
        "1969-12-31T23:59:59.9999994",
        "1969-12-31T23:59:59.9999996",
        "2024-01-01T00:00:00.0000001",
        "2024-01-01T00:00:00.0000009",
        "2024-01-01T00:00:00.000001",
        "2024-01-01T00:00:00.0000019999",
    ]
    read = [parse_older_time(text) for text in written]
    assert all(earlier <= later for earlier, later in pairwise(read))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2024-01-04",
        "2024-02-30T00:00:00",
        "2024-01-04T24:00:00",
        "2024-01-04T01:60:00",
        "2024-01-04T01:47:60",
        "2024-01-04T01.5",
        "2024-01-04T01:47.5",
        "2024-01-04T01:47:33.",
        "2024-01-04T01:47:33.5118231x",
        "2024-01-04T01:47:33.5 118231",
        "2024-01-04T01:47:33+25:00",
        "2024-01-04T01:47:33.١",
        "0000-01-01T00:00:00",
        " 2024-01-04T01:47:33",
        "2024-01-04T01:47:33\n",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidTime, match="is not a date or time that exists"):
        parse_older_time(text)


def test_a_message_does_not_repeat_what_is_very_long() -> None:
    with pytest.raises(InvalidTime) as refusal:
        parse_older_time("2024-13-01T00:00:00." + "1" * 100_000)
    assert len(refusal.value.message) < 100
