"""Bearing with a store that is away for a while, as a server is that is started anew."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from ledger.errors import StorageFailure

LONGEST: Final = 60.0
"""Seconds after which it is given up."""

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0

Told = Callable[[StorageFailure], object]
"""Is told of a failure that is borne with: once, until all is well again."""


class Patience:
    """Waits longer and longer, and no longer than a minute in all.

    Args:
        pause: what sleeps.
        told: see `Told`.
    """

    def __init__(self, pause: Callable[[float], object], told: Told | None) -> None:
        self._pause = pause
        self._told = told
        self._since: float | None = None
        self._next = _FIRST_PAUSE

    def bear(self, failure: StorageFailure) -> None:
        """Wait after a failure.

        Raises:
            StorageFailure: it is another one than that, or has lasted for too long.
        """
        if "away" not in failure.details:
            raise failure
        if self._since is None:
            self._since = monotonic()
            if self._told is not None:
                self._told(failure)
        if monotonic() - self._since > LONGEST:
            raise failure
        self._pause(self._next)
        self._next = min(2 * self._next, _LONGEST_PAUSE)

    def all_is_well(self) -> None:
        """Begin anew at the next failure."""
        self._since, self._next = None, _FIRST_PAUSE
