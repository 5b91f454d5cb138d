from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bank_statements.dates import day_at, infer_date_format, instant_in, read_date
from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from tests.support.bank_statements.zones import BERLIN, zone_by
from tests.support.clock import utc

at = datetime.fromisoformat


@pytest.mark.parametrize(
    ("texts", "date_format"),
    [
        (["2025-03-01"], "%Y-%m-%d"),
        (["2025/03/01"], "%Y/%m/%d"),
        (["20250301"], "%Y%m%d"),
        (["01.03.2025"], "%d.%m.%Y"),
        (["01.03.25"], "%d.%m.%y"),
        (["1.3.2025"], "%d.%m.%Y"),
        (["03/04/2025", "13/04/2025"], "%d/%m/%Y"),
        (["03/04/2025", "04/13/2025"], "%m/%d/%Y"),
        (["03/04/25", "04/13/25"], "%m/%d/%y"),
        (["13-04-2025"], "%d-%m-%Y"),
        (["1 Mar 2025"], "%d %b %Y"),
        (["01-MAR-25"], "%d-%b-%y"),
        (["1 March 2025", "2 May 2025"], "%d %B %Y"),
        (["Mar 1, 2025"], "%b %d, %Y"),
        (["2025-03-01 18:30"], "%Y-%m-%d %H:%M"),
        (["2025-03-01T18:30:05"], "%Y-%m-%dT%H:%M:%S"),
        (["2025-03-01T18:30:05Z"], "%Y-%m-%dT%H:%M:%S%z"),
        (["31/12/2025 18:30:05"], "%d/%m/%Y %H:%M:%S"),
        ([], None),
    ],
)
def test_the_date_format_fits_all_dates(texts: list[str], date_format: str | None) -> None:
    assert infer_date_format(enumerate(texts, 2)) == date_format


@pytest.mark.parametrize(
    ("texts", "line", "formats"),
    [
        (["03/04/2025", "05/06/2025"], 2, ["%d/%m/%Y", "%m/%d/%Y"]),
        (["03/03/2025", "05/06/2025"], 3, ["%d/%m/%Y", "%m/%d/%Y"]),
        (["03/03/2025"], 2, ["%d/%m/%Y", "%m/%d/%Y"]),
        (["01-02-2025"], 2, ["%d-%m-%Y", "%m-%d-%Y"]),
        (["03/04/25"], 2, ["%d/%m/%y", "%m/%d/%y"]),
    ],
)
def test_ambiguous_dates_are_refused_with_the_rules_to_choose_from(
    texts: list[str], line: int, formats: list[str]
) -> None:
    with pytest.raises(
        InvalidTime, match=f"^line {line}: the dates do not show which part"
    ) as refused:
        infer_date_format(enumerate(texts, 2))
    assert " or ".join(f'date_format = "{each}"' for each in formats) in refused.value.advice


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (["2025-03-01", "2025-02-30"], 3),
        (["31.03.2025", "2025-04-01"], 3),
        (["13/04/2025", "04/13/2025"], 3),
        (["soon"], 2),
        (["2025-03-01", "2025-03-01 10:00"], 3),
    ],
)
def test_a_date_that_does_not_fit_is_refused_with_its_line(texts: list[str], line: int) -> None:
    with pytest.raises(InvalidTime, match=f"^line {line}: .* is not a date"):
        infer_date_format(enumerate(texts, 2))


def test_a_date_is_read_by_its_format_or_refused() -> None:
    assert read_date("31.03.2025", "%d.%m.%Y") == date(2025, 3, 31)
    assert read_date("31.03.2025 18:30", "%d.%m.%Y %H:%M") == datetime.fromisoformat(
        "2025-03-31T18:30"
    )
    for text in ("31.02.2025", "31.03.2025 18:30", "", "31/03/2025"):
        with pytest.raises(InvalidTime, match="is not a date in the format"):
            read_date(text, "%d.%m.%Y")
    with pytest.raises(InvalidTime):
        read_date("2025111", "%Y%m%d")


@given(days=st.lists(st.dates(date(1970, 1, 1), date(2060, 1, 1)), min_size=1, max_size=8))
@settings(max_examples=60)
@pytest.mark.parametrize("date_format", ["%m/%d/%Y", "%d.%m.%y", "%d-%m-%Y"])
def test_an_inferred_format_reads_every_date_as_it_was_written(
    date_format: str, days: list[date]
) -> None:
    texts = [day.strftime(date_format) for day in days]
    try:
        found = infer_date_format(enumerate(texts))
    except InvalidTime:
        assert all(day.day <= 12 for day in days)
        return
    assert found is not None
    if date_format == "%d.%m.%y" and not any(1969 <= day.year < 2069 for day in days):
        return
    assert [read_date(text, found) for text in texts] == days


# ── instants ────────────────────────────────────────────────────────────────────────────────────

IN_BERLIN = zone_by(BERLIN)
UTC_BOOK = BookZone.of("UTC")
BERLIN_BOOK = BookZone.of("Europe/Berlin")


def test_a_day_begins_at_its_first_instant_in_its_zone(zone: Callable[[str], None]) -> None:
    for machine in ("UTC0", "XXX5"):
        zone(machine)
        assert instant_in(date(2025, 7, 1), None, UTC_BOOK) == utc("2025-07-01T00:00")
        assert instant_in(date(2025, 7, 1), IN_BERLIN, UTC_BOOK) == utc("2025-06-30T22:00")
        assert instant_in(date(2025, 7, 1), None, BERLIN_BOOK) == utc("2025-06-30T22:00")


def test_a_zone_of_the_rules_goes_before_the_books() -> None:
    assert instant_in(date(2025, 7, 1), UTC, BERLIN_BOOK) == utc("2025-07-01T00:00")
    assert instant_in(at("2025-07-01T18:30"), UTC, BERLIN_BOOK) == utc("2025-07-01T18:30")


@pytest.mark.parametrize("of", ["the rules", "the book"])
def test_a_midnight_skipped_by_a_clock_change_is_the_instant_of_the_change(of: str) -> None:
    day = date(2022, 3, 27)  # began at 01:00 in Beirut
    if of == "the rules":
        found = instant_in(day, zone_by("EET-2EEST,M3.5.0/0,M10.5.0/0"), UTC_BOOK)
    else:
        found = instant_in(day, None, BookZone.of("Asia/Beirut"))
    assert found == utc("2022-03-26T22:00")


def test_a_time_of_day_is_kept_and_a_repeated_one_is_the_earlier() -> None:
    assert instant_in(at("2025-07-01T18:30"), None, UTC_BOOK) == utc("2025-07-01T18:30")
    for zone, book in ((IN_BERLIN, UTC_BOOK), (None, BERLIN_BOOK)):
        assert instant_in(at("2025-07-01T18:30"), zone, book) == utc("2025-07-01T16:30")
        assert instant_in(at("2025-10-26T02:30"), zone, book) == utc("2025-10-26T00:30")
        assert instant_in(at("2025-07-01T18:30-03:00"), zone, book) == utc("2025-07-01T21:30")


def test_a_zone_of_the_book_that_changed_later_moves_no_day_of_before() -> None:
    changed_at = utc("2026-01-01T00:00")
    book = BookZone([(None, "Europe/Berlin"), (changed_at, "America/Bogota")])
    assert instant_in(date(2025, 7, 1), None, book) == utc("2025-06-30T22:00")
    assert instant_in(at("2025-07-01T18:30"), None, book) == utc("2025-07-01T16:30")
    assert instant_in(date(2026, 7, 1), None, book) == utc("2026-07-01T05:00")
    assert instant_in(at("2026-07-01T18:30"), None, book) == utc("2026-07-01T23:30")


@pytest.mark.parametrize("moment", [date(1, 1, 1), at("0001-01-01T00:00")])
def test_a_day_out_of_range_is_refused(moment: date) -> None:
    with pytest.raises(InvalidTime, match="out of range"):
        instant_in(moment, timezone(timedelta(hours=14)), UTC_BOOK)


def test_the_calendars_first_day_begins_where_utc_does_in_a_book_east_of_it() -> None:
    tokyo = BookZone.of("Asia/Tokyo")
    assert instant_in(date(1, 1, 1), None, tokyo) == utc("0001-01-01T00:00")
    with pytest.raises(InvalidTime, match="out of range"):
        instant_in(at("0001-01-01T00:00"), None, tokyo)


def test_the_day_of_an_instant_depends_on_the_time_zone() -> None:
    late = utc("2025-06-30T23:00")
    assert day_at(late, None, UTC_BOOK) == date(2025, 6, 30)
    assert day_at(late, UTC, BERLIN_BOOK) == date(2025, 6, 30)
    assert day_at(late, IN_BERLIN, UTC_BOOK) == date(2025, 7, 1)
    assert day_at(late, None, BERLIN_BOOK) == date(2025, 7, 1)
