"""Times: the clock, the zones of the world, and the zone that a book keeps."""

from __future__ import annotations

from time import time_ns


def system_clock() -> int:
    """Now, in µs UTC."""
    return time_ns() // 1_000
