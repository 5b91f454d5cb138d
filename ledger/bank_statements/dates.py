"""Dates as banks write them, and the instants that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ledger.bank_statements.statement_format import LEAVE_OUT
from ledger.domain.instant import EPOCH, to_instant
from ledger.errors import InvalidTime, LedgerError
from ledger.times.book_zone import BookZone
from ledger.times.zones import load_zone

_DAYS: Final = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
)
_TIMES: Final = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S%z", "%H:%M:%S.%f%z", "%I:%M %p")
_WITH_TIME: Final = tuple(
    f"{day}{between}{clock}" for day in _DAYS for clock in _TIMES for between in (" ", "T", ", ")
)

_LONGEST: Final = 100
"""Characters; no date has so many."""

_TIME_OF_DAY: Final = re.compile("%[HIM]")


def read_date(text: str, date_format: str) -> date | datetime:
    """A date, or a date and time where the format has a time.

    Raises:
        InvalidTime: the text is not a date in the format.
    """
    found = _parsed(text, date_format)
    if found is None:
        raise InvalidTime(
            f"{text!r} is not a date in the format {date_format!r}",
            advice=f"check the rule date_format; {LEAVE_OUT}",
            time=text,
            rule="date_format",
        )
    return found


def _parsed(text: str, date_format: str) -> date | datetime | None:
    if len(text) > _LONGEST:
        return None
    try:
        # The zone is in the text where the format has one, and in the rules otherwise.
        moment = datetime.strptime(text, date_format)  # noqa: DTZ007
    except ValueError:
        return None
    if date_format == "%Y%m%d" and len(text) != 8:  # else `2026111` would be one
        return None
    return moment if _TIME_OF_DAY.search(date_format) else moment.date()


def looks_like_date(text: str) -> bool:
    """Whether a text is a date in any known format."""
    return any(_parsed(text, each) is not None for each in _choices(text))


def _choices(text: str) -> Sequence[str]:
    return _WITH_TIME if ":" in text else _DAYS


def infer_date_format(dates: Iterable[tuple[int, str]]) -> str | None:
    """The format in which every date can be read; None where there is no date.

    Args:
        dates: (line, text).

    Raises:
        InvalidTime: no format fits all dates, or several do.
    """
    fitting: list[str] = []
    read: dict[str, int] = {}
    for line, text in dates:
        if text in read:
            continue
        choices = fitting or _choices(text)
        fitting = [choice for choice in choices if _parsed(text, choice) is not None]
        if not fitting:
            known = f" in the format of the dates before it ({choices[0]})" if read else ""
            raise InvalidTime(
                f"{text!r} is not a date{known}",
                advice='give the format with a rule such as: date_format = "%d.%m.%Y"; '
                + LEAVE_OUT,
                time=text,
                rule="date_format",
            ).at_line(line)
        read[text] = line
    if len(fitting) > 1:
        raise _ambiguous(read, fitting)
    return fitting[0] if fitting else None


def _ambiguous(read: dict[str, int], formats: list[str]) -> LedgerError:
    def readings(text: str) -> list[str]:
        return [str(_parsed(text, each)) for each in formats]

    telling = next((text for text in read if len(set(readings(text))) > 1), next(iter(read)))
    ways = " and ".join(
        f"{value} by {date_format!r}"
        for value, date_format in zip(readings(telling), formats, strict=True)
    )
    return InvalidTime(
        f"the dates do not show which part is the day and which the month: {telling!r} is {ways}",
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
