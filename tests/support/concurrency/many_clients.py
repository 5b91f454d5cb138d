"""Many processes on one ledger file at once, and what they noted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from ledger import Ledger
from tests.support.child_process import Child, child
from tests.support.concurrency import reader_process, writer_process
from tests.support.concurrency.clients import ApiClient
from tests.support.concurrency.random_commands import ACCOUNTS, last_line, opening_lines

ACTOR: Final = {"LEDGER_ACTOR": "one of many"}


@dataclass
class ManyClients:
    """The processes that take part. The kind of a client is ``api`` or ``command``."""

    seed: str
    writers: Sequence[str]
    """The kind of client of each."""
    commands: int
    """How many each of them gives."""
    readers: Sequence[tuple[str, str]] = ()
    """What each does, and its kind of client."""
    commands_given: str = "mixed"
    """``mixed``, or ``same keys``: all writers give the same commands, under keys."""


@dataclass
class Notes:
    """What the processes noted: one list per process, in order."""

    writers: list[list[Any]] = field(default_factory=list)
    readers: list[list[Any]] = field(default_factory=list)


def make_ledger(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.batch([msgspec.json.encode(line) for line in opening_lines()])
        assert ledger.account_ids() == sorted(ACCOUNTS)


def run_together(path: Path, clients: ManyClients) -> Notes:
    """Let clients work on a ledger until the writers among them are done.

    All begin at once. A process that fails fails the test with what it said.
    """
    folder = path.parent
    stop = folder / f"stop-{clients.seed}"
    seed = clients.seed
    writing = {
        folder / f"writer-{seed}-{number}": (kind, seed, number, clients.commands_given)
        for number, kind in enumerate(clients.writers)
    }
    reading = {
        folder / f"reader-{seed}-{number}": (client_kind, kind, f"{seed}.{number}")
        for number, (kind, client_kind) in enumerate(clients.readers)
    }
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                child(writer_process.main, path, *how, clients.commands, notes, **ACTOR)
            )
            for notes, how in writing.items()
        ]
        readers = [
            stack.enter_context(child(reader_process.main, path, *how, stop, notes, **ACTOR))
            for notes, how in reading.items()
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
            with ApiClient(str(path)) as client:
                last_words = [[last_line()], [client.give(last_line())], [None, None]]
            stop.touch()
            for process in readers:
                _end(process)
        except BaseException:
            for process in [*writers, *readers]:
                process.kill()
            raise
    return Notes(
        [*[list(_read(notes)) for notes in writing], [last_words]],
        [list(_read(notes)) for notes in reading],
    )


def _end(process: Child[str]) -> None:
    assert process.stderr is not None
    said = process.stderr.read()
    assert (process.wait(), said) == (0, ""), said


def _read(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
