"""The dates and times that people write, before a time zone makes instants of them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from ledger.errors import InvalidTime

_DATE: Final = r"(\d{4})(-?)(\d\d)\2(\d\d)"
_TIME: Final = r"(\d\d)(?:(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d+))?)?)?"
_OFFSET: Final = r"(?:([Zz])|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?"
_SHAPE: Final = f"{_DATE}(?:[Tt ]{_TIME}{_OFFSET})?"
_USUAL: Final = (  # what `fromisoformat` reads in the same way in every Python, and quickly
    r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?"
)
_MONTH: Final = r"(\d{4})-(\d\d)"

RelativeDay: TypeAlias = Literal["today", "yesterday"]


class Month(NamedTuple):
    """A month of a year."""

    year: int
    month: int

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        if self.month == 12:
            return date(self.year, 12, 31)
        return date(self.year, self.month + 1, 1) - timedelta(days=1)


WrittenDay: TypeAlias = date | Month | RelativeDay


def read_written(text: str, *, months: bool = False) -> datetime | WrittenDay:
    """What a text says: a time with or without an offset, a day, or a month.

    Args:
        text: what somebody wrote.
        months: whether a month will do.

    Raises:
        InvalidTime: it says none of these, or a time finer than a microsecond. The advice gives the
            form that is wanted, filled in where there is only one way to understand the text.
    """
    try:
        written = parse_written(text, months=months)
    except ValueError:
        written = None
    if written is not None:
        return written
    from ledger.times.misspelled_times import refusal

    raise refusal(text, months=months)


def parse_written(text: str, *, months: bool = False) -> datetime | WrittenDay | None:
    """The same, or None where the text has another form.

    Raises:
        InvalidTime: it is finer than a microsecond.
        ValueError: it has the form, but there is no such date or time.
    """
    if re.fullmatch(_USUAL, text, re.ASCII):
        return datetime.fromisoformat(text)
    if shape := re.fullmatch(_SHAPE, text, re.ASCII):
        return _date_or_time(text, *shape.groups())
    if text in get_args(RelativeDay):
        return "today" if text == "today" else "yesterday"
    if months and (shape := re.fullmatch(_MONTH, text, re.ASCII)):
        year, month = shape.groups()
        return Month(*date(int(year), int(month), 1).timetuple()[:2])
    return None


def _date_or_time(text: str, *parts: str | None) -> date | datetime:
    year, _, month, day, hour, _, minute, second, fraction, z, *offset = parts
    assert year is not None
    assert month is not None
    assert day is not None
    if hour is None:
        return date(int(year), int(month), int(day))
    if fraction is not None and len(fraction) > 6:
        raise InvalidTime(
            f"{text!a} is finer than a microsecond", advice="give at most six decimals", time=text
        )
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute or 0),
        int(second or 0),
        int((fraction or "").ljust(6, "0")),
        UTC if z else _offset(*offset),
    )


def _offset(
    sign: str | None, hours: str | None, minutes: str | None, seconds: str | None
) -> timezone | None:
    if sign is None or hours is None:
        return None
    if int(minutes or 0) > 59 or int(seconds or 0) > 59:
        raise ValueError("an offset has at most 59 minutes and 59 seconds")
    size = timedelta(hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return timezone(size if sign == "+" else -size)
