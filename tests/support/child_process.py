"""A function of the tests or of the product, run in a process of its own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import IO, Any, AnyStr, Final, Generic

from tests.support.fork_server import shared
from tests.support.program import PROJECT

PATIENCE: Final = 300
"""Seconds that a process may take which nobody has given a time."""


class Child(Generic[AnyStr]):
    """A fork of the process that has the program loaded; used as `subprocess.Popen` is.

    Standard input, output and error are pipes.
    """

    stdin: IO[AnyStr]
    stdout: IO[AnyStr]
    stderr: IO[AnyStr]

    def __init__(
        self,
        function: Callable[..., object],
        *arguments: object,
        environment: dict[str, str],
        text: bool,
    ) -> None:
        pipes = [os.pipe() for _ in range(3)]
        theirs, ours = pipes[0][0], pipes[0][1]
        self._open([ours, pipes[1][0], pipes[2][0]], text)
        streams = [theirs, pipes[1][1], pipes[2][1]]
        self.pid = shared().start(
            streams,
            (function.__module__, function.__name__),
            *map(str, arguments),
            cwd=os.getcwd(),
            env={**os.environ, **environment},
        )
        for stream in streams:
            os.close(stream)
        self._alive = os.pidfd_open(self.pid)
        self.returncode: int | None = None

    def _open(self, pipes: list[int], text: bool) -> None:
        how: dict[str, Any] = {"encoding": "utf-8"} if text else {}
        kind = "" if text else "b"
        self.stdin = os.fdopen(pipes[0], "w" + kind, **how)
        self.stdout = os.fdopen(pipes[1], "r" + kind, **how)
        self.stderr = os.fdopen(pipes[2], "r" + kind, **how)

    def poll(self) -> int | None:
        """Its exit status, where it has ended."""
        return self._ended_in(0)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit status, when it has ended.

        Raises:
            TimeoutExpired: it has not, after so many seconds.
        """
        status = self._ended_in(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return status

    def _ended_in(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._alive], [], [], seconds)[0]:
            os.close(self._alive)
            self.returncode = shared().status_of(self.pid)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(
        self, given: AnyStr | None = None, timeout: float = PATIENCE
    ) -> tuple[AnyStr, AnyStr]:
        """What it still writes to stdout and to stderr; its stdin is closed.

        Raises:
            TimeoutExpired: it has not ended after so many seconds; it is killed.
        """
        too_late = Timer(timeout, self.kill)
        too_late.start()
        try:
            with ThreadPoolExecutor(1) as beside:
                complaints = beside.submit(self.stderr.read)
                try:
                    if given is not None:
                        self.stdin.write(given)
                    self.stdin.close()
                except BrokenPipeError:
                    pass  # it has ended, and says why
                said = self.stdout.read()
                self.wait()
                return said, complaints.result()
        finally:
            too_late.cancel()
            self.stdout.close()
            self.stderr.close()

    def __enter__(self) -> Child[AnyStr]:
        return self

    def __exit__(self, *error: object) -> None:
        self.stdout.close()
        self.stderr.close()
        try:
            self.stdin.close()
        except BrokenPipeError:
            pass
        self.wait()


def child(function: Callable[..., object], *arguments: object, **environment: str) -> Child[str]:
    """Start a function of a module, given its arguments as texts, in a process of its own.

    The process ends when the function returns.

    Args:
        environment: variables that it has beside those of this process.
    """
    return Child(function, *arguments, environment=environment, text=True)


def fresh_child(function: Callable[..., object], *arguments: object) -> subprocess.Popen[str]:
    """The same in an interpreter that is started for it, and has loaded nothing before."""
    module, name = function.__module__, function.__name__
    boot = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from {module} import {name}"
    return subprocess.Popen(
        [sys.executable, "-c", f"{boot}; {name}(*sys.argv[1:])", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
