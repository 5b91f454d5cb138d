"""Dates as banks write them, and the instants they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ledger.domain.instant import EPOCH, to_instant
from ledger.errors import InvalidTime, LedgerError
from ledger.times import parse_instant

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


def read_date(text: str, date_format: str) -> date | datetime:
    """A date, or a date and time where the format has a time.

    Raises:
        InvalidTime: the text is none in the format.
    """
    found = _parsed(text, date_format)
    if found is None:
        raise InvalidTime(
            f"{text!r} is no date in the format {date_format!r}",
            advice="see date_format in the rules; leave out a line that is not an entry with "
            "skip_top or skip_bottom",
            time=text,
        )
    return found


def _parsed(text: str, date_format: str) -> date | datetime | None:
    try:
        # The zone is in the text where the format has one, and in the rules otherwise.
        moment = datetime.strptime(text, date_format)  # noqa: DTZ007
    except ValueError:
        return None
    if date_format == "%Y%m%d" and len(text) != 8:  # else `2026111` would be one
        return None
    return moment if any(mark in date_format for mark in ("%H", "%I", "%M")) else moment.date()


def looks_like_date(text: str) -> bool:
    """Whether a text is a date in any format that is known."""
    return any(_parsed(text, each) is not None for each in _choices(text))


def _choices(text: str) -> Sequence[str]:
    return _WITH_TIME if ":" in text else _DAYS


def infer_date_format(dates: Iterable[tuple[int, str]]) -> str | None:
    """The format in which every date can be read; None where there is no date.

    Args:
        dates: (line, text).

    Raises:
        InvalidTime: no format fits all dates, or no date tells the day from the month.
    """
    fitting: list[str] = []
    first: tuple[int, str] | None = None
    read: dict[str, int] = {}
    for line, text in dates:
        if text in read:
            continue
        choices = fitting or _choices(text)
        fitting = [choice for choice in choices if _parsed(text, choice) is not None]
        if not fitting:
            known = "" if first is None else f" in the format of those before it ({choices[0]})"
            raise InvalidTime(
                f"{text!r} is no date{known}",
                advice='say how dates are written by a rule such as: date_format = "%d.%m.%Y"; a '
                "line that is no entry is left out by skip_top or skip_bottom",
                time=text,
            ).at_line(line)
        read[text] = line
        first = first or (line, text)
    if first is None:
        return None
    if len(fitting) > 1:
        raise _ambiguous(read, fitting)
    return fitting[0]


def _ambiguous(read: dict[str, int], formats: list[str]) -> LedgerError:
    def readings(text: str) -> list[str]:
        return [str(_parsed(text, each)) for each in formats]

    telling = next((text for text in read if len(set(readings(text))) > 1), next(iter(read)))
    ways = " and ".join(
        f"{value} by {date_format!r}"
        for value, date_format in zip(readings(telling), formats, strict=True)
    )
    return InvalidTime(
        f"no date tells the day from the month: {telling!r} is {ways}",
        advice="say it in a rules file: "
        + " or ".join(f'date_format = "{each}"' for each in formats),
        rule="date_format",
        time=telling,
    ).at_line(read[telling])


def instant_in(moment: date | datetime, zone: tzinfo | None) -> int:
    """The first instant of a day, or the very moment, in µs UTC; of a repeated one the earlier.

    Args:
        zone: None for the machine's.

    Raises:
        InvalidTime: it is out of range.
    """
    try:
        if isinstance(moment, datetime):
            if moment.tzinfo is None and zone is not None:
                moment = moment.replace(tzinfo=zone)
            return to_instant(moment.astimezone(UTC))
        if zone is None:
            return parse_instant(moment.isoformat())
        return to_instant(datetime.combine(moment, time(), zone).astimezone(UTC))
    except (OverflowError, ValueError):
        raise InvalidTime(f"{moment} is out of range", advice="", time=str(moment)) from None


def day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def day_at(instant: int, zone: tzinfo | None) -> date:
    """The day that an instant (µs UTC) falls on; ``zone`` None for the machine's."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).date()
