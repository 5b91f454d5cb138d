"""An erasure that ends at any moment: nothing or all of it, and the next one finishes it."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

import apsw
import pytest

from ledger import Ledger
from tests.support.crash.faulty_vfs import CHANGES, Disk, Fault
from tests.support.erasure.members import OF_ANNE, OF_OTHERS, texts_of, write
from tests.support.erasure.traces import traces
from tests.support.fork_server import KILLED, ForkServer
from tests.support.program import Outcome, environment
from tests.support.soak import Soak

ERASE: Final = ("erase", "anne", "--reason", "asked", "--yes", "--json")

LEFT: Final = {*OF_OTHERS, "Turnverein", "asked"}

EVERY: Final = 4
"""In a short run it ends at every so many of its writes."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("members") / "books.db"
    with Ledger.open(path, snapshot_interval=2) as ledger:
        write(ledger)
        for number in range(10):
            ledger.deposit("anne", "1", f"{OF_ANNE[1]} {number}")
    return path


def erase(server: ForkServer, folder: str, **how: object) -> Outcome:
    env = environment(folder, "books.db", LEDGER_LOCK_TIMEOUT="0.2")
    return server.run(*ERASE, cwd=folder, env=env, **how)  # type: ignore[arg-type] # as given


def state(folder: str) -> str:
    """Whether all or nothing was erased; anything else fails."""
    path = f"{folder}/books.db"
    with Ledger.open(path, create=False, lock_timeout=0) as ledger:
        assert ledger.verify(workers=1).findings == ()
        texts = texts_of(ledger)
        owner = ledger.history("anne").state.owner
    if texts == LEFT:
        assert owner == "(erased)"
        return "all"
    assert texts >= {*OF_ANNE, *OF_OTHERS}
    assert owner == OF_ANNE[7]
    return "nothing"


def finished(server: ForkServer, folder: str, found: str) -> None:
    """Repeat the command, which does what is missing."""
    again = erase(server, folder)
    assert again.status == 0, again
    assert again.json["traces"] is None
    assert again.json["erased"] is (found == "nothing")
    assert state(folder) == "all"
    assert traces(f"{folder}/books.db", OF_ANNE) == set()
    assert traces(f"{folder}/books.db", OF_OTHERS) == {*OF_OTHERS}


def test_it_can_end_at_each_of_its_writes(
    books: Path, tmp_path: Path, fork_server: ForkServer
) -> None:
    with TemporaryDirectory(dir=tmp_path) as folder:
        shutil.copy(books, folder)
        whole = erase(fork_server, folder, disk=Disk(Fault(at=0, counted=CHANGES)))
        assert whole.status == 0
        finished(fork_server, folder, "all")
    came: Counter[str] = Counter()
    count = len(whole.operations)
    print(count)
    assert {"write", "sync", "truncate"} <= set(whole.operations)
    for at in range(1, count + 1, EVERY):
        with TemporaryDirectory(dir=tmp_path) as folder:
            shutil.copy(books, folder)
            torn = Fault(at=at, counted=CHANGES, deadly=True, torn=0.5)
            outcome = erase(fork_server, folder, disk=Disk(torn))
            assert outcome.fault_hit
            assert "Traceback" not in outcome.err
            found = state(folder)
            came[found] += 1
            if outcome.out:
                assert found == "all"
            finished(fork_server, folder, found)
    assert came["nothing"] > 2
    assert came["all"] > 2


@pytest.mark.parametrize("kind", ["full", "failing"])
def test_a_disk_that_fails_while_it_is_scrubbed_is_told(
    kind: str, books: Path, tmp_path: Path, fork_server: ForkServer
) -> None:
    code = apsw.SQLITE_FULL if kind == "full" else None
    told = 0
    with TemporaryDirectory(dir=tmp_path) as folder:
        shutil.copy(books, folder)
        whole = erase(fork_server, folder, disk=Disk(Fault(at=0, counted=CHANGES)))
    for at in range(1, len(whole.operations) + 1, 2 * EVERY):
        with TemporaryDirectory(dir=tmp_path) as folder:
            shutil.copy(books, folder)
            fault = Fault(at=at, counted=CHANGES, code=code, lasting=kind == "full")
            outcome = erase(fork_server, folder, disk=Disk(fault))
            found = state(folder)
            if outcome.out and outcome.json["traces"] is not None:
                told += 1
                assert (outcome.status, found) == (1, "all")
                assert "could not be written anew" in outcome.json["traces"]
                assert "hint: make room" in outcome.err
            elif outcome.status:
                assert outcome.error["code"] in ("storage_failure", "lock_timeout")
            finished(fork_server, folder, found)
    assert told


def killed(books: Path, folder: str, server: ForkServer, after: float) -> str:
    shutil.copy(books, folder)
    outcome = erase(server, folder, kill_after=after)
    found = state(folder)
    if outcome.out:
        assert found == "all"
    finished(server, folder, found)
    return found if outcome.status == KILLED else "in time"


def test_killed_at_random_moments(books: Path, tmp_path: Path, fork_server: ForkServer) -> None:
    with TemporaryDirectory(dir=tmp_path) as folder:
        shutil.copy(books, folder)
        seconds = erase(fork_server, folder).seconds
    dice = Random(11)
    for _ in range(8):
        with TemporaryDirectory(dir=tmp_path) as folder:
            killed(books, folder, fork_server, dice.uniform(0, 1.1 * seconds))


@pytest.mark.soak
def test_killed_soak(books: Path, tmp_path: Path, fork_server: ForkServer, soak: Soak) -> None:
    dice = Random(soak.seed)
    with TemporaryDirectory(dir=tmp_path) as folder:
        shutil.copy(books, folder)
        seconds = erase(fork_server, folder).seconds
    end = monotonic() + soak.seconds
    while monotonic() < end:
        with TemporaryDirectory(dir=tmp_path) as folder:
            found = killed(books, folder, fork_server, dice.uniform(0, 1.1 * seconds))
            soak.count(Counter({"rounds": 1, found: 1}))
