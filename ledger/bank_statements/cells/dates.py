"""Dates as banks write them, and the instants that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ledger.bank_statements.cells.date_parsing import parse_date
from ledger.bank_statements.cells.date_shapes import formats_of, is_year_first_short
from ledger.bank_statements.rules.statement_format import LEAVE_OUT
from ledger.domain.instant import EPOCH, to_instant
from ledger.errors import InvalidTime, LedgerError
from ledger.times.book_zone import BookZone
from ledger.times.zones import load_zone

_RECENT: Final = timedelta(days=10 * 366)
"""Banks keep statements for so long."""
_SERIAL: Final = re.compile(r"[2-7][0-9]{4}(?:[.,][0-9]+)?")
_UNIX_TIME: Final = re.compile(r"[0-9]{10}(?:[0-9]{3})?(?:\.[0-9]+)?")


def read_date(text: str, date_format: str) -> date | datetime:
    """A date, or a date and time where the format has a time.

    Raises:
        InvalidTime: the text is not a date in the format.
    """
    found = parse_date(text, date_format)
    if found is None:
        raise InvalidTime(
            f"{text!r} is not a date in the format {date_format!r}",
            advice=_advice(text) or f"check the rule date_format; {LEAVE_OUT}",
            time=text,
            rule="date_format",
        )
    return found


def _advice(text: str) -> str:
    """What to do about a date that is written as a number; empty for other texts."""
    if _SERIAL.fullmatch(text):
        return (
            "it may be a spreadsheet's number of a day: show the column as dates there, such as "
            "2026-03-31, and save the file as CSV again"
        )
    if _UNIX_TIME.fullmatch(text):
        return (
            "it may be a count of seconds since 1970: choose another format of dates where the "
            "file comes from, such as 2026-03-31"
        )
    return ""


def looks_like_date(text: str) -> bool:
    """Whether a text is a date in any known format."""
    return bool(formats_of(text))


def infer_date_format(dates: Iterable[tuple[int, str]], today: date | None = None) -> str | None:
    """The format in which every date can be read; None where there is no date.

    Args:
        dates: (line, text).
        today: None for the clock's.

    Raises:
        InvalidTime: no format fits all dates, or several do.
    """
    fitting: list[str] = []
    read: dict[str, int] = {}
    for line, text in dates:
        if text in read:
            continue
        choices = fitting if read else formats_of(text)
        fitting = [choice for choice in choices if parse_date(text, choice) is not None]
        if not fitting:
            known = f" in the format of the dates before it ({choices[0]})" if read else ""
            raise InvalidTime(
                f"{text!r} is not a date{known}",
                advice=_advice(text)
                or 'give the format with a rule such as: date_format = "%d.%m.%Y"; ' + LEAVE_OUT,
                time=text,
                rule="date_format",
            ).at_line(line)
        read[text] = line
    if len(fitting) > 1:
        fitting = _without_unlikely_years(list(read), fitting, today or datetime.now(UTC).date())
    if len(fitting) > 1:
        raise _ambiguous(read, fitting)
    return fitting[0] if fitting else None


def _without_unlikely_years(texts: list[str], formats: list[str], today: date) -> list[str]:
    """The formats without one whose first part is the year, where that is hardly meant.

    It is kept wherever it might be, so that a person is asked. It is hardly meant where the day or
    the month first makes all dates recent, and it makes them older, or scatters them over years.
    With points between, as in 14.02.25, recent dates alone are enough: nobody has the year first.
    """
    spans = {}
    for each in formats:
        days = [day_of(found) for text in texts if (found := parse_date(text, each)) is not None]
        spans[each] = min(days), max(days)
    others = [each for each in formats if not is_year_first_short(each)]
    recent = [each for each in others if _is_recent(spans[each], today)]
    if not recent or len(others) == len(formats):
        return formats
    (year_first,) = set(formats) - set(others)
    shortest = min(spans[each][1] - spans[each][0] for each in recent)
    span = spans[year_first][1] - spans[year_first][0]
    scattered = span > max(timedelta(days=300), 10 * shortest)
    if "." in year_first or scattered or not _is_recent(spans[year_first], today):
        return others
    return formats


def _is_recent(span: tuple[date, date], today: date) -> bool:
    return today - span[0] <= _RECENT and span[1] - today <= timedelta(days=366)


def _ambiguous(read: dict[str, int], formats: list[str]) -> LedgerError:
    def readings(text: str) -> list[str]:
        return [str(parse_date(text, each)) for each in formats]

    telling = next((text for text in read if len(set(readings(text))) > 1), next(iter(read)))
    ways = " and ".join(
        f"{value} by {date_format!r}"
        for value, date_format in zip(readings(telling), formats, strict=True)
    )
    return InvalidTime(
        f"the dates do not show which part is the day and which the month"
        f"{' or the year' if any(map(is_year_first_short, formats)) else ''}: "
        f"{telling!r} is {ways}",
        advice="add one of these rules: "
        + " or ".join(f'date_format = "{each}"' for each in formats),
        time=telling,
        rule="date_format",
    ).at_line(read[telling])


def instant_in(moment: date | datetime, zone: tzinfo | None, book_zone: BookZone) -> int:
    """The first instant of a day, or the moment itself, in µs UTC; of a repeated one the earlier.

    Args:
        zone: None for the book's.

    Raises:
        InvalidTime: it is out of range.
    """
    try:
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone or load_zone(_name_in(book_zone, moment)))
            return to_instant(moment.astimezone(UTC))
        if zone is None:
            return book_zone.day_start(moment)
        return to_instant(datetime.combine(moment, time(), zone).astimezone(UTC))
    except (OverflowError, ValueError):
        raise InvalidTime(
            f"{moment} is out of range",
            advice="check the rules date_format and time_zone",
            time=str(moment),
            rule="date_format",
        ) from None


def _name_in(book_zone: BookZone, moment: datetime) -> str:
    """The zone that the book keeps on a day."""
    return book_zone.name_at(book_zone.day_start(moment.date()))


def day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def day_at(instant: int, zone: tzinfo | None, book_zone: BookZone) -> date:
    """The day on which an instant (µs UTC) falls; ``zone`` None for the book's."""
    if zone is None:
        return book_zone.day_of(instant)
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).date()
