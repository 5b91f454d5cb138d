"""Commands that get a signal or are killed at any moment: each is done or not done.

It can be repeated then. After a signal nothing is left beside, and what is said of it is true.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

import pytest

from ledger import Ledger
from tests.support.crash.command_folder import CommandFolder
from tests.support.crash.file_checks import Content, ledgers
from tests.support.crash.leftover_files import LEFT_OVER, caught_at_work, caught_writing, drafts
from tests.support.crash.scripted_session import batch_lines, begun, opened
from tests.support.fork_server import KILLED, ForkServer
from tests.support.program import PROGRAM, SAMPLE_DATA, Outcome
from tests.support.soak import Soak

ROUNDS: Final = 2
"""Of each command in a short run."""

IN_PARTS: Final = "batch lines.jsonl --json --commit-every 20 --continue-on-error"

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

BOUND: Final = 15
"""Seconds until a command has ended that got a signal; it takes a tenth of one."""

CATCHING_UP: Final = "projections --catch-up --db behind.db --json"

COMMANDS: Final = (
    "deposit a 1.50 -m pay --json",
    "deposit b 2 -m pay --tag category=pay --receipt statement.csv --json",
    "book rename Club --json",
    "transfer a b 0.25 --idempotency-key k --json",
    "undo --yes --json",
    "correct a 2 --amount 0.01 --json",
    "amend a --opened-at 2025-12-01 --json",
    "lock 2026-05 --yes --json",
    "batch lines.jsonl --json",
    IN_PARTS,
    "import statement.csv --account a --yes --json",
    CATCHING_UP,
    "snapshot --all --json",
    "rebuild-projections --workers 2 --json",
    "export-events older.jsonl --force",
    "export-events copy.jsonl",
    "backup copy.db --json",
    "backup behind.db --force --json",
    "open new --owner Ana --db new.db --json",
    "import-events export.jsonl --db new.db --json",
    "import-events older.jsonl --db new.db --json",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> CommandFolder:
    folder = tmp_path_factory.mktemp("books")
    path = str(folder / "books.db")
    begun(path)
    with opened(path) as ledger:
        ledger.batch(chain.from_iterable(batch_lines(f"x{number}") for number in range(20)))
        (folder / "export.jsonl").write_bytes(b"\n".join(ledger.export_events()))
    shutil.copy(path, folder / "behind.db")
    with opened(path) as ledger:
        ledger.batch(transfers(200))
    with opened(str(folder / "behind.db"), deferred=True) as ledger:
        ledger.batch(chain.from_iterable(batch_lines(f"y{number}") for number in range(20)))
    lines = [line for number in range(40) for line in batch_lines(f"z{number}")]
    (folder / "lines.jsonl").write_bytes(b"\n".join(lines))
    days = [f"2026-{day // 28 + 1:02}-{day % 28 + 1:02}" for day in range(100)]
    rows = [f"{day},Rent and tea {number},0.{number:02}" for number, day in enumerate(days, 1)]
    rows = [row for row in rows if not row.endswith("0.100")]
    (folder / "statement.csv").write_text("\n".join(["Date,Description,Amount", *rows]))
    shutil.copy(SAMPLE_DATA / "older_world.jsonl", folder / "older.jsonl")
    return CommandFolder(folder, fork_server)


def transfers(count: int) -> Iterator[bytes]:
    """What a run did that can be undone."""
    line = b'{"command": "transfer", "from": "a", "to": "b", "amount": "0.01"}'
    return repeat(line, count)


@dataclass
class Undisturbed:
    """What a command does when it is not killed, and how long it took the last time."""

    command: str
    before: dict[str, Content]
    after: dict[str, Content]
    texts_before: dict[str, bytes]
    texts_after: dict[str, bytes]
    seconds: float


def undisturbed(files: CommandFolder, command: str, tmp_path: Path) -> Undisturbed:
    with TemporaryDirectory(dir=tmp_path) as folder:
        files.copy(folder, command)
        before, texts_before = ledgers(folder), texts(folder)
        outcome = files.run(folder, command)
        assert outcome.status == 0, outcome.err
        after, texts_after = ledgers(folder), texts(folder)
        return Undisturbed(command, before, after, texts_before, texts_after, outcome.seconds)


def texts(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.jsonl")}


def killed(files: CommandFolder, whole: Undisturbed, dice: Random, folder: str) -> Counter[str]:
    """Kill a command, check what it left, and repeat it until it is done."""
    files.copy(folder, whole.command)
    came: Counter[str] = Counter({"rounds": 1})
    said: list[str] = []
    while True:
        outcome = files.run(folder, whole.command, kill_after=dice.uniform(0, 1.1 * whole.seconds))
        came["kills"] += outcome.status == KILLED
        came["kills with the ledger open"] += caught_at_work(folder)
        came["kills inside a write"] += caught_writing(folder)
        assert "Traceback" not in outcome.err
        said += told(outcome)
        done = check(folder, whole, outcome, said)
        came["done, not told" if done and not outcome.out else "done" if done else "not done"] += 1
        if whole.command != IN_PARTS or done or came["kills"] > 5:
            break
    if not done:
        outcome = files.run(folder, whole.command)
        if "exists already" in outcome.err:  # killed once the file had its name, and before
            assert texts_are_whole(folder, whole)  # it could say so
            return came
        assert outcome.status == 0, outcome.err
        whole.seconds = outcome.seconds
        said += told(outcome)
        assert check(folder, whole, outcome, said)
    return came


def told(outcome: Outcome) -> list[str]:
    """The ids of the events that a command has acknowledged, as far as it could."""
    ids = []
    for line in outcome.out.splitlines(keepends=True):
        answer = json.loads(line) if line.endswith("\n") else None
        events = answer.get("events") if isinstance(answer, dict) else None
        if isinstance(events, list):  # a report has their number there
            ids += [event["event_id"] for event in events]
    return ids


def check(folder: str, whole: Undisturbed, outcome: Outcome, said: list[str]) -> bool:
    """Check that a command did all or nothing, and all it acknowledged; returns whether all."""
    command = whole.command
    new_command_works_at_once(folder, whole)
    found = ledgers(folder)
    if said:
        with opened(
            os.path.join(folder, "new.db" if "new.db" in command else "books.db")
        ) as ledger:
            assert set(said) <= {event.event_id for event in ledger.events(raw=True)}
    done = found == whole.after and texts(folder).keys() == whole.texts_after.keys()
    if command == IN_PARTS:
        events, wanted = found["books.db"].events, whole.after["books.db"].events
        assert events == wanted[: len(events)]
        done = events == wanted
    elif command == CATCHING_UP:  # each view in a transaction of its own
        content, was = found["behind.db"], whole.before["behind.db"]
        assert content._replace(lags=was.lags) == was
        assert all(lag in (0, old) for lag, old in zip(content.lags, was.lags, strict=True))
    elif found != whole.before:
        assert done
    elif done:  # what it makes is no ledger, or a copy that may have been there before
        done = outcome.status == 0
    assert texts_are_whole(folder, whole)
    if outcome.status == 0:
        assert done
    left = set(os.listdir(folder)) - set(whole.texts_after) - set(whole.after) - {"statement.csv"}
    assert left <= drafts(folder)
    return done


def texts_are_whole(folder: str, whole: Undisturbed) -> bool:
    return all(
        content in (whole.texts_before.get(name), whole.texts_after.get(name))
        for name, content in texts(folder).items()
    )


def new_command_works_at_once(folder: str, whole: Undisturbed) -> None:
    """The lock is free, and what SQLite left beside the ledger is recovered and removed."""
    for name in whole.after:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with Ledger.open(path, create=False, lock_timeout=0) as ledger:
                ledger.snapshot(())
            assert not [suffix for suffix in LEFT_OVER if os.path.exists(path + suffix)]


def signalled(files: CommandFolder, whole: Undisturbed, number: int, after: float) -> str:
    """Send a signal to a command, check what it left and said, and give what it said at the end."""
    with TemporaryDirectory(dir=files.folder.parent) as folder:
        files.copy(folder, whole.command)
        before = set(os.listdir(folder))
        outcome = files.run(
            folder, whole.command, kill_after=after * whole.seconds, kill_with=number
        )
        assert outcome.status in (0, 128 + number, -number), outcome
        assert outcome.seconds < BOUND
        done = check(folder, whole, outcome, told(outcome))
        assert "Traceback" not in outcome.err
        assert "Exception ignored" not in outcome.err
        # Not even what a kill may leave, though a signal that comes at the very end finds a file
        # with both of its names.
        assert set(os.listdir(folder)) - before <= set(whole.after) | set(whole.texts_after)
        if outcome.status != 128 + number:
            return ""
        end = outcome.err.strip().rpartition("\n")[2]
        assert end.startswith("interrupted")
        if "nothing was changed" in end:
            assert not done or whole.command == CATCHING_UP
            assert ledgers(folder) == whole.before
            assert texts(folder) == whole.texts_before
        return end


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_ended_is_done_or_not_done_and_can_be_repeated(
    command: str, files: CommandFolder, tmp_path: Path
) -> None:
    whole = undisturbed(files, command, tmp_path)
    for number in range(ROUNDS):
        with TemporaryDirectory(dir=tmp_path) as folder:
            assert killed(files, whole, Random(f"{command} {number}"), folder)["rounds"] == 1
    number = SIGNALS[COMMANDS.index(command) % len(SIGNALS)]
    signalled(files, whole, number, Random(command).uniform(0, 1))


def test_the_installed_command_killed_is_done_or_not_done(
    files: CommandFolder, tmp_path: Path
) -> None:
    dice = Random(5)
    for _ in range(3):
        with TemporaryDirectory(dir=tmp_path) as folder:
            files.copy(folder, "")
            with subprocess.Popen(
                [PROGRAM, "deposit", "a", "1", "--json", "--db", "books.db"],
                cwd=folder,
                stdout=subprocess.PIPE,
            ) as process:
                sleep(dice.uniform(0.05, 0.25))
                process.kill()
                assert process.stdout is not None
                answer = process.stdout.read()
            found = ledgers(folder)["books.db"].events
            with opened(os.path.join(folder, "books.db")) as ledger:
                ids = [event.event_id for event in ledger.events(raw=True)]
            assert len(found) == len(ids)
            assert found[-1].event_type == "MoneyDeposited" or not answer
            if answer.endswith(b"\n"):
                assert json.loads(answer)["events"][0]["event_id"] == ids[-1]


@pytest.mark.soak
def test_killed_commands_soak(files: CommandFolder, tmp_path: Path, soak: Soak) -> None:
    dice = Random(soak.seed)
    wholes = [undisturbed(files, command, tmp_path) for command in COMMANDS]
    end = monotonic() + soak.seconds
    while monotonic() < end:
        with TemporaryDirectory(dir=tmp_path) as folder:
            soak.count(killed(files, dice.choice(wholes), dice, folder))
        end_said = signalled(files, dice.choice(wholes), dice.choice(SIGNALS), dice.uniform(0, 1))
        soak.count(Counter({f"signals: {end_said or 'done'}": 1}))
