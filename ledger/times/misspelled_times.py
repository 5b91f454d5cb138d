"""What to say to a date or time in another form than the one that is wanted."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from ledger.errors import InvalidTime
from ledger.times.written_times import parse_written

_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_SEPARATOR: Final = r"[-/. ]"
_TAIL: Final = r"(?:T| +|, *)(\d\d?)(:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?"
_NO_TIME: Final = "is not a date or time"
_FORMS: Final = (
    "write the year, the month and the day as 2026-02-14; or today, yesterday, or a time such as "
    "2026-02-14T18:30 or 2026-02-14T18:30+01:00"
)


def refusal(text: str, *, months: bool) -> InvalidTime:
    """The error for a text that is no date or time.

    Args:
        text: what somebody wrote.
        months: whether a month would do.
    """
    likely = proposals(text, months=months)
    if len(likely) == 1:
        return _refusal(text, _NO_TIME, f"write it as {likely[0]}", proposal=likely[0])
    if likely:
        return _refusal(
            text,
            "does not say which number is the day, and which the month",
            f"write the year first, then the month, then the day: {' or '.join(likely)}",
        )
    if year := re.fullmatch(r"\s*(?!0000)(\d{4})\s*", text, re.ASCII):
        return _year(text, year[1], months=months)
    if not months and _can_be_read(text, months=True):
        return _refusal(text, "is a month, and a day is needed", f"add the day, as in {text}-01")
    return _nonexistent(text) or _refusal(text, _NO_TIME, _forms(text, months=months))


def _refusal(text: str, objection: str, advice: str, **facts: str) -> InvalidTime:
    shown = ascii(text) if len(text) <= 60 else ascii(text[:60])[:-1] + "…'"
    return InvalidTime(f"{shown} {objection}", advice=advice, time=text, **facts)


def _year(text: str, year: str, *, months: bool) -> InvalidTime:
    if not months:
        return _refusal(
            text, "is a year, and a day is needed", f"add month and day, as in {year}-12-31"
        )
    return _refusal(
        text,
        "is a year, and a month or a day is needed",
        f"{year} begins with {year}-01 and ends with {year}-12",
        year=year,
    )


def _nonexistent(text: str) -> InvalidTime | None:
    """The error for a date or time that has the right form, but a number too high."""
    try:
        parse_written(text, months=True)
    except ValueError:
        pass
    else:
        return None
    year, month, day = (int(text.replace("-", "")[a:b] or 1) for a, b in ((0, 4), (4, 6), (6, 8)))
    if year == 0:
        return _refusal(text, "does not exist: the first year is 0001", "write a year such as 2026")
    if not 1 <= month <= 12:
        return _refusal(
            text, "does not exist: a year has 12 months", "write the year, the month and the day"
        )
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        name = _MONTHS[month - 1].title()
        return _refusal(
            text,
            f"does not exist: {name} {year} has {days} days",
            f"its last day is {year:04}-{month:02}-{days}",
        )
    return _refusal(
        text,
        "is not a time that exists",
        "hours go up to 23, minutes and seconds up to 59, and an offset up to 23:59",
    )


def _forms(text: str, *, months: bool) -> str:
    if text.strip().lower() == "now":
        return "give no time at all, which means now"
    return f"{_FORMS}; or a month, such as 2026-02" if months else _FORMS


def proposals(text: str, *, months: bool) -> list[str]:
    """The right spellings of what may be meant: one where that is plain, two where it is not known
    which number is the day and which the month, none where nothing is known.

    Args:
        text: what somebody wrote.
        months: whether a month would do.
    """
    if len(text) > 60 or not text.isascii():
        return []
    plain = " ".join(text.split())
    found = [plain, plain.lower()]
    head, hour, rest, offset = _split(plain)
    for day in _days(head):
        if hour == "24" and not rest.strip(":0"):
            with suppress(OverflowError):
                found.append(f"{day + timedelta(days=1)}T00:00{offset}")
        elif hour:
            found.append(f"{day}T{hour:0>2}{rest}{offset}")
        else:
            found.append(str(day))
    if months and not hour:
        found += _month(head)
    return list(dict.fromkeys(each for each in found if _can_be_read(each, months=months)))


def _can_be_read(text: str, *, months: bool) -> bool:
    try:
        return parse_written(text, months=months) is not None
    except (ValueError, InvalidTime):
        return False


def _split(text: str) -> tuple[str, str, str, str]:
    """A text as its date, hour, rest of the time, and offset."""
    if tail := re.search(_TAIL + "$", text, re.IGNORECASE):
        hour, rest, offset = tail.groups()
        return text[: tail.start()], hour, rest, (offset or "").upper()
    return text, "", "", ""


def _days(text: str) -> Iterable[date]:
    text = text.lower()
    s = _SEPARATOR
    if m := re.fullmatch(rf"(\d{{4}}){s}(\d\d?){s}(\d\d?)", text):
        readings = [(m[1], m[2], m[3])]
    elif m := re.fullmatch(rf"(\d\d?){s}(\d\d?){s}(\d{{4}})", text):
        readings = [(m[3], m[1], m[2]), (m[3], m[2], m[1])]
    elif m := re.fullmatch(
        r"(\d\d?)(?:st|nd|rd|th|\.)?(?: of)?[- ]?([a-z]+)[.,]?[- ](\d{4})", text
    ):
        readings = [(m[3], _month_number(m[2]), m[1])]
    elif m := re.fullmatch(r"([a-z]+)[.]? (\d\d?)(?:st|nd|rd|th)?,? (\d{4})", text):
        readings = [(m[3], _month_number(m[1]), m[2])]
    elif m := re.fullmatch(r"(\d{4})[- ]([a-z]+)[.]?[- ](\d\d?)", text):
        readings = [(m[1], _month_number(m[2]), m[3])]
    elif re.fullmatch(r"\d{4}-?w\d\d-?\d|\d{4}-\d{3}|\d{8}", text):
        return _other_iso(text)
    else:
        return []
    days = []
    for year, month, day in readings:
        with suppress(ValueError):
            days.append(date(int(year), int(month), int(day)))
    return days


def _other_iso(text: str) -> list[date]:
    """A day by its week, or by its number in the year."""
    digits = re.sub(r"[-w]", "", text)
    year = int(digits[:4])
    with suppress(ValueError):
        if "w" in text:
            return [date.fromisocalendar(year, int(digits[4:6]), int(digits[6]))]
        if len(digits) == 8:
            return [datetime.strptime(digits, "%Y%m%d").date()]  # noqa: DTZ007 - only its date
        day = date(year, 1, 1) + timedelta(days=int(digits[4:]) - 1)
        return [day] if day.year == year else []
    return []


def _month_number(word: str) -> int:
    """1 to 12, by an English name or its beginning; 0 where it is none."""
    for number, name in enumerate(_MONTHS, 1):
        if name == word or (len(word) in (3, 4) and name.startswith(word)):
            return number
    return 0


def _month(text: str) -> list[str]:
    text = text.lower()
    if m := re.fullmatch(rf"(\d{{4}}){_SEPARATOR}(\d\d?)", text):
        return [f"{m[1]}-{m[2]:0>2}"]
    if m := re.fullmatch(rf"(\d\d?){_SEPARATOR}(\d{{4}})", text):
        return [f"{m[2]}-{m[1]:0>2}"]
    if m := re.fullmatch(r"([a-z]+)[.,]? (\d{4})", text):
        return [f"{m[2]}-{_month_number(m[1]):02}"]
    return []
