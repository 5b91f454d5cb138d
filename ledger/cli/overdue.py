"""Ending a question that does not let itself be ended.

SQLite looks at the clock, and lets a signal be handled, between two steps of its machine. One step
may be a comparison of long texts, or a sort of them, that takes hours. So a thread watches how long
the next row takes, and ends the process where it must: it only reads, so there is nothing to lose.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Final, Self, TypeVar

_LOOK: Final = 0.1
_PATIENCE: Final = 0.5
"""Seconds that the ordinary ways of ending it have."""

_Row = TypeVar("_Row")


class Overdue:
    """Watches the rows of an answer, within a ``with`` of the main thread.

    Args:
        seconds: of work that the rows may take; the time in which they are shown does not count.
        give_up: says that it took too long, and gives the exit status.
    """

    def __init__(self, seconds: float, give_up: Callable[[], int]) -> None:
        self._seconds = seconds
        self._give_up = give_up
        self._spent = 0.0
        self._since: float | None = None
        self._over = Event()

    def __enter__(self) -> Self:
        self._heard, told = os.pipe()
        self._told = told
        for end in (self._heard, told):
            os.set_blocking(end, False)
        self._before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._before)
        self._over.set()
        self._thread.join()
        os.close(self._heard)
        os.close(self._told)

    def rows(self, rows: Iterator[_Row]) -> Iterator[_Row]:
        """The same rows, watched."""
        while True:
            since = self._since = monotonic()
            try:
                row = next(rows, self)
            finally:
                self._since = None
                self._spent += monotonic() - since
            if isinstance(row, Overdue):
                return
            yield row

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            since = self._since
            number = self._signal()
            if number and since is not None and self._goes_on(since):
                os.write(2, b"interrupted\n")
                os._exit(128 + number)
            if since is not None and self._is_late(since):
                os._exit(self._give_up())

    def _signal(self) -> int:
        """The first signal that has come since the last look; 0 for none."""
        try:
            return os.read(self._heard, 1)[0]
        except BlockingIOError:
            return 0

    def _goes_on(self, since: float) -> bool:
        """Whether the same row is still being looked for, after all patience."""
        return not self._over.wait(_PATIENCE) and self._since == since

    def _is_late(self, since: float) -> bool:
        return self._spent + monotonic() - since > self._seconds + _PATIENCE
