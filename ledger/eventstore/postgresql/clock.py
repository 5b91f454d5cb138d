"""The server's clock: whoever writes to one ledger goes by one clock, however theirs are set."""

from __future__ import annotations

from time import monotonic_ns
from typing import Final

NOW: Final = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
"""µs UTC, in SQL."""


class ServerClock:
    """What the server's clock said last, counted on since then; gives µs UTC."""

    whose: Final = "the server's"
    """As messages call it."""

    def __init__(self) -> None:
        self._said = 0
        self._heard_at = 0

    def hear(self, said: int) -> None:
        """The server's clock says so now."""
        self._said, self._heard_at = said, monotonic_ns()

    def __call__(self) -> int:
        return self._said + (monotonic_ns() - self._heard_at) // 1_000
