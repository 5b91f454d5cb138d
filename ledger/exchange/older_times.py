"""The timestamps of the older world: ISO 8601, in UTC where they name no offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from ledger.domain.instant import to_instant
from ledger.errors import InvalidTime

# `fromisoformat` alone reads `T18.5` as half a second past 18:00, and some Pythons know an hour 24.
_SHAPE: Final = re.compile(
    r"\d{4}-(?:\d\d-\d\d|W\d\d-\d)[Tt ]"
    r"(?:[01]\d|2[0-3])(?::?\d\d(?::?\d\d(?P<fraction>[.,]\d+)?)?)?"
    r"(?:Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d{1,6})?)?)?)?",
    re.ASCII,
)
_MICROSECONDS: Final = len(".123456")


def parse_older_time(text: str) -> int:
    """A timestamp of the older world as µs UTC.

    It may have any number of decimals. What is finer than a microsecond is cut off, not rounded:
    so no event moves into the next second or the next day, and the order of events stays.

    Raises:
        InvalidTime: it is no such time.
    """
    found = _SHAPE.fullmatch(text)
    if found:
        start, end = found.span("fraction")
        if end - start > _MICROSECONDS:
            text = text[: start + _MICROSECONDS] + text[end:]
        try:
            moment = datetime.fromisoformat(text)
            return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except ValueError:
            pass
    shown = text if len(text) <= 40 else text[:37] + "..."
    raise InvalidTime(
        f"{shown!a} is not a date or time that exists",
        advice="a timestamp is an ISO 8601 time, in UTC or with an offset, such as "
        "2024-01-31T18:30:00.25",
        time=shown,
    )
