"""A migration that is killed, or whose disk fails: at DEST is nothing, or all of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random
from typing import Final

import pytest

from ledger import Ledger
from tests.support.crash.command_folder import CommandFolder
from tests.support.crash.fault_injection import FAULTS
from tests.support.crash.faulty_vfs import Disk
from tests.support.crash.leftover_files import drafts
from tests.support.fork_server import KILLED, ForkServer
from tests.support.format1.golden import BOOKS, EXPORT
from tests.support.program import Outcome

EVERY: Final = 9
"""Faults come at every so many of the operations."""

KILLS: Final = 8

SOURCES: Final = (BOOKS.name, EXPORT.name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> CommandFolder:
    folder = tmp_path_factory.mktemp("sources")
    for path in (BOOKS, EXPORT):
        shutil.copyfile(path, folder / path.name)
    return CommandFolder(folder, fork_server)


def command(source: str) -> str:
    return f"migrate {source} new.db --lift --time-zone UTC --json"


def check(folder: Path, outcome: Outcome) -> bool:
    """See that all or nothing is there, and the sources are as they were; whether all is."""
    assert "Traceback" not in outcome.err
    for path in (BOOKS, EXPORT):
        assert (folder / path.name).read_bytes() == path.read_bytes()
    done = (folder / "new.db").exists()
    assert done or outcome.status != 0
    if done:
        with Ledger.open(folder / "new.db", create=False) as ledger:
            found = ledger.verify(workers=1)
            assert (found.clean, found.events) == (True, 129)
    return done


def left(folder: Path) -> set[str]:
    return set(os.listdir(folder)) - {*SOURCES, "new.db"}


@pytest.mark.parametrize("source", SOURCES)
def test_killed_at_any_moment(files: CommandFolder, tmp_path: Path, source: str) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    files.copy(str(whole), command(source))
    seconds = files.run(str(whole), command(source)).seconds
    dice, kills = Random(source), 0
    for number in range(KILLS):
        folder = tmp_path / str(number)
        folder.mkdir()
        files.copy(str(folder), command(source))
        after = seconds * (number + dice.random()) / KILLS
        outcome = files.run(str(folder), command(source), kill_after=after)
        kills += outcome.status == KILLED
        done = check(folder, outcome)
        assert left(folder) <= drafts(str(folder))
        if not done:
            assert check(folder, files.run(str(folder), command(source)))
    assert kills


@pytest.mark.parametrize("kind", ["I/O error", "disk full"])
@pytest.mark.parametrize("source", SOURCES)
def test_on_a_disk_that_fails(files: CommandFolder, tmp_path: Path, source: str, kind: str) -> None:
    def carried_out(name: str, disk: Disk) -> tuple[Path, Outcome]:
        folder = tmp_path / name
        folder.mkdir()
        files.copy(str(folder), command(source))
        return folder, files.run(str(folder), command(source), disk=disk)

    folder, well = carried_out("well", Disk(None))
    assert check(folder, well)
    places = [each for each in well.operations if each in FAULTS[kind].counted]
    failed = 0
    for at in range(1, len(places) + 1, max(EVERY, len(places) // 12)):
        folder, outcome = carried_out(str(at), Disk(FAULTS[kind]._replace(at=at)))
        done = check(folder, outcome)
        if outcome.status:
            failed += 1
            assert (outcome.status, outcome.error["code"]) == (1, "storage_failure")
            assert done == ("did not confirm" in outcome.err) or not done
            assert left(folder) <= {f"{source}-wal", f"{source}-shm"}
    assert failed


def test_beyond_the_limit_on_file_size(files: CommandFolder, tmp_path: Path) -> None:
    refused = 0
    for size in range(4_096, 160_000, 32_768):
        folder = tmp_path / str(size)
        folder.mkdir()
        files.copy(str(folder), command(BOOKS.name))
        outcome = files.run(str(folder), command(BOOKS.name), largest_file=size)
        assert check(folder, outcome) == (outcome.status == 0)
        refused += outcome.status == 1
        assert left(folder) == set()
    assert refused
