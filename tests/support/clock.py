"""Instants and clocks of these tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc(text: str) -> int:
    """µs since 1970 of an ISO 8601 time in UTC, written without its zone."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class Clock:
    """Stands still until it is moved. Whoever looks at it may first be interrupted.

    Attributes:
        interruptions: called one by one, the next at each look.
    """

    def __init__(self, now: str = "2026-03-01T12:00") -> None:
        self.now = utc(now)
        self.interruptions: list[Callable[[], object]] = []

    def __call__(self) -> int:
        if self.interruptions:
            self.interruptions.pop(0)()
        return self.now

    def to(self, text: str) -> None:
        self.now = utc(text)
