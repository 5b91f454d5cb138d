from __future__ import annotations

import locale
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bank_statements.cells.date_shapes import formats_of
from ledger.bank_statements.cells.dates import day_at, infer_date_format, instant_in, read_date
from ledger.errors import InvalidTime
from ledger.times.book_zone import BookZone
from tests.support.bank_statements.zones import BERLIN, zone_by
from tests.support.clock import utc

at = datetime.fromisoformat

TODAY = date(2026, 6, 30)


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
        (["14.02.25", "15.02.25"], "%d.%m.%y"),
        (["18.02.25"], "%d.%m.%y"),
        (["14/02/25", "28/02/25"], "%d/%m/%y"),
        (["18/02/25", "20/02/25"], "%d/%m/%y"),
        (["25/01/31", "99/12/31"], "%y/%m/%d"),
        (["14. 2. 2025"], "%d. %m. %Y"),
        (["14022025"], "%d%m%Y"),
        (["2025. 02. 14."], "%Y. %m. %d."),
        (["2025年2月14日"], "%Y年%m月%d日"),
        (["14 Sept 2025", "15 Oct 2025"], "%d %b %Y"),
        (["2 May 2025", "3 June 2025"], "%d %b %Y"),
        (["1. März 2025"], "%d. %B %Y"),
        (["14/FEV/25"], "%d/%b/%y"),
        (["14 de febrero de 2025"], "%d de %B de %Y"),
        (["Fri, 14 Feb 2025"], "%a, %d %b %Y"),
        (["Mar 1 2025"], "%b %d %Y"),
        (["mar 4 mars 2025"], "%a %d %B %Y"),
        (["2025-Feb-14"], "%Y-%b-%d"),
        (["2/14/2025 12:00:00 AM", "2/15/2025 1:02:03 PM"], "%m/%d/%Y %I:%M:%S %p"),
        (["2/14/2025 1:02 p.m."], "%m/%d/%Y %I:%M %p"),
        (["2019-06-21 08:15:30 +0000"], "%Y-%m-%d %H:%M:%S %z"),
        (["2019-06-21 08:15:30 UTC", "2019-06-21 08:15:30 +00:00"], "%Y-%m-%d %H:%M:%S %z"),
        (["2019-06-21T08:15:30.1234567Z", "2019-06-21T08:15:30.1Z"], "%Y-%m-%dT%H:%M:%S.%f%z"),
        (["'14.02.2025"], "%d.%m.%Y"),
        ([], None),
    ],
)
def test_the_date_format_fits_all_dates(texts: list[str], date_format: str | None) -> None:
    assert infer_date_format(enumerate(texts, 2), TODAY) == date_format


@pytest.mark.parametrize(
    "texts",
    [
        ["24/12/05"],
        ["24/12/05", "24/12/13", "24/12/20"],
        ["24.12.05"],
        ["25-03-14"],
        ["20/03/24"],
        ["05/06/07"],
        ["24/01/05", "25/01/05"],
    ],
)
def test_dates_that_may_have_a_short_year_first_are_asked_about(texts: list[str]) -> None:
    with pytest.raises(InvalidTime, match=r"^line 2: .* or the year: ") as refused:
        infer_date_format(enumerate(texts, 2), TODAY)
    mark = texts[0][2]
    for each in (f"%d{mark}%m{mark}%y", f"%y{mark}%m{mark}%d"):
        assert f'date_format = "{each}"' in refused.value.advice


@pytest.mark.parametrize("text", ["45710", "45710.5", "1739491200", "1739491200000"])
def test_a_number_instead_of_a_date_is_refused_with_what_it_may_be(text: str) -> None:
    for refuse in (
        lambda: infer_date_format([(2, text)]),
        lambda: read_date(text, "%d.%m.%Y"),
    ):
        with pytest.raises(InvalidTime, match="is not a date") as refused:
            refuse()
        assert "a spreadsheet's number" in refused.value.advice or "since 1970" in (
            refused.value.advice
        )


@pytest.mark.parametrize(
    "text",
    [
        *("14 feb 2025", "14 Febr. 2025", "14 février 2025", "14 févr. 2025", "14 fevr 2025"),
        *("14 fevereiro 2025", "14 Feb. 2025", "14 FEBBRAIO 2025", "14 lutego 2025"),
        *("14 lut 2025", "14 februari 2025", "14 febrero 2025", "14 Feber 2025"),
    ],
)
def test_names_of_months_are_read_in_the_languages_of_banks(text: str) -> None:
    (found,) = formats_of(text)
    for date_format in (found, "%d %b %Y", "%d %B %Y"):
        assert read_date(text, date_format) == date(2025, 2, 14)


def test_the_locale_of_the_machine_makes_no_difference() -> None:
    earlier = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "C.UTF-8", "C"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_TIME, name)
            assert read_date("03 Okt 2025", "%d %b %Y") == date(2025, 10, 3)
            assert read_date("3 Oct 2025 1:05 pm", "%d %b %Y %I:%M %p") == at("2025-10-03T13:05")
    finally:
        locale.setlocale(locale.LC_TIME, earlier)


@pytest.mark.parametrize(
    ("text", "date_format", "moment"),
    [
        ("2/14/2025 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p", "2025-02-14T00:00"),
        ("2/14/2025 12:30 PM", "%m/%d/%Y %I:%M %p", "2025-02-14T12:30"),
        ("2025-02-14 08:15:30 +0000", "%Y-%m-%d %H:%M:%S %z", "2025-02-14T08:15:30+00:00"),
        ("2025-02-14T08:15:30-0330", "%Y-%m-%dT%H:%M:%S%z", "2025-02-14T08:15:30-03:30"),
        ("2025-02-14T08:15:30.123456789", "%Y-%m-%dT%H:%M:%S.%f", "2025-02-14T08:15:30.123456"),
        ("20250214083015", "%Y%m%d%H%M%S", "2025-02-14T08:30:15"),
    ],
)
def test_times_of_day_are_read(text: str, date_format: str, moment: str) -> None:
    assert read_date(text, date_format) == at(moment)


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2/14/2025 13:00 PM", "%m/%d/%Y %I:%M %p"),
        ("Foo, 14 Feb 2025", "%a, %d %b %Y"),
        ("14 Foo 2025", "%d %b %Y"),
        ("29.02.25", "%d.%m.%y"),
        ("2025-02-14T08:15:30+99:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("１４.02.2025", "%d.%m.%Y"),
    ],
)
def test_what_is_not_in_the_format_is_refused(text: str, date_format: str) -> None:
    with pytest.raises(InvalidTime, match="is not a date in the format"):
        read_date(text, date_format)


def test_rarer_directives_are_those_of_python() -> None:
    assert read_date("2025-045", "%Y-%j") == date(2025, 2, 14)


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
        found = infer_date_format(enumerate(texts), TODAY)
    except InvalidTime:
        assert "%y" in date_format or all(day.day <= 12 for day in days)
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
