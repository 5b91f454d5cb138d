"""Changing the book: its name, its time zone, and what may not be changed any more."""

from __future__ import annotations

import pytest

from ledger import Ledger
from ledger.errors import InvalidText, InvalidTime
from tests.support.clock import DAY, HOUR, NOON, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger.in_memory(clock=clock, book={"time_zone": "Europe/Berlin"})


def zones(ledger: Ledger) -> list[str]:
    return [zone for _, zone in ledger.book().time_zones]


def test_the_name_is_the_last_one_given(ledger: Ledger) -> None:
    assert ledger.book().name == ""
    for name in ("Rowing club", "Ruderclub", ""):
        event = ledger.rename_book(name)
        assert (event.event_type, event.recorded.text) == ("BookRenamed", name or None)
        assert ledger.book().name == name
    with pytest.raises(InvalidText):
        ledger.rename_book("\ud800")
    assert ledger.verify().clean


def test_what_changes_the_book_is_projected_and_published(ledger: Ledger) -> None:
    heard: list[str] = []
    ledger.subscribe(lambda event: heard.append(event.event_type))
    ledger.rename_book("x")
    ledger.change_time_zone("Asia/Tokyo")
    assert heard == ["BookRenamed", "TimeZoneChanged"]
    assert all(status.lag == 0 for status in ledger.projections())


def test_an_account_without_money_holds_the_zone_too(ledger: Ledger) -> None:
    """The day of its opening is shown, and asked for."""
    ledger.open_account("a", "Ana")
    with pytest.raises(InvalidTime):
        ledger.change_time_zone("Asia/Tokyo")
    assert zones(ledger) == ["Europe/Berlin"]


@pytest.mark.parametrize("initial", ["1", "0"])
def test_an_entry_holds_it_until_after_its_moment(
    ledger: Ledger, clock: Clock, initial: str
) -> None:
    ledger.open_account("a", "Ana", initial_balance=initial, at=NOON - 9 * DAY)
    clock.now += DAY
    ledger.deposit("a", "1", at=NOON - 3 * DAY)
    ledger.rename_book("x")
    # Until after it was recorded, too: a date names what was known then.
    for since in (None, NOON - 9 * DAY, NOON - 3 * DAY, NOON - 3 * DAY + 1, NOON + DAY):
        with pytest.raises(InvalidTime):
            ledger.change_time_zone("Asia/Tokyo", since)
    ledger.change_time_zone("Asia/Tokyo", NOON + DAY + 1)
    assert ledger.book().time_zones == ((None, "Europe/Berlin"), (NOON + DAY + 1, "Asia/Tokyo"))


def test_an_entry_that_is_backdated_later_is_found(ledger: Ledger, clock: Clock) -> None:
    """Recorded long before the moment asked about, and effective before it, too."""
    ledger.open_account("a", "Ana", at=NOON - 9 * DAY)
    ledger.deposit("a", "1")
    clock.now += 5 * DAY
    ledger.deposit("a", "1", at=NOON - DAY)
    with pytest.raises(InvalidTime):
        ledger.change_time_zone("Asia/Tokyo", NOON + HOUR)
    ledger.change_time_zone("Asia/Tokyo", NOON + 5 * DAY + HOUR)
    assert zones(ledger) == ["Europe/Berlin", "Asia/Tokyo"]


def test_a_date_is_its_start_in_the_zone_until_then(ledger: Ledger) -> None:
    ledger.change_time_zone("Asia/Tokyo", "2027-01-01")
    ledger.change_time_zone("America/New_York", "2027-02")
    first, second = (since for since, _ in ledger.book().time_zones if since is not None)
    assert ledger.time_zone.show_short(first - 1) == "2026-12-31 23:59:59"
    assert first == 1_798_758_000_000_000  # 2026-12-31T23:00Z, midnight in Berlin
    assert second == 1_801_407_600_000_000  # 2027-01-31T15:00Z, midnight in Tokyo


def test_the_zone_that_holds_now_is_told(ledger: Ledger, clock: Clock) -> None:
    ledger.change_time_zone("Asia/Tokyo", NOON + DAY)
    assert ledger.book().time_zone == "Europe/Berlin"
    clock.now = NOON + DAY
    assert ledger.book().time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("zone", ["Mars/Phobos", "CET", "", "UTC+1"])
def test_a_zone_that_is_none_is_refused(ledger: Ledger, zone: str) -> None:
    with pytest.raises(InvalidTime):
        ledger.change_time_zone(zone)
    assert ledger.head().position == 1
