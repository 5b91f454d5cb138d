"""Other ways of writing a date are refused, and told the right one."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from tests.support.clock import NOON

BERLIN = BookZone.of("Europe/Berlin")


def refusal(text: str, *, period: bool = False) -> InvalidTime:
    read = BERLIN.period_end if period else BERLIN.moment
    with pytest.raises(InvalidTime) as caught:
        read(text, now=NOON)
    assert caught.value.details["time"] == text
    return caught.value


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2026-2-4", "2026-02-04"),
        ("2026-3-31", "2026-03-31"),
        ("31.03.2026", "2026-03-31"),
        ("2026-03-31 ", "2026-03-31"),
        ("2026/02/14", "2026-02-14"),
        ("2026.2.14", "2026-02-14"),
        ("14.02.2026", "2026-02-14"),
        ("14/2/2026", "2026-02-14"),
        ("02/14/2026", "2026-02-14"),
        ("05.05.2026", "2026-05-05"),
        ("14 Feb 2026", "2026-02-14"),
        ("14. February 2026", "2026-02-14"),
        ("14-Feb-2026", "2026-02-14"),
        ("3rd of march 2026", "2026-03-03"),
        ("Feb 14, 2026", "2026-02-14"),
        ("September 1 2026", "2026-09-01"),
        ("Sept 1st, 2026", "2026-09-01"),
        ("2026-Feb-14", "2026-02-14"),
        ("2026-W14-2", "2026-03-31"),
        ("2026W142", "2026-03-31"),
        ("2026-090", "2026-03-31"),
        (" 2026-02-14", "2026-02-14"),
        ("2026-02-14\n", "2026-02-14"),
        ("Today", "today"),
        ("YESTERDAY", "yesterday"),
        ("2026-02-14 6:30", "2026-02-14T06:30"),
        ("14.02.2026 18:30", "2026-02-14T18:30"),
        ("2026-02-14T18:30 Z", "2026-02-14T18:30Z"),
        ("2026-02-14 18:30:15.5 +0200", "2026-02-14T18:30:15.5+0200"),
        ("2026-W14-2T10:00Z", "2026-03-31T10:00Z"),
        ("2026-12-31T24:00", "2027-01-01T00:00"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00Z"),
    ],
)
def test_what_can_be_meant_in_one_way_only_is_given_its_right_spelling(
    text: str, right: str
) -> None:
    error = refusal(text)
    assert error.advice == f"write it as {right}"
    assert error.details["proposal"] == right
    BERLIN.moment(right, now=NOON)


@pytest.mark.parametrize("text", ["03/04/2026", "4.3.2026", "04-03-2026"])
def test_day_and_month_are_never_guessed(text: str) -> None:
    error = refusal(text)
    assert "which number is the day" in error.message
    assert "2026-03-04" in error.advice
    assert "2026-04-03" in error.advice
    assert "proposal" not in error.details


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "tomorrow",
        "soon",
        "0000",
        "202602",
        "14.02.26",
        "31.02.2026",
        "14 Febtober 2026",
        "2025-366",
        "2026-W54-1",
        "1772366400",
        "10000-01-01",
        "-001-01-01",
        "2026-03-31T",
        "2026-03-31_18:30",
        "2026-03-31T18:30xZ",
        "2026-03-31T18:30:15.Z",
        "2026-03-31T18.5",
        "2026-03-31T1830:15",
        "2026-0331",
        "٢٠٢٦-٠٣-٣١",
        "2026-03-31T18:3٠",
        "9" * 5_000,
        "9999-12-31T24:00",
    ],
)
def test_what_cannot_be_understood_is_told_the_form(text: str) -> None:
    for period in (False, True):
        error = refusal(text, period=period)
        assert "proposal" not in error.details
        assert len(error.message) < 400
        if text != "9999-12-31T24:00":
            assert "as 2026-02-14" in error.advice
            assert ("2026-02;" in error.advice or error.advice.endswith("2026-02")) == period


def test_a_year_is_neither_a_day_nor_a_period() -> None:
    day, period = refusal("2025"), refusal(" 2025 ", period=True)
    assert (day.message, day.advice) == (
        "'2025' is a year, and a day is needed",
        "add month and day, as in 2025-12-31",
    )
    assert (period.message, period.advice) == (
        "' 2025 ' is a year, and a month or a day is needed",
        "2025 begins with 2025-01 and ends with 2025-12",
    )
    assert (day.details.get("year"), period.details["year"]) == (None, "2025")


@pytest.mark.parametrize(
    ("text", "why", "advice"),
    [
        ("2026-02-30", "February 2026 has 28 days", "2026-02-28"),
        ("2025-02-29", "February 2025 has 28 days", "2025-02-28"),
        ("20240230", "February 2024 has 29 days", "2024-02-29"),
        ("2026-04-31T12:00", "April 2026 has 30 days", "2026-04-30"),
        ("2026-01-00", "January 2026 has 31 days", "2026-01-31"),
        ("2026-13-01", "12 months", "the month"),
        ("2026-00-01", "12 months", "the month"),
        ("0000-01-01", "the first year is 0001", ""),
        ("0000-01-01T00:00Z", "the first year is 0001", ""),
        ("2026-03-31T25:00", "not a time that exists", "up to 23"),
        ("2026-03-31T18:60", "not a time that exists", "up to 59"),
        ("2026-03-31T18:30:61", "not a time that exists", "up to 59"),
        ("2026-03-31T18:30:60", "not a time that exists", "up to 59"),
        ("2026-03-31T18:30+25:00", "not a time that exists", "up to 23:59"),
        ("2026-03-31T18:30+01:75", "not a time that exists", "up to 23:59"),
    ],
)
def test_a_number_too_high_is_named(text: str, why: str, advice: str) -> None:
    for period in (False, True):
        error = refusal(text, period=period)
        assert why in error.message
        assert advice in error.advice


def test_now_is_no_time_but_the_lack_of_one() -> None:
    assert "give no time at all" in refusal("now").advice


def test_a_month_is_no_moment() -> None:
    error = refusal("2026-02")
    assert error.message == "'2026-02' is a month, and a day is needed"
    assert "2026-02-01" in error.advice


@pytest.mark.parametrize(
    ("text", "right"), [("2026-2", "2026-02"), ("02/2026", "2026-02"), ("Feb 2026", "2026-02")]
)
def test_a_month_is_given_its_right_spelling_where_it_will_do(text: str, right: str) -> None:
    assert refusal(text, period=True).advice == f"write it as {right}"
    assert "proposal" not in refusal(text).details
    with pytest.raises(InvalidTime, match="12 months"):
        BERLIN.period_start("2026-13", now=NOON)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31T18:30:00.1234567Z",
        "2026-03-31T18:30:00,0000000",
        "20260331T183000.9999999",
        "2026-03-31T18:30:00.9999999",
    ],
)
def test_a_time_finer_than_a_microsecond_is_refused_and_not_rounded(text: str) -> None:
    assert "finer than a microsecond" in refusal(text).message
