"""The zone of the machine, for a book that is being created."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.errors import InvalidTime
from ledger.times.machine_zone import check_local_clock, machine_zone
from ledger.times.zones import load_zone

Zone = Callable[[str], None]


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        (":/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/posix/America/Argentina/Salta", "America/Argentina/Salta"),
        ("/var/db/timezone/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "UTC"),
        (":", "UTC"),
        ("UTC", "UTC"),
        ("UTC0", "UTC"),
        ("GMT0", "UTC"),
        ("Etc/UTC", "UTC"),
        ("/usr/share/zoneinfo/Etc/UTC", "UTC"),
    ],
)
def test_tz_names_the_zone(setting: str, name: str, zone: Zone) -> None:
    zone(setting)
    assert machine_zone() == name


def test_tz_may_be_a_link_to_a_file_of_the_systems_zones(tmp_path: Path, zone: Zone) -> None:
    link = tmp_path / "here"
    link.symlink_to("/usr/share/zoneinfo/Asia/Kathmandu")
    zone(str(link))
    if os.path.realpath(link) == "/usr/share/zoneinfo/Asia/Kathmandu":  # not a link to another name
        assert machine_zone() == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("Mars/Phobos", "name a place"),
        ("europe/berlin", "Europe/Berlin"),
        ("EST5EDT", "name a place"),
        ("CET", "name a place"),
        ("Japan", "Asia/Tokyo"),
        ("<+03>-3", "name a place"),
        ("UTC-1", "name a place"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "name a place"),
        ("/usr/share/zoneinfo/right/Europe/Paris", "Europe/Paris"),
        ("/etc/passwd", "name a place"),
        ("../etc/passwd", "name a place"),
    ],
)
def test_a_tz_that_names_no_place_is_an_error_and_not_utc(
    setting: str, advice: str, zone: Zone
) -> None:
    zone(setting)
    with pytest.raises(InvalidTime, match="the environment variable TZ is") as refusal:
        machine_zone()
    assert advice in refusal.value.advice
    assert refusal.value.details["time_zone"] == setting


@pytest.mark.parametrize("setting", [None, "/etc/localtime", ":/etc/localtime"])
def test_without_tz_it_is_the_machines_setting(
    setting: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    if setting is not None:
        monkeypatch.setenv("TZ", setting)
    time.tzset()
    try:
        name = machine_zone()
    except InvalidTime as refusal:
        pytest.skip(f"nothing to compare with: {refusal}")
    assert os.environ.get("TZ") == setting
    now = datetime.now(UTC)
    assert now.astimezone(load_zone(name)).utcoffset() == now.astimezone().utcoffset()


def test_a_name_that_the_machines_clock_does_not_follow_is_an_error(zone: Zone) -> None:
    zone("UTC0")
    check_local_clock("UTC")
    check_local_clock("Africa/Abidjan")
    for name in ("Asia/Tokyo", "Europe/London"):
        with pytest.raises(InvalidTime, match=f"settings disagree.*{name}") as refusal:
            check_local_clock(name)
        assert "say which time zone" in refusal.value.advice
