"""A process that archives, or erases what is archived, and is killed at each step of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from typing import Final

from ledger import Ledger
from ledger.commands.erasing import Eraser
from ledger.exchange import archiving
from tests.support.archiving import Hook
from tests.support.archiving import archive as archive_in_steps
from tests.support.clock import SECOND, Clock
from tests.support.erasure.members import write

LEDGER: Final = "books.db"
FOLDER: Final = "archive"

CALLS: Final = ("replace", "unlink")
"""Functions of `os`, at each call of which it is killed, too."""


"""Is called with the name of each step."""

Work = Callable[[str, int, Hook], None]


def nothing(step: str) -> None:
    """Let a step be done."""


class TickingClock(Clock):
    """Shows a later time at each look."""

    def __call__(self) -> int:
        self.now += SECOND
        return self.now


def written(folder: str) -> int:
    """Make a ledger, and return the moment up to which its first two files are archived."""
    clock = TickingClock()
    with Ledger.open(os.path.join(folder, LEDGER), clock=clock, snapshot_interval=2) as ledger:
        write(ledger)
        until = ledger.head().recorded_us
        ledger.deposit("club", "1", "Später")
    return until


def opened(folder: str) -> Ledger:
    clock = TickingClock()
    clock.now += 1_000 * SECOND
    return Ledger.open(os.path.join(folder, LEDGER), clock=clock)


def archive(folder: str, until: int, reached: Hook = nothing) -> None:
    """Archive in files of at most 14 events."""
    usual, archiving.SEGMENT_EVENTS = archiving.SEGMENT_EVENTS, 14  # type: ignore[misc] # several
    try:
        with opened(folder) as ledger:
            archive_in_steps(ledger, os.path.join(folder, FOLDER), until, reached)
    finally:
        archiving.SEGMENT_EVENTS = usual  # type: ignore[misc]


def erase(folder: str, until: int = 0, reached: Hook = nothing) -> None:
    """Erase an account whose texts are in every file of the archive."""
    with opened(folder) as ledger:
        eraser = Eraser(ledger._store, ledger._repository, ledger._projector, reached)
        eraser.erase("anne", "asked for it", ledger._run_context())


def main(work: str, folder: str, until: str) -> None:
    """Do the work in copies of a folder, killed in each at another point.

    It prints the points, in the order in which they are reached; copy number *n* is of point *n*.
    """
    do: Work = archive if work == "archive" else erase
    points: list[str] = []
    _do_in_copy(do, folder, int(until), points.append)
    for number, _ in enumerate(points):
        reached: list[str] = []

        def die(point: str, number: int = number, reached: list[str] = reached) -> None:
            reached.append(point)
            if len(reached) > number:
                os.kill(os.getpid(), signal.SIGKILL)

        process = os.fork()
        if not process:
            _do_in_copy(do, folder, int(until), die, str(number))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        assert os.WIFSIGNALED(status), points[number]
    print(json.dumps(points))


def _do_in_copy(
    do: Work,
    folder: str,
    until: int,
    reached: Hook,
    name: str = "undisturbed",
) -> None:
    copy = os.path.join(os.path.dirname(folder), name)
    shutil.copytree(folder, copy)
    for call in CALLS:
        _tell(call, reached)
    do(copy, until, reached)
    for call in CALLS:
        setattr(os, call, _CALLED[call])


_CALLED: Final = {call: getattr(os, call) for call in CALLS}


def _tell(call: str, reached: Hook) -> None:
    """Have a function say that it is about to be called."""

    def told(*arguments: object) -> object:
        reached(f"before os.{call}")
        return _CALLED[call](*arguments)

    setattr(os, call, told)
