"""The command line on a disk that fails: its exit status and message are right, and all or nothing
is done."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, NamedTuple

import pytest

from tests.crash.faulty_cli import FaultyCommandLine, Outcome, faulty_command_line
from tests.crash.session import EXPORT, SAMPLES, STATEMENT, batch_lines, begun
from tests.crash.soundness import Content, sound_content
from tests.crash.striking import KINDS
from tests.soaking import Soak

EVERY = 7
"""In a short run the faults come at every so many of the operations."""

COMMANDS = (
    "balance a",
    "accounts --json",
    "deposit a 1.50 -m pay --json",
    "transfer a b 0.25 --idempotency-key k --json",
    "batch lines.jsonl --json",
    "batch lines.jsonl --json --commit-every 2 --continue-on-error",
    "import statement.csv --account a --json",
    "snapshot --all --json",
    "rebuild-projections --workers 1",
    "export-events copy.jsonl",
    "export-events",
    "open new --owner Ana --db new.db --json",
    "batch opening.jsonl --json --db new.db",
    "import-events older.jsonl --db new.db --json",
    "import-events export.jsonl --db new.db --json",
)


class Books(NamedTuple):
    """A folder with a ledger in it and with files to feed it, to make copies of."""

    folder: Path
    command_line: FaultyCommandLine

    def copy(self, folder: str) -> None:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("books")
    begun(str(folder / "books.db"))
    opening = [
        {"command": "open", "account": name, "owner": "Ana", "initial_balance": "10"}
        for name in ("a", "b")
    ]
    files = {
        "lines.jsonl": batch_lines("d"),
        "opening.jsonl": [*[json.dumps(line).encode() for line in opening], *batch_lines("d")],
        "statement.csv": [STATEMENT],
        "export.jsonl": EXPORT,
        "older.jsonl": (SAMPLES / "older_world.jsonl").read_bytes().splitlines()[:20],
    }
    for name, lines in files.items():
        (folder / name).write_bytes(b"\n".join(lines))
    with faulty_command_line() as command_line:
        yield Books(folder, command_line)


class Try(NamedTuple):
    """A command line carried out once, and what is there then."""

    outcome: Outcome
    found: Content | None
    files: frozenset[str]


def carried_out(books: Books, command: str, kind: str | None, at: int, tmp_path: Path) -> Try:
    with TemporaryDirectory(dir=tmp_path) as folder:
        books.copy(folder)
        fault = None if kind is None else KINDS[kind]._replace(at=at)
        outcome = books.command_line.run(folder, command.split(), fault)
        path = os.path.join(folder, "new.db" if "new.db" in command else "books.db")
        found = sound_content(path).timeless() if os.path.exists(path) else None
        files = {name for name in os.listdir(folder) if not name.endswith(("-wal", "-shm"))}
        if "copy.jsonl" in files:
            assert len(Path(folder, "copy.jsonl").read_bytes().splitlines()) == 3
        return Try(outcome, found, frozenset(files))


def check(done: Try, well: Try, before: Content | None, command: str) -> str:
    """Whether a command that met a failing disk did all or nothing, and told so."""
    outcome = done.outcome
    assert "Traceback" not in outcome.stderr
    if outcome.status == 0:
        assert _stable(outcome.stdout) == _stable(well.outcome.stdout)
        assert (done.found, done.files) == (well.found, well.files)
        return "exit 0"
    assert outcome.status == 1, outcome.stderr
    fault = outcome.stderr.splitlines()[-1]
    if "--json" in command:
        assert json.loads(fault)["error"]["code"] == "storage_failure"
        assert json.loads(fault)["error"]["hint"]
    else:
        assert "error: " in outcome.stderr
        assert "books.db" in outcome.stderr
        assert fault.startswith("hint: ")
    if "--commit-every" in command:
        assert done.found is not None
        assert well.found is not None
        assert before is not None
        facts = done.found.facts
        assert facts == well.found.facts[: len(facts)]
        told = [json.loads(line) for line in outcome.stdout.splitlines()]
        assert len(before.facts) + sum(len(line["events"]) for line in told) <= len(facts)
        return "exit 1"
    if command != "export-events":
        assert outcome.stdout == "" or '"outcome":"rules"' in outcome.stdout
        assert len(outcome.stdout.splitlines()) <= 1
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


def through(books: Books, command: str, tmp_path: Path, step: int) -> Counter[str]:
    """A command with a fault at every so many of its operations."""
    path = books.folder / "books.db"
    before = None if "new.db" in command else sound_content(str(path)).timeless()
    well = carried_out(books, command, None, 0, tmp_path)
    assert well.outcome.status == 0, well.outcome.stderr
    came: Counter[str] = Counter()
    kinds = cycle(("I/O error", "disk full", "I/O error", "torn, disk full"))
    for kind, at in zip(kinds, count(1 + len(command) % step, step), strict=False):
        if at > len(well.outcome.operations):
            return came
        done = carried_out(books, command, kind, at, tmp_path)
        came[check(done, well, before, command)] += 1
        came["faults"] += done.outcome.struck
    return came


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_failing_disk_does_all_or_nothing_and_says_which(
    command: str, books: Books, tmp_path: Path
) -> None:
    came = through(books, command, tmp_path, EVERY)
    assert came["exit 1"]


def test_a_batch_whose_new_ledger_cannot_be_published_acknowledges_nothing(
    books: Books, tmp_path: Path
) -> None:
    """Its lines are committed by then, but to a file that is thrown away."""
    command = "batch opening.jsonl --json --db new.db"
    well = carried_out(books, command, None, 0, tmp_path)
    assert len(well.outcome.stdout.splitlines()) == 8
    last_sync = max(at for at, kind in enumerate(well.outcome.operations, 1) if kind == "sync")

    done = carried_out(books, command, "I/O error", last_sync, tmp_path)

    assert (done.outcome.status, done.outcome.stdout, done.found) == (1, "", None)


@pytest.mark.soak
def test_commands_on_a_failing_disk_for_long(books: Books, tmp_path: Path, soak: Soak) -> None:
    dice = Random(soak.seed)
    end = monotonic() + soak.seconds
    while monotonic() < end:
        command = dice.choice(COMMANDS)
        path = books.folder / "books.db"
        before = None if "new.db" in command else sound_content(str(path)).timeless()
        well = carried_out(books, command, None, 0, tmp_path)
        for _ in range(20):
            kind = dice.choice(list(KINDS))
            at = dice.randint(1, len(well.outcome.operations))
            done = carried_out(books, command, kind, at, tmp_path)
            came = check(done, well, before, command)
            soak.count(Counter({"rounds": 1, kind: done.outcome.struck, came: 1}))
