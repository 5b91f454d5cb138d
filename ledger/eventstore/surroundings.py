"""What a store takes from outside its log: the time, and chance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import sleep
from typing import Final

from ledger.domain.clock import TOLERANCE
from ledger.domain.instant import format_instant
from ledger.errors import ClockBehind, second
from ledger.eventstore.records import Clock

_WAITED_FOR: Final = 2_000_000
"""µs; where a refusal will be over so soon, it is waited for."""


class Surroundings:
    """The clock and the randomness of a real ledger.

    Args:
        clock: gives the time in µs UTC.
    """

    repeatable = False
    """Whether everything here depends on positions in the log alone."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self, position: int) -> int:
        """The time (µs UTC) for the event at a position."""
        return self.clock()

    def draw(self, position: int, purpose: str) -> bytes:
        """16 random bytes for something about the event at a position."""
        return os.urandom(16)

    def salts(self, first: int, count: int) -> Iterator[bytes]:
        """The salts of so many events from a position on."""
        if count == 1:
            return iter((os.urandom(16),))
        drawn = os.urandom(16 * count)
        return iter([drawn[place : place + 16] for place in range(0, 16 * count, 16)])

    def draw_uuid(self, position: int, purpose: str) -> str:
        """A random UUID (version 4, RFC 9562) for something about the event at a position."""
        bits = int.from_bytes(self.draw(position, purpose), "big")
        bits = bits & ~(0xF << 76) | (4 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def draw_run(self, position: int) -> str:
        """What tells a run, which begins at a position, from all others."""
        return self.draw(position, "run")[:8].hex()

    def recorded_time(self, position: int, head_recorded_at: int) -> int:
        """When the event at a position is recorded (µs UTC): now, or with the one before it.

        Args:
            head_recorded_at: of the event before it.

        Raises:
            ClockBehind: that is too far ahead of the clock, so one of the clocks is wrong.
        """
        now = self.now(position)
        if head_recorded_at <= now:
            return now
        behind = head_recorded_at - TOLERANCE - now
        if behind > 0:
            if behind <= _WAITED_FOR:
                sleep(behind / 1_000_000 + 0.001)
                now = self.now(position)
            if head_recorded_at - TOLERANCE > now:
                whose = getattr(self.clock, "whose", "this machine's")
                raise clock_behind(head_recorded_at, now, whose)
        return head_recorded_at


def clock_behind(head_recorded_at: int, now: int, whose: str = "this machine's") -> ClockBehind:
    """The error of a write whose clock is too far behind the log."""
    return ClockBehind(
        f"the last entry was recorded at {second(head_recorded_at)}, and {whose} "
        f"clock says {second(now)}",
        advice=f"see whether {whose} clock is right; if it is, another clock was wrong, "
        "which can be corrected in the book",
        recorded_at=format_instant(head_recorded_at),
        now=format_instant(now),
    )
