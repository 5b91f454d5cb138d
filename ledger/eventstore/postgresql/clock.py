"""The server's clock: whoever writes to one ledger goes by one clock, however theirs are set."""

from __future__ import annotations

from time import monotonic_ns, time_ns
from typing import Final

NOW: Final = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
"""µs UTC, in SQL."""


_FRESH: Final = 1_000_000_000
"""Nanoseconds."""


class ServerClock:
    """What the server's clock said last, counted on since then; gives µs UTC.

    A machine that sleeps does not count on, and the server's clock may be set meanwhile: who is
    going to go by it for long should hear it again.
    """

    whose: Final = "the server's"
    """As messages call it."""

    def __init__(self) -> None:
        self._said = 0
        self._heard_at = self._seen_at = 0

    def hear(self, said: int) -> None:
        """The server's clock says so now."""
        self._said, self._heard_at, self._seen_at = said, monotonic_ns(), time_ns()

    @property
    def is_fresh(self) -> bool:
        """Whether it was heard a moment ago; in sleep only the clock on the wall goes on."""
        return monotonic_ns() - self._heard_at < _FRESH and abs(time_ns() - self._seen_at) < _FRESH

    def __call__(self) -> int:
        return self._said + (monotonic_ns() - self._heard_at) // 1_000
