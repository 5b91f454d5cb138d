"""Times read in the machine's zone, as they were before a book had one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ledger.domain.instant import to_instant
from ledger.errors import InvalidTime

_HINT: Final = "write ISO 8601: 2026-03-31, 2026-03-31T18:30, 2026-03-31T18:30:00Z or …+02:00"


# `fromisoformat` alone reads `T18.5` as half a second past 18:00, and `18:30xZ` as if no x were
# there.
_SHAPE: Final = (
    r"\d{4}-(\d\d-\d\d|W\d\d-\d)[Tt ]"
    r"\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?"
    r"(Z|[+-]\d\d(:?\d\d(:?\d\d([.]\d+)?)?)?)?"
)


def parse_instant(text: str, *, end_of_day: bool = False) -> int:
    """An ISO 8601 date or time as µs UTC.

    A time without a zone is the machine's local time. A bare date is the first instant of the local
    day, or its last one.

    Args:
        text: what somebody wrote.
        end_of_day: whether a bare date means the day's last instant.

    Raises:
        InvalidTime: it is no such time, is finer than a microsecond, or names a local time that a
            change of the clocks skips or repeats.
    """
    day = _date(text)
    try:
        if day is not None:
            return _end_of(day) if end_of_day else _start_of(day)
        return _instant(text)
    except (OverflowError, ValueError):  # at either end of the calendar, whichever the zone
        raise InvalidTime(f"{text!a} is out of range", advice=_HINT, time=text) from None


def _date(text: str) -> date | None:
    if len(text) != 10 or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start_of(day: date) -> int:
    # Where a zone changes its clocks at midnight, the earlier reading (fold 0) of a repeated
    # midnight is the day's start, and a skipped midnight reads as the instant of the change. That
    # is what `timestamp` gives; `astimezone` reads a skipped time with the offset that comes after.
    return int(datetime.combine(day, time()).timestamp()) * 1_000_000


def _end_of(day: date) -> int:
    if day == date.max:  # people write it for "ever", and no day comes after it
        return to_instant(datetime.max.replace(tzinfo=UTC))
    return _start_of(day + timedelta(days=1)) - 1


def _instant(text: str) -> int:
    moment = _datetime(text)
    if moment.tzinfo is not None:
        return to_instant(moment)
    early, late = moment.astimezone(UTC), moment.replace(fold=1).astimezone(UTC)
    if early != late:
        exists = early.astimezone().replace(tzinfo=None) == moment
        what = "comes twice" if exists else "does not exist"
        raise InvalidTime(
            f"the local time {text} {what}: the clocks change then",
            advice=f"say which is meant by an offset: {_in_utc(early)} or {_in_utc(late)}",
            time=text,
        )
    return to_instant(early)


def _in_utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _datetime(text: str) -> datetime:
    fraction = text.partition(".")[2] or text.partition(",")[2]
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    if digits > 6:
        raise InvalidTime(
            f"{text!a} is finer than a microsecond", advice="give at most six decimals", time=text
        )
    if re.fullmatch(_SHAPE, text, re.ASCII):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise InvalidTime(f"{text!a} is not a date or time that exists", advice=_HINT, time=text)
