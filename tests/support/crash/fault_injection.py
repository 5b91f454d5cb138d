"""Runs a step of the session on a disk that fails, and checks the result."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

import apsw

from ledger import Ledger
from ledger.errors import LedgerError, StorageFailure
from tests.support.crash.disk_contents import DiskContents
from tests.support.crash.faulty_vfs import CHANGES, SHARED_MEMORY, Disk, Fault, FlakyDisk, Operation
from tests.support.crash.file_checks import Content, checked_content, written_event
from tests.support.crash.scripted_session import MAKING, SESSION, Step, begun, opened

WRITES: Final = frozenset({"write"})

FAULTS: Final[dict[str, Fault]] = {
    "I/O error": Fault(0),
    "disk full": Fault(0, WRITES, apsw.SQLITE_FULL, lasting=True),
    "torn, disk full": Fault(0, WRITES, apsw.SQLITE_FULL, torn=0.5, lasting=True),
    "torn write": Fault(0, WRITES, torn=0.9),
    "barely begun write": Fault(0, WRITES, torn=0.01),
    "disk gone": Fault(0, lasting=True),
    "no shared memory": Fault(0, SHARED_MEMORY),
}
"""The faults that a program lives through."""

POWER_CUT: Final = Fault(0, CHANGES, deadly=True)


class Stage(NamedTuple):
    """A step, the file that it finds, and what is in it before and after.

    Attributes:
        operations: what it asks of the disk when nothing goes wrong.
    """

    step: Step
    file: str
    before: Content
    after: Content
    operations: tuple[Operation, ...]

    def count(self, counted: frozenset[str]) -> int:
        """How many operations of these kinds it takes."""
        return sum(operation.kind in counted for operation in self.operations)


def stages(folder: str) -> dict[str, Stage]:
    """Go through the session once without a fault."""
    path = os.path.join(folder, "books.db")
    begun(path)
    found = {}
    before = checked_content(path)
    for step in SESSION:
        file = os.path.join(folder, f"before {step.name}.db")
        shutil.copy(path, file)
        disk = Disk()
        with disk.in_place(), _opened(disk, path, step) as ledger:
            step.run(ledger, _tell_nobody)
        after = checked_content(path)
        found[step.name] = Stage(step, file, before, after, tuple(disk.operations))
        before = after
    return found


def meet_fault(stage: Stage, fault: Fault, folder: str, dice: Random | None = None) -> str:
    """Run a step on a disk that fails, and again with the same ledger once the disk works.

    Args:
        dice: given, the power is cut at the end instead of closing the ledger.

    Returns:
        What came of it, for the figures.
    """
    path = os.path.join(folder, "books.db")
    shutil.copy(stage.file, path)
    contents = DiskContents() if dice else None
    disk = Disk(fault, contents)
    step = stage.step
    promises: list[None] = []
    with disk.in_place():
        ledger = _opened(disk, path, step)
        failure = attempt(lambda: step.run(ledger, lambda: promises.append(None)))
        if failure is not None:
            disk.healthy = True
            _check_failed(ledger, stage, len(promises))
            step.run(ledger, _tell_nobody)
        if contents is not None:
            disk.healthy = True
            ledger.deposit("a", "0.01", "the last")
            disk.fault, disk.healthy = POWER_CUT._replace(at=1), False
        ledger.close()
    if dice is not None and contents is not None:
        contents.cut_power(dice, folder)
        events = checked_content(path).events
        assert events[-1].text == "the last"
        assert events[:-1] == stage.after.events
    else:
        assert checked_content(path) == stage.after
    if failure is not None:
        return "failed, then repeated"
    return "went on without" if disk.fault_hit else "never came"


def cut_power(stage: Stage, at: int, folder: str, dice: Random) -> str:
    """Run a step while the power fails, and again if it turns out not to be done."""
    path = os.path.join(folder, "books.db")
    shutil.copy(stage.file, path)
    contents = DiskContents()
    disk = Disk(POWER_CUT._replace(at=at), contents)
    step = stage.step
    promises: list[None] = []
    with disk.in_place():
        ledger = _opened(disk, path, step)
        failure = attempt(lambda: step.run(ledger, lambda: promises.append(None)))
        ledger.close()
    lost = contents.cut_power(dice, folder)
    content = checked_content(path)
    if failure is None:
        assert content == stage.after
    elif step.in_parts:
        _check_part(content, stage, len(promises))
    else:
        assert content in (stage.before, stage.after)
    if content != stage.after:
        with opened(path, deferred=step.deferred) as ledger:
            step.run(ledger, _tell_nobody)
        assert checked_content(path) == stage.after
    promised = "promised" if failure is None else "not promised"
    return f"power cut, {promised}, {'something' if lost else 'nothing'} lost"


def whole_session(path: str, disk: FlakyDisk) -> Content:
    """Run the session with one ledger, repeating each step until it succeeds."""
    begun(path)
    with disk.in_place():
        disk.healthy = True
        ledger = opened(path)
        for step in SESSION:
            disk.healthy = False
            for _ in range(10):
                if attempt(lambda: step.run(ledger, _tell_nobody)) is None:  # noqa: B023 - called at once
                    break
            else:
                disk.healthy = True
                step.run(ledger, _tell_nobody)
        ledger.close()
    return checked_content(path)


def reopen(file: str, wanted: Content, disk: Disk, folder: str) -> str:
    """Open a ledger that a killed process left, on a disk that fails."""
    path = os.path.join(folder, "books.db")
    for suffix in ("", "-wal"):
        shutil.copy(file + suffix, path + suffix)
    opened_at_all = []
    with disk.in_place():

        def look() -> None:
            with opened(path) as ledger:
                opened_at_all.append(ledger.head().position)

        failure = attempt(look)
    assert opened_at_all in ([], [len(wanted.events)])
    assert checked_content(path) == wanted
    return "failed, then repeated" if failure else "went on without"


def make(
    name: str,
    wanted: Content,
    fault: Fault,
    folder: str,
    dice: Random,
    contents: DiskContents | None,
) -> str:
    """Create a ledger on a disk that fails: it is complete, or nothing is there."""
    path = os.path.join(folder, "books.db")
    disk = Disk(fault, contents)
    with disk.in_place():
        failure = attempt(lambda: MAKING[name](path))
    if contents is not None:
        contents.cut_power(dice, folder)
    left = [found for found in os.listdir(folder) if contents is None or ".db.new-" not in found]
    if failure is not None and left == ["books.db"]:
        assert name == "create"  # it was opened again in vain
    elif failure is not None:
        assert left == []
        MAKING[name](path)
    assert checked_content(path) == wanted
    return "failed, then repeated" if failure else "went on without"


def made(name: str, folder: str) -> tuple[Content, tuple[Operation, ...]]:
    """Create a ledger without a fault; gives its content and the operations on the disk."""
    path = os.path.join(folder, "books.db")
    disk = Disk()
    with disk.in_place():
        MAKING[name](path)
    return checked_content(path), tuple(disk.operations)


def attempt(action: Callable[[], object]) -> LedgerError | None:
    """Try something on a failing disk: it succeeds, or raises `StorageFailure`."""
    failure: LedgerError | None = None
    try:
        action()
    except LedgerError as raised:
        failure = raised
    if failure is not None:
        assert (type(failure), failure.exit_status) == (StorageFailure, 1), repr(failure)
        assert failure.advice
    return failure


def _opened(disk: Disk, path: str, step: Step) -> Ledger:
    disk.healthy = True
    ledger = opened(path, deferred=step.deferred)
    disk.healthy = False
    return ledger


def _check_failed(ledger: Ledger, stage: Stage, promises: int) -> None:
    """A command that failed has changed nothing, and the open ledger shows that."""
    content = Content(
        tuple(written_event(event) for event in ledger.events(raw=True)),
        tuple((each.account_id, each.version) for each in ledger.snapshots()),
        tuple(view.lag for view in ledger.projections()),
    )
    if stage.step.in_parts:
        _check_part(content, stage, promises)
    else:
        assert content == stage.before


def _check_part(content: Content, stage: Stage, promises: int) -> None:
    """A step done in parts is done up to some point, and at least as far as was promised."""
    events, before = content.events, stage.before
    assert events == stage.after.events[: len(events)]
    assert len(events) - len(before.events) >= 2 * promises
    assert all(lag in (0, was) for lag, was in zip(content.lags, before.lags, strict=True))


def _tell_nobody() -> None:
    pass
