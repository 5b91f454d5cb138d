"""Times of day in a column of their own, beside a bare date."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final

from ledger.errors import InvalidTime

_CLOCK: Final = re.compile(
    r"([0-9]{1,2})[:.h]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,]([0-9]{1,6}))?)?\s*([ap]\.?m\.?)?"
    r"|([0-9]{2})([0-9]{2})([0-9]{2})",
    re.IGNORECASE,
)
_LONGEST: Final = 30
"""Characters; no time has so many."""


def clock_time(text: str) -> time | None:
    """A time such as ``14:30``, ``14.30``, ``2:30:15 PM`` or ``143015``; None for anything else."""
    found = _CLOCK.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    fraction, half = found[4] or "", (found[5] or "").lower()
    hour, minute, second = (int(found[part] or found[part + 5] or 0) for part in (1, 2, 3))
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * half.startswith("p")
    try:
        return time(hour, minute, second, int(fraction.ljust(6, "0")))
    except ValueError:
        return None


def at_time(day: date | datetime, text: str) -> date | datetime:
    """A day with a time of day; an empty text leaves it as it is.

    Raises:
        InvalidTime: the text is no time of day.
    """
    if not text:
        return day
    clock = clock_time(text)
    if clock is None:
        raise InvalidTime(
            f"{text!r} is not a time of day",
            advice='check the rule time; if the column is of no use, write: time = ""',
            time=text,
            rule="time",
        )
    return datetime.combine(day, clock)
