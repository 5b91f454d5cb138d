"""A process that has the whole program loaded, and runs each command line in a fork of itself.

A run goes through the entry of the installed command, with file descriptors, environment, working
folder and arguments of its own, and ends as a process ends. That takes milliseconds where a start
of the interpreter takes a tenth of a second; a hang or a crash stays in its fork, and kills do not
mostly fall into the start.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, cast

from tests.support import loaded_program
from tests.support.program import PROJECT, Outcome, decoded

if TYPE_CHECKING:
    from tests.support.crash.faulty_vfs import Disk

KILLED: Final = -signal.SIGKILL

SECONDS: Final = 30
"""No run may take longer, by the clock or of the processor; the signal it dies of tells."""

SECONDS_OF_ORPHANS: Final = 20
"""Children of a killed run must have ended after so many seconds."""

MEMORY: Final = 2 * 2**30
"""Bytes of address space that a run may have."""

LONGEST_PIPED: Final = 65_536
"""Bytes that a pipe holds, so that nobody has to feed a run while it reads."""


@dataclass(frozen=True)
class Order:
    """A run to be made.

    Attributes:
        stdin: what comes out of its stdin: a pipe, or a file where that would not fit into one.
        kill_after: seconds until it gets a signal, unless it has ended by then.
        kill_with: the signal.
        disk: what SQLite's files are on, if that is not the real disk.
        largest_file: bytes; the operating system lets it write none past them into any file.
        given_streams: whether its three streams were given to the server, and it is to begin a
            session of its own, as `run_with` says.
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


class ForkServer:
    """Makes runs; close it in the end."""

    def __init__(self) -> None:
        self._streams, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
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

    def _send(self, order: Order) -> None:
        assert self._process.stdin
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()

    def _outcome(self) -> Outcome:
        assert self._process.stdout
        outcome: Outcome = pickle.load(self._process.stdout)
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


# ── in the server ───────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Carry out orders until there are no more."""
    loaded_program.load()
    loaded_program.keep_built_commands()
    loaded_program.use()
    loaded_program.settle()
    has_drivers = False
    given = socket.socket(fileno=int(sys.argv[1]))
    orders, outcomes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    while True:
        try:
            order: Order = pickle.load(orders)
        except EOFError:
            return
        if not has_drivers and _is_of_a_server(order):
            loaded_program.load_drivers()
            has_drivers = True
        if order.given_streams:
            outcome = _carried_out_with(order, socket.recv_fds(given, 1, 3)[1])
        else:
            outcome = _carried_out(order)
        pickle.dump(outcome, outcomes)
        outcomes.flush()


def _is_of_a_server(order: Order) -> bool:
    return any(b"://" in text for text in (*order.arguments, *order.env.values()))


def _carried_out(order: Order) -> Outcome:
    stdout, report = (os.memfd_create(name) for name in ("stdout", "report"))
    stdin = _holding(order.stdin)
    stderr, stderr_of_run = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(stderr)
        _be_the_program(order, (stdin, stdout, stderr_of_run), report)
    os.close(stdin)
    os.close(stderr_of_run)
    if order.kill_after is not None:
        time.sleep(order.kill_after)
        os.kill(child, order.kill_with)
    err = _all_of(stderr, SECONDS_OF_ORPHANS if order.kill_after is not None else 2 * SECONDS)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - began
    operations, fault_hit = pickle.loads(_content(report) or pickle.dumps(((), False)))
    return Outcome(
        os.waitstatus_to_exitcode(status),
        decoded(_content(stdout)),
        decoded(err),
        tuple(map(os.fsdecode, order.arguments)),
        seconds,
        operations,
        fault_hit,
    )


def _carried_out_with(order: Order, streams: Sequence[int]) -> Outcome:
    child = os.fork()
    if child == 0:
        os.setsid()
        _be_the_program(order, streams, report=-1)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    return Outcome(os.waitstatus_to_exitcode(status), "", "")


def _holding(content: bytes) -> int:
    """A descriptor that content can be read from, and then nothing more."""
    if len(content) <= LONGEST_PIPED:
        pipe, end = os.pipe()
        with os.fdopen(end, "wb") as written:
            written.write(content)
        return pipe
    file = os.memfd_create("stdin")
    with os.fdopen(os.dup(file), "wb") as written:
        written.write(content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _content(file: int) -> bytes:
    """What is in a file that nobody else has open any more; it is closed."""
    with os.fdopen(file, "rb") as opened:
        opened.seek(0)
        return opened.read()


def _all_of(pipe: int, patience: int) -> bytes:
    """What comes out of a pipe until nobody has its other end any more.

    Raises:
        TimeoutError: nothing came for so many seconds.
    """
    said = bytearray()
    while select.select([pipe], [], [], patience)[0]:
        part = os.read(pipe, 65_536)
        if not part:
            os.close(pipe)
            return bytes(said)
        said += part
    raise TimeoutError("processes that the run has started are still running")


def _be_the_program(order: Order, streams: Sequence[int], report: int) -> NoReturn:
    """Be the program, as the interpreter would have begun it and would end it."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the program is there to heed it
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if order.largest_file is not None:
            limits = (order.largest_file, resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        os.environb.clear()
        os.environb.update(order.env)
        time.tzset()
        os.chdir(order.cwd)
        for descriptor, stream in enumerate(streams):
            os.dup2(stream, descriptor)
            os.close(stream)
        sys.stdin = _text(0, "r", "surrogateescape")
        sys.stdout = _text(1, "w", "surrogateescape")
        sys.stderr = _text(2, "w", "backslashreplace")
        sys.argv = ["ledger", *map(os.fsdecode, order.arguments)]
        if order.disk is not None:
            _run_on(order.disk, report)
        from ledger.__main__ import main as program

        program()
        os._exit(0)
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 0 if end.code is None else 1)
    except BaseException:  # noqa: BLE001 - as the interpreter shows what nobody caught
        traceback.print_exc(file=sys.__stderr__ if sys.stderr is None else sys.stderr)
        os._exit(1)


def _run_on(disk: Disk, report: int) -> NoReturn:
    """Run the program on a disk that may fail, and report what it was asked for."""
    from ledger.cli.main import run

    with disk.in_place():
        status = run()
    os.write(report, pickle.dumps(([each.kind for each in disk.operations], disk.fault_hit)))
    os._exit(status)


def _text(descriptor: int, mode: str, errors: str) -> TextIO:
    buffering = 1 if descriptor == 2 else -1
    file = os.fdopen(descriptor, mode, buffering, encoding="utf-8", errors=errors, closefd=False)
    return cast(TextIO, file)


if __name__ == "__main__":
    main()
