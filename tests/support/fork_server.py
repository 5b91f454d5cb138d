"""A process that has the whole program loaded, and runs each command line in a fork of itself.

A run goes through the entry of the installed command, with file descriptors, environment, working
folder and arguments of its own, and ends as a process ends. That takes milliseconds where a start
of the interpreter takes a tenth of a second; a hang or a crash stays in its fork, and kills do not
mostly fall into the start.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.program import PROJECT, Outcome

if TYPE_CHECKING:
    from tests.support.crash.faulty_vfs import Disk

KILLED: Final = -signal.SIGKILL

SECONDS: Final = 30
"""No run may take longer, by the clock or of the processor; the signal it dies of tells."""

LONGEST_PIPED: Final = 65_536
"""Bytes that a pipe holds, so that nobody has to feed a run while it reads."""


@dataclass(frozen=True)
class Order:
    """A run to be made.

    Attributes:
        stdin: what comes out of its stdin: a pipe, or a file where that would not fit into one.
        kill_after: seconds until it gets a signal, unless it has ended by then.
        kill_with: the signal.
        bound: whether file permissions bind it, even where it runs as the superuser.
        disk: what SQLite's files are on, if that is not the real disk.
        largest_file: bytes; the operating system lets it write none past them into any file.
        given_streams: whether its three streams were given to the server, and it is to begin a
            session of its own, as `run_with` says.
        function: what is called instead of the program, by module and name; see `start`.
    """

    arguments: tuple[bytes, ...]
    env: dict[bytes, bytes]
    cwd: str
    stdin: bytes
    kill_after: float | None = None
    disk: Disk | None = None
    largest_file: int | None = None
    kill_with: int = signal.SIGKILL
    given_streams: bool = False
    function: tuple[str, str] | None = None
    bound: bool = False


class ForkServer:
    """Makes runs; close it in the end."""

    def __init__(self) -> None:
        self._streams, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forking", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
        theirs.close()

    def run(
        self,
        *arguments: str,
        cwd: Path | str,
        env: Mapping[str, str],
        stdin: bytes = b"",
        kill_after: float | None = None,
        disk: Disk | None = None,
        largest_file: int | None = None,
        kill_with: int = signal.SIGKILL,
        bound: bool = False,
    ) -> Outcome:
        """Run ``ledger`` with arguments; surrogates in them stand for bytes, as Python has it.

        The end of all processes that the run has started is waited for, even where it is killed:
        whoever has its stderr open must have ended. For the rest see `Order`.
        """
        order = Order(
            _bytes(arguments),
            _bytes_of(env),
            str(cwd),
            stdin,
            kill_after,
            disk,
            largest_file,
            kill_with,
            bound=bound,
        )
        self._send(order)
        return self._outcome()

    @contextmanager
    def run_with(
        self, streams: Sequence[int], *arguments: str, cwd: Path | str, env: Mapping[str, str]
    ) -> Iterator[Callable[[], int]]:
        """A run that goes on meanwhile, in a session of its own, as on a terminal.

        Args:
            streams: the descriptors of its stdin, stdout and stderr.

        Yields:
            What waits for its end, and gives its exit status.
        """
        socket.send_fds(self._streams, [b"3"], streams)
        self._send(Order(_bytes(arguments), _bytes_of(env), str(cwd), b"", given_streams=True))
        ended = cache(self._outcome)
        yield lambda: ended().status
        ended()

    def start(
        self,
        streams: Sequence[int],
        function: tuple[str, str],
        *arguments: str,
        cwd: Path | str,
        env: Mapping[str, str],
    ) -> int:
        """Start a process, in a session of its own, that calls a function; give its id.

        Args:
            streams: the descriptors of its stdin, stdout and stderr.
            function: module and name.
            arguments: what the function is given.
        """
        socket.send_fds(self._streams, [b"3"], streams)
        order = Order(_bytes(arguments), _bytes_of(env), str(cwd), b"", function=function)
        self._send(order)
        process: int = self._answer()
        return process

    def status_of(self, process: int) -> int:
        """The exit status of what was started and has ended; it can be asked for once."""
        self._send(process)
        status: int = self._answer()
        return status

    def _send(self, order: Order | int) -> None:
        assert self._process.stdin
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout
        return pickle.load(self._process.stdout)

    def _outcome(self) -> Outcome:
        outcome: Outcome = self._answer()
        return outcome

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=SECONDS)
        self._process.stdout.close()
        self._streams.close()


@cache
def shared() -> ForkServer:
    """The one of this process."""
    return ForkServer()


def close_shared() -> None:
    """End it, where there is one."""
    if shared.cache_info().currsize:
        shared().close()
        shared.cache_clear()


def _bytes(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(map(os.fsencode, texts))


def _bytes_of(env: Mapping[str, str]) -> dict[bytes, bytes]:
    return {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
