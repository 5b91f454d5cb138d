"""A function of the tests or of the product, run in a process of its own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO, Any, AnyStr, Final, Generic

from tests.support.fork_server import shared
from tests.support.program import PROJECT

PATIENCE: Final = 300
"""Seconds that a process may take which nobody has given a time."""


class Child(Generic[AnyStr]):
    """A fork of the process that has the program loaded; used as `subprocess.Popen` is.

    Args:
        arguments: what the function is given, as texts.
        env: all its variables.
        text: whether the pipes take and give texts.
        stdin: a descriptor that its standard input is; a pipe if left out.
        stderr: the same for its standard error. Its standard output is a pipe.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *arguments: object,
        env: Mapping[str, str],
        cwd: Path | str,
        text: bool,
        stdin: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.stdin: IO[AnyStr] | None = None
        self.stdout: IO[AnyStr] | None = None
        self.stderr: IO[AnyStr] | None = None
        how = ("{}", "utf-8") if text else ("{}b", None)
        pipes: list[int] = []
        if stdin is None:
            stdin, ours = os.pipe()
            pipes.append(stdin)
            self.stdin = _opened(ours, "w", *how)
        ours, stdout = os.pipe()
        pipes.append(stdout)
        self.stdout = _opened(ours, "r", *how)
        if stderr is None:
            ours, stderr = os.pipe()
            pipes.append(stderr)
            self.stderr = _opened(ours, "r", *how)
        called = function.__module__, function.__name__
        self.pid = shared().start(
            (stdin, stdout, stderr), called, *map(str, arguments), cwd=cwd, env=env
        )
        for pipe in pipes:
            os.close(pipe)
        self._handle = os.pidfd_open(self.pid)
        self.returncode: int | None = None

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
        if self.returncode is None and select.select([self._handle], [], [], seconds)[0]:
            os.close(self._handle)
            self.returncode = shared().status_of(self.pid)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(
        self, given: AnyStr | None = None, timeout: float = PATIENCE
    ) -> tuple[AnyStr, AnyStr]:
        """Close its stdin, and give what it still writes to stdout and to stderr.

        After so many seconds it is killed, which its status tells.
        """
        assert self.stdout is not None
        assert self.stderr is not None
        too_late = Timer(timeout, self.kill)
        too_late.start()
        try:
            with ThreadPoolExecutor(1) as beside:
                complaints = beside.submit(self.stderr.read)
                self._close_stdin(given)
                said = self.stdout.read()
            self.wait()
        finally:
            too_late.cancel()
            self.stdout.close()
            self.stderr.close()
        return said, complaints.result()

    def _close_stdin(self, given: AnyStr | None = None) -> None:
        if self.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended, and says why
                if given is not None:
                    self.stdin.write(given)
                self.stdin.close()

    def __enter__(self) -> Child[AnyStr]:
        return self

    def __exit__(self, *error: object) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self._close_stdin()
        self.wait()


def _opened(pipe: int, mode: str, kind: str, encoding: str | None) -> IO[Any]:
    return os.fdopen(pipe, kind.format(mode), encoding=encoding)


def child(function: Callable[..., object], *arguments: object, **environment: str) -> Child[str]:
    """Start a function of a module, given its arguments as texts, in a process of its own.

    The process ends when the function returns.

    Args:
        environment: variables that it has beside those of this process.
    """
    env = {**os.environ, **environment}
    return Child(function, *arguments, env=env, cwd=os.getcwd(), text=True)


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
