"""Instants, and clocks that show what they are set to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

MICROSECOND: Final = timedelta(microseconds=1)

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR


def utc(text: str) -> int:
    """µs since 1970 of an ISO 8601 time, which is in UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND


def iso(moment: int) -> str:
    """An instant as the program's JSON has it."""
    return f"{EPOCH + moment * MICROSECOND:%Y-%m-%dT%H:%M:%S.%f}Z"


NOON: Final = utc("2026-03-01T12:00")
"""The time in tests that do not say another."""


class Clock:
    """Stands still until it is moved. Whoever looks at it may first be interrupted.

    Attributes:
        now: µs since 1970.
        interruptions: called one by one, the next at each look.
    """

    def __init__(self, now: int | str = NOON) -> None:
        self.now = utc(now) if isinstance(now, str) else now
        self.interruptions: list[Callable[[], object]] = []

    def __call__(self) -> int:
        if self.interruptions:
            self.interruptions.pop(0)()
        return self.now

    def to(self, text: str) -> None:
        self.now = utc(text)
