"""A book whose time zone was changed: what was before keeps the earlier one."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from ledger.domain.book import ZoneChange
from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from tests.support.clock import NOON, utc

CHANGE = utc("2026-06-10T00:00")
WESTWARD = BookZone([(None, "Europe/Berlin"), (CHANGE, "America/New_York")])
"""At 02:00 of 10 June it is 20:00 of 9 June again."""
EASTWARD = BookZone([(None, "America/New_York"), (utc("2026-06-10T22:00"), "Europe/Berlin")])
"""At 18:00 of 10 June it is 00:00 of 11 June at once."""
OVER_THE_DATE_LINE = BookZone(
    [(None, "Pacific/Honolulu"), (utc("2026-06-10T10:00"), "Pacific/Kiritimati")]
)
"""At 00:00 of 10 June it is 00:00 of 11 June at once."""
BACK_OVER_IT = BookZone(
    [(None, "Pacific/Kiritimati"), (utc("2026-06-09T10:00"), "Pacific/Honolulu")]
)
"""At 00:00 of 10 June it is 00:00 of 9 June again."""


def test_an_earlier_instant_keeps_the_earlier_zone() -> None:
    assert WESTWARD.show(CHANGE - 1) == "2026-06-10T01:59:59.999999+02:00"
    assert WESTWARD.show(CHANGE) == "2026-06-09T20:00:00-04:00"
    assert WESTWARD.show_short(CHANGE - 1) == "2026-06-10 01:59:59"
    assert WESTWARD.show_short(CHANGE) == "2026-06-09 20:00:00"
    assert WESTWARD.name_at(CHANGE - 1) == "Europe/Berlin"
    assert WESTWARD.name_at(CHANGE) == WESTWARD.current == "America/New_York"
    assert WESTWARD.moment("2026-03-01", now=NOON) == utc("2026-02-28T23:00")
    assert WESTWARD.moment("2026-07-01", now=NOON) == utc("2026-07-01T04:00")


@pytest.mark.parametrize(
    ("book", "day", "start", "end"),
    [
        (WESTWARD, "2026-06-09", "2026-06-08T22:00", "2026-06-09T21:59:59.999999"),
        (WESTWARD, "2026-06-10", "2026-06-09T22:00", "2026-06-11T03:59:59.999999"),
        (EASTWARD, "2026-06-10", "2026-06-10T04:00", "2026-06-10T21:59:59.999999"),
        (EASTWARD, "2026-06-11", "2026-06-10T22:00", "2026-06-11T21:59:59.999999"),
        (OVER_THE_DATE_LINE, "2026-06-09", "2026-06-09T10:00", "2026-06-10T09:59:59.999999"),
        (OVER_THE_DATE_LINE, "2026-06-11", "2026-06-10T10:00", "2026-06-11T09:59:59.999999"),
        (BACK_OVER_IT, "2026-06-09", "2026-06-08T10:00", "2026-06-10T09:59:59.999999"),
        (BACK_OVER_IT, "2026-06-10", "2026-06-10T10:00", "2026-06-11T09:59:59.999999"),
    ],
)
def test_a_day_around_the_change_is_longer_or_shorter(
    book: BookZone, day: str, start: str, end: str
) -> None:
    assert book.moment(day, now=NOON) == utc(start)
    assert book.period_end(day, now=NOON) == utc(end)
    for instant in (utc(start), utc(end)):
        assert book.day_of(instant) == date.fromisoformat(day)


def test_a_day_that_the_change_skips_is_refused() -> None:
    with pytest.raises(InvalidTime, match="2026-06-10 does not exist: the book's time zone"):
        OVER_THE_DATE_LINE.period_end("2026-06-10", now=NOON)
    assert OVER_THE_DATE_LINE.moment("yesterday", now=utc("2026-06-10T12:00")) == (
        utc("2026-06-09T10:00")
    )


@pytest.mark.parametrize(
    ("book", "text", "what", "readings"),
    [
        (
            WESTWARD,
            "2026-06-09T21:00",
            "comes twice",
            ["2026-06-09T21:00:00+02:00", "2026-06-09T21:00:00-04:00"],
        ),
        (
            EASTWARD,
            "2026-06-10T19:00",
            "does not exist",
            ["2026-06-10T19:00:00-04:00", "2026-06-10T19:00:00+02:00"],
        ),
        (
            OVER_THE_DATE_LINE,
            "2026-06-10T23:59",
            "does not exist",
            ["2026-06-10T23:59:00-10:00", "2026-06-10T23:59:00+14:00"],
        ),
    ],
)
def test_a_local_time_that_the_change_skips_or_repeats_is_refused_with_both_readings(
    book: BookZone, text: str, what: str, readings: list[str]
) -> None:
    with pytest.raises(InvalidTime, match=f"{what}: the book's time zone") as refusal:
        book.moment(text, now=NOON)
    assert refusal.value.advice.endswith(" or ".join(readings))


def test_the_local_times_just_before_and_after_the_change_are_read() -> None:
    assert EASTWARD.moment("2026-06-10T17:59:59", now=NOON) == utc("2026-06-10T21:59:59")
    assert EASTWARD.moment("2026-06-11T00:00", now=NOON) == utc("2026-06-10T22:00")
    assert WESTWARD.moment("2026-06-09T19:59:59", now=NOON) == utc("2026-06-09T17:59:59")
    assert WESTWARD.moment("2026-06-10T02:00", now=NOON) == utc("2026-06-10T06:00")


def test_the_clocks_of_a_zone_that_is_not_kept_then_do_not_matter() -> None:
    skipped_in_berlin, summer = "2026-03-29T02:30", "2026-03-29T02:30:00-04:00"
    earlier = BookZone([(None, "America/New_York"), (CHANGE, "Europe/Berlin")])
    assert earlier.show(EASTWARD.moment(skipped_in_berlin, now=NOON)) == summer


def test_two_histories_are_equal_where_their_changes_are() -> None:
    assert WESTWARD.changes == (
        ZoneChange(None, "Europe/Berlin"),
        ZoneChange(CHANGE, "America/New_York"),
    )
    assert BookZone([(None, "Asia/Tokyo")]) == BookZone.of("Asia/Tokyo")
    assert WESTWARD != EASTWARD
    assert len({WESTWARD, BookZone(WESTWARD.changes)}) == 1


def test_a_history_can_be_handed_to_another_process() -> None:
    shown = WESTWARD.show(CHANGE)
    copy = pickle.loads(pickle.dumps(WESTWARD))
    assert copy == WESTWARD
    assert copy.show(CHANGE) == shown


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [ZoneChange(5, "UTC")],
        [ZoneChange(None, "UTC"), ZoneChange(None, "Asia/Tokyo")],
        [ZoneChange(None, "UTC"), ZoneChange(5, "Asia/Tokyo"), ZoneChange(5, "UTC")],
        [ZoneChange(None, "UTC"), ZoneChange(5, "Asia/Tokyo"), ZoneChange(4, "UTC")],
    ],
)
def test_a_history_starts_at_the_beginning_and_goes_forward(changes: list[ZoneChange]) -> None:
    with pytest.raises(ValueError, match="not a history"):
        BookZone(changes)
