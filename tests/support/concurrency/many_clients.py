"""Starting a crowd of processes on one ledger file, and gathering what they noted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from ledger import Ledger
from tests.support.concurrency.clients import ApiHands
from tests.support.concurrency.random_commands import ACCOUNTS, last_line, opening_lines

PROJECT: Final = Path(__file__).parents[3]


@dataclass
class Crowd:
    """Who takes part. A manner is ``api`` or ``command``."""

    seed: str
    writers: Sequence[str]
    """The manner of each."""
    commands: int
    """How many each of them gives."""
    readers: Sequence[tuple[str, str]] = ()
    """(kind, manner) of each."""
    habit: str = "mixed"
    """What writers do: ``mixed``, or ``same keys``: all give the same commands, under keys."""


@dataclass
class Notes:
    """What the processes noted: one list for each of them, in its order."""

    writers: list[list[Any]] = field(default_factory=list)
    readers: list[list[Any]] = field(default_factory=list)


def make_books(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.batch([msgspec.json.encode(line) for line in opening_lines()])
        assert ledger.account_ids() == sorted(ACCOUNTS)


def let_loose(path: Path, crowd: Crowd) -> Notes:
    """Let a crowd work on a ledger until its writers are done.

    All begin at once. A process that fails fails the test with what it said.
    """
    folder = path.parent
    stop = folder / f"stop-{crowd.seed}"
    writing = {
        f"writer-{crowd.seed}-{number}": (
            "writer_process",
            manner,
            crowd.seed,
            str(number),
            crowd.habit,
        )
        for number, manner in enumerate(crowd.writers)
    }
    looking = {
        f"reader-{crowd.seed}-{number}": ("reader_process", manner, kind, f"{crowd.seed}.{number}")
        for number, (kind, manner) in enumerate(crowd.readers)
    }
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                _start(module, path, manner, *rest, str(crowd.commands), folder / name)
            )
            for name, (module, manner, *rest) in writing.items()
        ]
        readers = [
            stack.enter_context(_start(module, path, manner, *rest, stop, folder / name))
            for name, (module, manner, *rest) in looking.items()
        ]
        for process in [*writers, *readers]:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in [*readers, *writers]:
            assert process.stdin is not None
            process.stdin.close()
        try:
            for process in writers:
                _end(process)
            with ApiHands(str(path)) as hands:
                last_words = [[last_line()], [hands.give(last_line())], [None, None]]
            stop.touch()
            for process in readers:
                _end(process)
        except BaseException:
            for process in [*writers, *readers]:
                process.kill()
            raise
    return Notes(
        [*[list(_read(folder / name)) for name in writing], [last_words]],
        [list(_read(folder / name)) for name in looking],
    )


def _start(module: str, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.support.concurrency.{module}", *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, "LEDGER_ACTOR": "crowd"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said = process.stderr.read()
    assert (process.wait(), said) == (0, "")


def _read(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
