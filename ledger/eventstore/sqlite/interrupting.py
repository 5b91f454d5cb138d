"""Having an interrupt heard while SQLite works, or waits for another process.

Python only notes a signal while C code runs, and SQLite may run for minutes. So it is made to call
Python now and then; what a signal handler raises there ends the statement, and comes out of it.
Signals are handled in the main thread alone, so a connection of another one just goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final

import apsw

_STEPS: Final = 100_000
"""Of SQLite's machine between two calls: a few milliseconds."""

_PAUSES: Final = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
"""Seconds between attempts to get a lock, as SQLite's own waiting has them; the last one stays."""


def let_interrupt(connection: apsw.Connection) -> None:
    """Let signals be handled during long statements."""
    connection.set_progress_handler(_go_on, _STEPS)


def wait_for_locks(connection: apsw.Connection, seconds: float) -> None:
    """Wait for another process's lock so long, and let signals be handled meanwhile."""
    connection.set_busy_handler(_waiting(seconds))


def _go_on() -> bool:
    return False  # signals have been handled as it was called


def _waiting(seconds: float) -> Callable[[int], bool]:
    end, seconds = 0.0, max(0, seconds)

    def wait(attempts: int) -> bool:
        nonlocal end
        now = monotonic()
        if attempts == 0:
            end = now + seconds
        if now >= end:
            return False
        sleep(min(end - now, _PAUSES[min(attempts, len(_PAUSES) - 1)]))
        return True

    return wait
