"""A disk that fails at every possible point: nothing is lost, nothing is half done.

Each step of a scripted session is done over and over, each time with another of its operations on
the disk failing. Here it is one in `STRIDE`, beginning with another one in each step; the soak goes
through all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from tests.support.crash.disk_contents import DiskContents
from tests.support.crash.fault_injection import (
    FAULTS,
    POWER_CUT,
    WRITES,
    Stage,
    cut_power,
    made,
    make,
    meet_fault,
    reopen,
    stages,
    whole_session,
)
from tests.support.crash.faulty_vfs import CHANGES, Disk, FlakyDisk
from tests.support.crash.file_checks import checked_content
from tests.support.crash.scripted_session import MAKING, SESSION, left_behind
from tests.support.soak import Soak

STEPS = [step.name for step in SESSION]

STRIDE = 7


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    return stages(str(tmp_path_factory.mktemp("session")))


def some(name: str, count: int) -> range:
    """One in `STRIDE` of the operations of a step, and one at least where there are any."""
    return range(1 + STEPS.index(name) % min(STRIDE, count or 1), count + 1, STRIDE)


@contextmanager
def place(tmp_path: Path) -> Iterator[str]:
    """A folder for one try, removed after it: there are thousands."""
    with TemporaryDirectory(dir=tmp_path) as folder:
        yield folder


@pytest.mark.parametrize("name", STEPS)
def test_a_step_whose_nth_operation_fails_changes_nothing_and_can_be_repeated(
    name: str, session: dict[str, Stage], tmp_path: Path
) -> None:
    stage = session[name]
    came: Counter[str] = Counter()
    fault = FAULTS["I/O error"]
    last = stage.count(fault.counted)
    for at in {*some(name, last), last - 1, last}:
        with place(tmp_path) as folder:
            came[meet_fault(stage, fault._replace(at=at), folder)] += 1
    assert came["never came"] == 0
    assert came["failed, then repeated"]
    assert came["went on without"], "SQLite bears a failure at the close"


@pytest.mark.parametrize("name", STEPS)
def test_a_step_on_a_full_disk_changes_nothing_and_can_be_repeated(
    name: str, session: dict[str, Stage], tmp_path: Path
) -> None:
    stage = session[name]
    kinds = cycle(("disk full", "torn, disk full", "torn write"))
    for kind, at in zip(kinds, some(name, stage.count(WRITES)), strict=False):
        with place(tmp_path) as folder:
            assert meet_fault(stage, FAULTS[kind]._replace(at=at), folder) != "never came"


@pytest.mark.parametrize("name", STEPS)
def test_a_step_during_a_power_cut_is_done_or_not_done(
    name: str, session: dict[str, Stage], tmp_path: Path
) -> None:
    stage = session[name]
    for at in some(name, stage.count(CHANGES)):
        with place(tmp_path) as folder:
            cut_power(stage, at, folder, Random(f"{name} {at}"))


@pytest.mark.parametrize("kind", ["I/O error", "disk full", "power cut"])
@pytest.mark.parametrize("name", MAKING)
def test_a_ledger_created_on_a_failing_disk_is_complete_or_nothing_is_there(
    name: str, kind: str, tmp_path: Path
) -> None:
    assert made_over_and_over(name, kind, 5, Random(name), tmp_path)["failed, then repeated"]


def made_over_and_over(
    name: str, kind: str, step: int, dice: Random, tmp_path: Path
) -> Counter[str]:
    """Create a ledger with a fault at every n-th operation."""
    fault = FAULTS.get(kind, POWER_CUT)
    with place(tmp_path) as folder:
        wanted, operations = made(name, folder)
    came: Counter[str] = Counter()
    count = sum(operation.kind in fault.counted for operation in operations)
    for at in range(dice.randint(1, step), count + 1, step):
        with place(tmp_path) as folder:
            contents = DiskContents() if fault is POWER_CUT else None
            came[make(name, wanted, fault._replace(at=at), folder, dice, contents)] += 1
    return came


@pytest.mark.parametrize("chance", [0.005, 0.02, 0.1])
def test_one_ledger_completes_the_session_on_a_disk_that_fails_now_and_then(
    chance: float, tmp_path: Path
) -> None:
    """What it keeps in memory from step to step stays right after each failure, too."""
    with place(tmp_path) as folder:
        wanted = whole_session(os.path.join(folder, "books.db"), FlakyDisk(Random(0), 0))
    failures = 0
    for seed in range(2):
        disk = FlakyDisk(Random(seed), chance)
        with place(tmp_path) as folder:
            assert whole_session(os.path.join(folder, "books.db"), disk) == wanted
        failures += disk.failures
    assert failures


def test_a_ledger_left_by_a_killed_process_is_opened_or_left_alone(tmp_path: Path) -> None:
    left = str(tmp_path / "left.db")
    left_behind(left)
    wanted = checked_content(left_behind(str(tmp_path / "copy.db")))
    assert len(wanted.events) == 6
    came: Counter[str] = Counter()
    for kind in ("I/O error", "disk full"):
        for at in count(1):
            with place(tmp_path) as folder:
                disk = Disk(FAULTS[kind]._replace(at=at))
                came[reopen(left, wanted, disk, folder)] += 1
            if not disk.fault_hit:
                break
    assert min(came.values()) > 5


@pytest.mark.soak
def test_a_failing_disk_soak(session: dict[str, Stage], tmp_path: Path, soak: Soak) -> None:
    dice = Random(soak.seed)
    end = monotonic() + soak.seconds
    faults = every_fault(session)
    while monotonic() < end:
        soak.count(Counter({"sweeps begun": 1}))
        dice.shuffle(faults)
        for name, kind, at in faults:
            with place(tmp_path) as folder:
                came = met(session[name], kind, at, dice, folder)
            soak.count(Counter({"rounds": 1, kind: 1, came: 1}))
            if monotonic() > end:
                break
        name, kind = (
            dice.choice(list(MAKING)),
            dice.choice(["I/O error", "torn write", "power cut"]),
        )
        came_of_making = made_over_and_over(name, kind, 3, dice, tmp_path)
        soak.count(Counter({"rounds": came_of_making.total(), kind: came_of_making.total()}))


@pytest.mark.soak
def test_a_disk_that_fails_now_and_then_soak(tmp_path: Path, soak: Soak) -> None:
    dice = Random(soak.seed)
    end = monotonic() + soak.seconds
    with place(tmp_path) as folder:
        wanted = whole_session(os.path.join(folder, "books.db"), FlakyDisk(dice, 0))
    while monotonic() < end:
        disk = FlakyDisk(dice, dice.choice([0.002, 0.01, 0.05, 0.2]))
        with place(tmp_path) as folder:
            assert whole_session(os.path.join(folder, "books.db"), disk) == wanted
        soak.count(Counter({"sessions": 1, "faults": disk.failures}))


def every_fault(session: dict[str, Stage]) -> list[tuple[str, str, int]]:
    """Each kind of fault at each operation of each step."""
    counted = {kind: fault.counted for kind, fault in FAULTS.items()} | {"power cut": CHANGES}
    return [
        (name, kind, at)
        for name, stage in session.items()
        for kind, operations in counted.items()
        for at in range(1, stage.count(operations) + 1)
    ]


def met(stage: Stage, kind: str, at: int, dice: Random, folder: str) -> str:
    """The result of a step that met a fault; the power may be cut afterwards, too."""
    if kind == "power cut":
        return cut_power(stage, at, folder, dice)
    fault = FAULTS[kind]._replace(at=at)
    if fault.torn:
        fault = fault._replace(torn=dice.random())
    return meet_fault(stage, fault, folder, dice if dice.random() < 0.3 else None)
