"""Which time zones a book may keep."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidTime
from ledger.times.zones import check_zone, known_zones, load_zone


@pytest.mark.parametrize(
    "name",
    [
        "UTC",
        "Etc/UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Asia/Calcutta",
        "US/Eastern",
        "Etc/GMT+5",
    ],
)
def test_a_place_or_utc_is_a_zone(name: str) -> None:
    check_zone(name)
    assert load_zone(name) is load_zone(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("EUROPE/BERLIN", "Europe/Berlin"),
        ("Europe/Berlin ", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("Japan", "Asia/Tokyo"),
        ("GB", "Europe/London"),
        ("utc", "UTC"),
        ("GMT", "UTC"),
        ("Zulu", "UTC"),
    ],
)
def test_what_was_meant_is_proposed(name: str, meant: str) -> None:
    with pytest.raises(InvalidTime, match=r"is (not a time zone|an abbreviation)") as refusal:
        check_zone(name)
    assert meant in refusal.value.advice.removeprefix("did you mean ").rstrip("?").split(" or ")
    assert refusal.value.details["time_zone"] == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Mars/Phobos", "is not a time zone"),
        ("", "is empty"),
        ("  ", "is empty"),
        ("../etc/passwd", "is not a time zone"),
        ("Europe/../Europe/Berlin/", "is not a time zone"),
        ("/usr/share/zoneinfo/Asia/Qqq", "is not a time zone"),
        ("posixrules", "is not a time zone"),
        ("localtime", "is not a time zone"),
        ("Factory", "is not a time zone"),
        ("Europe", "is not a time zone"),
        ("Europe/Berlin\0", "is not a time zone"),
        ("Zürich", "is not a time zone"),
        ("CET", "is an abbreviation"),
        ("EST", "is an abbreviation"),
        ("EST5EDT", "is an abbreviation"),
        ("BST", "is an abbreviation"),
        ("+01:00", "is an offset"),
        ("UTC+1", "is an offset"),
        ("-5", "is an offset"),
        ("x" * 5_000, "is not a time zone"),
    ],
)
def test_what_is_no_zone_is_refused(name: str, why: str) -> None:
    with pytest.raises(InvalidTime, match=why) as refusal:
        check_zone(name)
    assert len(refusal.value.message) < 120
    assert refusal.value.advice
    with pytest.raises(InvalidTime):
        load_zone(name)


def test_all_zones_that_are_known_can_be_loaded() -> None:
    assert len(known_zones()) > 400
    for name in known_zones():
        load_zone(name)
