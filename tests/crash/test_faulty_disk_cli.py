"""The command line on a disk that fails: exit status and message are right, and all or nothing
is done."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, NamedTuple

import pytest

from tests.support.crash.command_folder import CommandFolder
from tests.support.crash.fault_injection import FAULTS
from tests.support.crash.faulty_vfs import Disk
from tests.support.crash.file_checks import Content, ledgers
from tests.support.crash.scripted_session import (
    EXPORT,
    STATEMENT,
    batch_lines,
    begun,
    opened,
)
from tests.support.fork_server import ForkServer
from tests.support.program import SAMPLE_DATA, Outcome
from tests.support.soak import Soak

EVERY = 15
"""In a short run the faults come at every so many of the operations."""

COMMANDS = (
    "balance a",
    "accounts --json",
    "deposit a 1.50 -m pay --json",
    "deposit b 2 -m pay --tag category=pay --receipt statement.csv --json",
    "book rename Club --json",
    "transfer a b 0.25 --idempotency-key k --json",
    "correct a 2 --amount 4 -m paid --json",
    "undo --yes --json",
    "amend a --opened-at 2025-12-01 --json",
    "lock 2026-05 --yes --json",
    "batch lines.jsonl --json",
    "batch lines.jsonl --json --commit-every 2 --continue-on-error",
    "import statement.csv --account a --yes --json",
    "snapshot --all --json",
    "rebuild-projections --workers 1",
    "export-events copy.jsonl",
    "export-events",
    "verify --json",
    "backup copy.db --json",
    "backup older.db --force --json",
    "open new --owner Ana --db new.db --json",
    "batch opening.jsonl --json --db new.db",
    "import-events older.jsonl --db new.db --json",
    "import-events export.jsonl --db new.db --json",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> CommandFolder:
    folder = tmp_path_factory.mktemp("books")
    begun(str(folder / "older.db"))
    shutil.copy(folder / "older.db", folder / "books.db")
    with opened(str(folder / "books.db")) as ledger:
        ledger.deposit("a", "5")
    opening = [
        {"command": "open", "account": name, "owner": "Ana", "initial_balance": "10"}
        for name in ("a", "b")
    ]
    inputs = {
        "lines.jsonl": batch_lines("d"),
        "opening.jsonl": [*[json.dumps(line).encode() for line in opening], *batch_lines("d")],
        "statement.csv": [STATEMENT],
        "export.jsonl": EXPORT,
        "older.jsonl": (SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines()[:20],
    }
    for name, lines in inputs.items():
        (folder / name).write_bytes(b"\n".join(lines))
    return CommandFolder(folder, fork_server)


def content_before(files: CommandFolder, command: str) -> dict[str, Content]:
    with TemporaryDirectory() as folder:
        files.copy(folder, command)
        return ledgers(folder)


class Try(NamedTuple):
    """A command line carried out once, and what is there then."""

    outcome: Outcome
    found: dict[str, Content]
    files: frozenset[str]


def carried_out(
    files: CommandFolder, command: str, kind: str | None, at: int, tmp_path: Path
) -> Try:
    with TemporaryDirectory(dir=tmp_path) as folder:
        files.copy(folder, command)
        fault = None if kind is None else FAULTS[kind]._replace(at=at)
        outcome = files.run(folder, command, disk=Disk(fault))
        found = ledgers(folder)
        left = {name for name in os.listdir(folder) if not name.endswith(("-wal", "-shm"))}
        if "copy.jsonl" in left:
            assert len(Path(folder, "copy.jsonl").read_bytes().splitlines()) == 5
        return Try(outcome, found, frozenset(left))


def check(done: Try, well: Try, before: dict[str, Content], command: str) -> str:
    """Check that a command on a failing disk did all or nothing, and said so."""
    outcome = done.outcome
    assert "Traceback" not in outcome.err
    if outcome.status == 0:
        assert _stable(outcome.out) == _stable(well.outcome.out)
        assert (done.found, done.files) == (well.found, well.files)
        return "exit 0"
    assert outcome.status == 1, outcome.err
    fault = outcome.err.splitlines()[-1]
    if "--json" in command:
        assert json.loads(fault)["error"]["code"] == "storage_failure"
        assert json.loads(fault)["error"]["hint"]
    else:
        assert "error: " in outcome.err
        assert "books.db" in outcome.err
        assert fault.startswith("hint: ")
    if "--commit-every" in command:
        events = done.found["books.db"].events
        assert events == well.found["books.db"].events[: len(events)]
        told = [json.loads(line) for line in outcome.out.splitlines()]
        assert len(before["books.db"].events) + sum(len(line["events"]) for line in told) <= len(
            events
        )
        return "exit 1"
    if command != "export-events":
        assert outcome.out == "" or '"outcome":"rules"' in outcome.out
        assert len(outcome.out.splitlines()) <= 1
    if "did not confirm" in outcome.err and done.found != before:
        assert done.found == well.found
        return "not confirmed, and done"
    assert done.found == before
    assert "copy.jsonl" not in done.files
    assert not [name for name in done.files if ".new-" in name]
    return "exit 1"


def _stable(stdout: str) -> Any:
    """An answer without what differs from run to run."""
    try:
        answers = [json.loads(line) for line in stdout.splitlines()]
    except json.JSONDecodeError:
        return stdout
    for answer in answers:
        if isinstance(answer, dict):
            for name in ("events", "transfer_id", "head_hash", "head"):
                answer.pop(name, None)
    return answers


def through(files: CommandFolder, command: str, tmp_path: Path, step: int) -> Counter[str]:
    """Run a command with a fault at every n-th operation."""
    before = content_before(files, command)
    well = carried_out(files, command, None, 0, tmp_path)
    assert well.outcome.status == 0, well.outcome.err
    came: Counter[str] = Counter()
    for kind in ("I/O error", "disk full"):
        places = counted(well, kind)
        for at in range(1 + len(command) % step, len(places) + 1, step):
            done = carried_out(files, command, kind, at, tmp_path)
            assert done.outcome.fault_hit
            came[check(done, well, before, command)] += 1
    return came


def counted(well: Try, kind: str) -> list[str]:
    """The operations of an undisturbed run that a kind of fault can hit."""
    return [each for each in well.outcome.operations if each in FAULTS[kind].counted]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_failing_disk_does_all_or_nothing_and_says_which(
    command: str, files: CommandFolder, tmp_path: Path
) -> None:
    came = through(files, command, tmp_path, EVERY)
    assert came["exit 1"]


def test_a_batch_beyond_the_limit_on_file_size_changes_nothing(
    files: CommandFolder, tmp_path: Path
) -> None:
    before = content_before(files, "")
    came: Counter[int] = Counter()
    for size in range(4_096, 160_000, 16_384):
        with TemporaryDirectory(dir=tmp_path) as folder:
            files.copy(folder, "")
            outcome = files.run(folder, "batch lines.jsonl", largest_file=size)
            came[outcome.status] += 1
            if outcome.status:
                assert outcome.err.startswith("error: books.db could not be read")
                assert ledgers(folder) == before
                assert files.run(folder, "batch lines.jsonl").status == 0
            assert len(ledgers(folder)["books.db"].events) == len(before["books.db"].events) + 8
    assert came[0]
    assert came[1] > 1


def test_a_disk_that_cannot_be_read_is_not_reported_as_damage(
    files: CommandFolder, tmp_path: Path
) -> None:
    """SQLite's integrity check names pages that it cannot get as it names those that are wrong."""
    for command in ("verify --json", "backup copy.db --json"):
        well = carried_out(files, command, None, 0, tmp_path)
        places = counted(well, "I/O error")
        reads = [at for at, operation in enumerate(places, 1) if operation == "read"]
        last_reads = [
            carried_out(files, command, "I/O error", at, tmp_path).outcome for at in reads[-4:]
        ]
        assert [outcome.status for outcome in last_reads] == [1] * 4
        assert any("could not be read: disk I/O error" in each.err for each in last_reads)


def test_a_backup_that_fails_says_what_and_where(files: CommandFolder, tmp_path: Path) -> None:
    """SQLite's online backup says "not an error", and the temporary file is gone."""
    well = carried_out(files, "backup copy.db", None, 0, tmp_path)
    places = counted(well, "I/O error")
    for kind in ("write", "size"):
        *_, last = (at for at, operation in enumerate(places, 1) if operation == kind)
        failed = 0
        for at in range(last, 0, -1):
            done = carried_out(files, "backup copy.db", "I/O error", at, tmp_path)
            if done.outcome.status == 0:  # it was whole already, and was only being closed
                assert done.found == well.found
                assert not failed
                continue
            if places[at - 1] != kind:
                continue
            assert done.outcome.status == 1
            assert done.outcome.err.startswith(
                "error: copy.db could not be read or written: disk I/O error\n"
            )
            assert "copy.db" not in done.found
            failed += 1
            if failed == 4:
                break
        assert failed == 4


def test_a_batch_whose_new_ledger_cannot_be_published_acknowledges_nothing(
    files: CommandFolder, tmp_path: Path
) -> None:
    """Its lines are committed by then, but to a file that is thrown away."""
    command = "batch opening.jsonl --json --db new.db"
    well = carried_out(files, command, None, 0, tmp_path)
    assert len(well.outcome.out.splitlines()) == 8
    places = counted(well, "I/O error")
    last_sync = max(at for at, operation in enumerate(places, 1) if operation == "sync")

    done = carried_out(files, command, "I/O error", last_sync, tmp_path)

    assert (done.outcome.status, done.outcome.out) == (1, "")
    assert "new.db" not in done.found


@pytest.mark.parametrize("kind", ["disk gone", "I/O error"])
def test_a_commit_that_the_disk_did_not_confirm_is_reported_as_uncertain(
    files: CommandFolder, tmp_path: Path, kind: str
) -> None:
    """SQLite's log has it all by then, and only a disk that comes back in time takes it out."""
    command = "deposit a 1.50 -m pay --json"
    before, well = content_before(files, command), carried_out(files, command, None, 0, tmp_path)
    places = counted(well, kind)
    _, commit, *_ = (at for at, operation in enumerate(places, 1) if operation == "sync")

    done = carried_out(files, command, kind, commit, tmp_path)

    assert (done.outcome.status, done.outcome.out) == (1, "")
    error = json.loads(done.outcome.err)["error"]
    assert error["code"] == "storage_failure"
    assert "all of it may be there, or nothing" in error["message"]
    assert "idempotency key" in error["hint"]
    assert done.found == (well.found if kind == "disk gone" else before)


@pytest.mark.soak
def test_commands_on_a_failing_disk_soak(files: CommandFolder, tmp_path: Path, soak: Soak) -> None:
    dice = Random(soak.seed)
    end = monotonic() + soak.seconds
    while monotonic() < end:
        command = dice.choice(COMMANDS)
        before = content_before(files, command)
        well = carried_out(files, command, None, 0, tmp_path)
        for _ in range(20):
            kind = dice.choice(list(FAULTS))
            at = dice.randint(1, max(1, len(counted(well, kind))))
            done = carried_out(files, command, kind, at, tmp_path)
            came = check(done, well, before, command)
            soak.count(Counter({"rounds": 1, kind: done.outcome.fault_hit, came: 1}))
