"""Instants: integer microseconds since 1970-01-01T00:00:00Z (µs UTC), on two clocks.

*Effective time* is when something happened, *recorded time* when the store wrote it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, overload

from ledger.errors import DamagedLedger, InvalidTime, moment, second

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = 253_402_300_799_999_999
"""9999-12-31T23:59:59.999999Z: nor anything after it."""
EARLIEST: Final = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z: ISO 8601 writes nothing before it."""
_MICROSECOND: Final = timedelta(microseconds=1)
_UNMARKED_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - so no offset is written


def effective_time(at: int | None, now: int) -> int:
    """The effective time of a command (µs UTC): the one it names, else now.

    Raises:
        InvalidTime: it lies in the future, or before the year 1.
    """
    if at is None:
        return now
    if at > now:
        raise InvalidTime(
            f"{moment(at)} is in the future",
            advice=f"it is {second(now)} now; a ledger records what has happened",
            at=format_instant(at),
            now=format_instant(now),
        )
    if at < EARLIEST:
        raise InvalidTime(
            f"{at} µs is before the year 1",
            advice=f"the earliest time is {moment(EARLIEST)}",
            at=format_instant(at),
        )
    return at


def check_instant(instant: object) -> int:
    """Give an instant back that a Python caller named (µs UTC).

    Raises:
        InvalidTime: it is none.
    """
    if not isinstance(instant, int) or isinstance(instant, bool):
        raise InvalidTime(
            f"{instant!r} is no time",
            advice="pass ISO 8601 text, a date, a datetime, or µs since 1970, UTC",
        )
    if abs(instant) >= 2**63:
        raise InvalidTime(f"{instant} µs is out of range", advice="give µs since 1970, UTC")
    return instant


def format_instant(instant: int) -> str:
    """ISO 8601 with ``Z`` and always six decimals, so that texts sort as times do."""
    try:
        moment = _UNMARKED_EPOCH + timedelta(0, 0, instant)
    except OverflowError:  # only a damaged file holds a year before 1 or past 9999
        return f"{instant} µs"
    return f"{moment.isoformat(timespec='microseconds')}Z"


def parse_instant(text: str) -> int:
    """What `format_instant` writes, as µs UTC; any other number of decimals is read, too.

    Raises:
        ValueError: it is not a time in UTC.
    """
    if not text.endswith("Z"):
        raise ValueError(f"the time {text[:40]!r} is not in UTC")
    try:
        return to_instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is not a time") from None


def to_instant(moment: datetime) -> int:
    """A zone-aware datetime as µs UTC, exactly."""
    return (moment - EPOCH) // _MICROSECOND


@overload
def to_datetime(instant: int) -> datetime: ...
@overload
def to_datetime(instant: int | None) -> datetime | None: ...
def to_datetime(instant: int | None) -> datetime | None:
    """An instant (µs UTC) as a datetime in UTC, exactly; None for None.

    Raises:
        DamagedLedger: it is before the year 1 or past 9999, which no ledger takes.
    """
    if instant is None:
        return None
    try:
        return EPOCH + timedelta(0, 0, instant)
    except OverflowError:
        raise DamagedLedger(
            f"{instant} µs is before the year 1, or past 9999",
            advice="find out what is wrong with the file",
        ) from None
