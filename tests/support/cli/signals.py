"""Running commands that get a signal, and the moments to send it."""

from __future__ import annotations

import signal
import subprocess
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD
from typing import IO, Final

import apsw

from tests.support.program import PROGRAM, Outcome, decoded

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE: Final = 60
"""Seconds to wait for what comes within one."""

BOUND: Final = 10
"""Seconds from a signal to the end of the process; it takes a tenth of one."""


@contextmanager
def running(
    environ: dict[str, str], folder: Path, *arguments: str, prefix: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A command with its streams in pipes and a process group of its own; killed in the end."""
    with subprocess.Popen(
        [*prefix, PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        cwd=folder,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def feed(process: subprocess.Popen[bytes], lines: bytes) -> None:
    """Write to a process; where a pipe cannot hold it all, most of it has been read after that."""
    assert process.stdin
    process.stdin.write(lines)
    process.stdin.flush()


def signalled(process: subprocess.Popen[bytes], number: int) -> Outcome:
    """Send a signal to a process, which must end soon without a traceback."""
    process.send_signal(number)
    return ended(process)


def ended(process: subprocess.Popen[bytes]) -> Outcome:
    """The end of a process that has got a signal."""
    status = process.wait(timeout=BOUND)
    assert process.stdout
    assert process.stderr
    err = decoded(process.stderr.read())
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return Outcome(status, decoded(process.stdout.read()), err)


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def somebody_writes(path: Path) -> bool:
    """Whether a process has the write lock of a ledger."""
    connection = apsw.Connection(str(path))
    try:
        connection.execute("BEGIN IMMEDIATE; ROLLBACK")
    except apsw.BusyError:
        return True
    finally:
        connection.close()
    return False


def bytes_waiting(pipe: IO[bytes] | None) -> int:
    assert pipe
    count = array("i", [0])
    ioctl(pipe.fileno(), FIONREAD, count)
    return count[0]


def children_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def runs(pid: str) -> bool:
    """Whether a process is at work: one that has ended may wait for ever to be asked how."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False
