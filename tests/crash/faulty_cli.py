"""The command line on a disk that fails: one process, loaded once, that runs many command lines.

It reads requests, one JSON object a line, and answers each with one. Every command line is run by a
fork of it, as a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.crash.faulty_vfs import Disk, Fault


class Outcome(NamedTuple):
    """What became of a command line.

    Attributes:
        operations: the kinds of those that it asked of the disk, in order.
    """

    status: int
    stdout: str
    stderr: str
    operations: list[str]
    struck: bool


class FaultyCommandLine:
    """Runs command lines on disks that fail."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: str, arguments: Sequence[str], fault: Fault | None) -> Outcome:
        """Run one in a folder."""
        request: dict[str, Any] = {"folder": folder, "arguments": list(arguments)}
        if fault is not None:
            request["fault"] = fault._replace(counted=frozenset())._asdict() | {
                "counted": sorted(fault.counted)
            }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request, default=list) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


@contextmanager
def faulty_command_line() -> Iterator[FaultyCommandLine]:
    boot = f"import sys; sys.path[:0] = sys.argv.pop().split('|'); import {__name__} as it"
    with subprocess.Popen(
        [sys.executable, "-c", f"{boot}; it.main()", "|".join(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LEDGER_DB": "books.db", "NO_COLOR": "1", "TZ": "UTC"},
    ) as process:
        yield FaultyCommandLine(process)


def main() -> None:
    """Answer requests until there are no more."""
    import ledger.cli.app
    import ledger.cli.main  # noqa: F401 - loaded once for all forks

    for line in sys.stdin:
        request = json.loads(line)
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            _run(request, write_end)
        os.close(write_end)
        with open(read_end, "rb") as answer:
            told = answer.read()
        _, status = os.waitpid(child, 0)
        if not told:
            raise SystemExit(f"a command line ended with {status}, without a word: {line}")
        sys.stdout.write(told.decode() + "\n")
        sys.stdout.flush()


def _run(request: dict[str, Any], answer: int) -> None:
    """In the fork: run one command line, tell what came of it, and end."""
    from ledger.cli.main import run

    folder = request["folder"]
    os.chdir(folder)
    outputs = []
    for number in (1, 2):
        output = os.open(".", os.O_TMPFILE | os.O_RDWR)
        os.dup2(output, number)
        outputs.append(output)
    fault = request.get("fault")
    disk = Disk(Fault(**{**fault, "counted": frozenset(fault["counted"])}) if fault else None)
    sys.argv = ["ledger", *request["arguments"]]
    with disk.in_place():
        status = run()
    stdout, stderr = (os.pread(output, 1_000_000, 0).decode() for output in outputs)
    kinds = [operation.kind for operation in disk.operations]
    told = json.dumps(Outcome(status, stdout, stderr, kinds, disk.struck)._asdict())
    with open(answer, "w") as parent:
        parent.write(told)
    os._exit(0)
