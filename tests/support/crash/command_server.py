"""A process that has the program loaded and runs many command lines, each in a fork of its own.

What can be done to a command line: its disk can fail, or it can be killed after a while. Starting
the program for each would take ten times as long, and most kills would fall into the start.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

from tests.support.crash.faulty_vfs import Disk, Fault

KILLED: Final = -signal.SIGKILL

LONGEST_ORPHAN: Final = 20
"""Seconds that children of a killed command may live on."""


class Outcome(NamedTuple):
    """What became of a command line.

    Attributes:
        status: the exit status; `KILLED` where it was killed before its end.
        seconds: how long it took.
        operations: the kinds of those that it asked of a disk that may fail, in order.
        struck: whether that disk's fault has come.
    """

    status: int
    stdout: str
    stderr: str
    seconds: float
    operations: Sequence[str] = ()
    struck: bool = False


class CommandServer:
    """Runs command lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: str, arguments: Sequence[str]) -> Outcome:
        """Run a command line in a folder."""
        return self._request(folder, arguments)

    def run_on(self, fault: Fault | None, folder: str, arguments: Sequence[str]) -> Outcome:
        """Run one on a disk that may fail."""
        disk = None
        if fault is not None:
            disk = fault._asdict() | {"counted": sorted(fault.counted)}
        return self._request(folder, arguments, disk=disk)

    def run_within(self, size: int, folder: str, arguments: Sequence[str]) -> Outcome:
        """Run one that the operating system lets write no byte past a size into any file."""
        return self._request(folder, arguments, size=size)

    def kill(self, delay: float, folder: str, arguments: Sequence[str]) -> Outcome:
        """Run one, and kill it after so many seconds, unless it is done by then.

        Its last word is waited for: whoever has its stderr open, as the children of its own have,
        must have ended.
        """
        return self._request(folder, arguments, delay=delay)

    def _request(self, folder: str, arguments: Sequence[str], **details: object) -> Outcome:
        request = {"folder": folder, "arguments": list(arguments), **details}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


@contextmanager
def command_server() -> Iterator[CommandServer]:
    boot = f"import sys; sys.path[:0] = sys.argv.pop().split('|'); import {__name__} as it"
    with subprocess.Popen(
        [sys.executable, "-c", f"{boot}; it.main()", "|".join(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LEDGER_DB": "books.db", "NO_COLOR": "1", "TZ": "UTC"},
    ) as process:
        yield CommandServer(process)


# ── in the server ───────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Answer requests until there are no more."""
    import ledger.cli.app
    import ledger.cli.main
    import ledger.ledger  # noqa: F401 - loaded once for all forks

    for line in sys.stdin:
        outcome = _answered(json.loads(line))
        sys.stdout.write(json.dumps(outcome._asdict()) + "\n")
        sys.stdout.flush()


def _answered(request: dict[str, Any]) -> Outcome:
    stdout = os.memfd_create("stdout")
    stderr, stderr_of_child = os.pipe()
    told, told_by_child = os.pipe()
    begin = monotonic()
    child = os.fork()
    if child == 0:
        os.dup2(stdout, 1)
        os.dup2(stderr_of_child, 2)
        os.close(stderr)
        os.close(stderr_of_child)
        _run(request, told_by_child)
    os.close(stderr_of_child)
    os.close(told_by_child)
    if "delay" in request:
        sleep(request["delay"])
        os.kill(child, signal.SIGKILL)
    with open(told) as last_words:
        disk = json.loads(last_words.read() or "{}")
    _, status = os.waitpid(child, 0)
    seconds = monotonic() - begin
    said = _all_of(stderr)
    with open(stdout, closefd=True) as answers:
        answers.seek(0)
        return Outcome(os.waitstatus_to_exitcode(status), answers.read(), said, seconds, **disk)


def _all_of(pipe: int) -> str:
    """What comes out of a pipe until nobody has its other end any more."""
    said = bytearray()
    while select.select([pipe], [], [], LONGEST_ORPHAN)[0]:
        part = os.read(pipe, 65_536)
        if not part:
            os.close(pipe)
            return said.decode()
        said += part
    raise TimeoutError("children of a killed command are still running")


def _run(request: dict[str, Any], tell: int) -> None:
    """In the fork: run one command line, tell how its disk was, and end."""
    from ledger.cli.main import run

    os.chdir(request["folder"])
    sys.stdout = os.fdopen(1, "w")  # as at the start of a program
    sys.stderr = os.fdopen(2, "w", buffering=1)
    sys.argv = ["ledger", *request["arguments"]]
    if "size" in request:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["size"], resource.RLIM_INFINITY))
    if "disk" not in request:
        os._exit(run())
    fault = request["disk"]
    disk = Disk(Fault(**{**fault, "counted": frozenset(fault["counted"])}) if fault else None)
    with disk.in_place():
        status = run()
    kinds = [operation.kind for operation in disk.operations]
    with open(tell, "w") as server:
        server.write(json.dumps({"operations": kinds, "struck": disk.struck}))
    os._exit(status)
