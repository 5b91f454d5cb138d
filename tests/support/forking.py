"""The process of a `ForkServer`: it loads the program, and carries out orders in forks."""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import IO, TYPE_CHECKING, Final, NoReturn, TextIO, cast

from tests.support import loaded_program
from tests.support.fork_server import LONGEST_PIPED, SECONDS, Order
from tests.support.permissions import be_bound
from tests.support.program import Outcome, decoded

if TYPE_CHECKING:
    from tests.support.crash.faulty_vfs import Disk

SECONDS_OF_FUNCTIONS: Final = 300
"""As `SECONDS`, by the clock, where a function is called, which may have to wait for others."""

SECONDS_OF_ORPHANS: Final = 20
"""Children of a killed run must have ended after so many seconds."""

MEMORY: Final = 2 * 2**30
"""Bytes of address space that a run may have."""


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
            order: Order | int = pickle.load(orders)
        except EOFError:
            return
        if isinstance(order, int):
            _answer(outcomes, _status_of(order))
            continue
        if not has_drivers and _is_of_a_server(order):
            loaded_program.load_drivers()
            has_drivers = True
        if order.function is not None:
            _answer(outcomes, _started(order, socket.recv_fds(given, 1, 3)[1]))
        elif order.given_streams:
            child = _started(order, socket.recv_fds(given, 1, 3)[1])
            _answer(outcomes, Outcome(_status_of(child), "", ""))
        else:
            _answer(outcomes, _carried_out(order))


def _answer(outcomes: IO[bytes], answer: object) -> None:
    pickle.dump(answer, outcomes)
    outcomes.flush()


def _is_of_a_server(order: Order) -> bool:
    return any(b"://" in text for text in (*order.arguments, *order.env.values()))


def _carried_out(order: Order) -> Outcome:
    stdout, report = (os.memfd_create(name) for name in ("stdout", "report"))
    stdin = _holding(order.stdin)
    stderr, stderr_of_run = os.pipe()
    began = time.monotonic()
    child = _fork()
    if child == 0:
        os.close(stderr)
        _be_the_program(order, (stdin, stdout, stderr_of_run), report)
    os.close(stdin)
    os.close(stderr_of_run)
    if order.kill_after is not None:
        time.sleep(order.kill_after)
        os.kill(child, order.kill_with)
    err = _all_of(stderr, SECONDS_OF_ORPHANS if order.kill_after is not None else 2 * SECONDS)
    status = _status_of(child)
    seconds = time.monotonic() - began
    operations, fault_hit = pickle.loads(_content(report) or pickle.dumps(((), False)))
    return Outcome(
        status,
        decoded(_content(stdout)),
        decoded(err),
        tuple(map(os.fsdecode, order.arguments)),
        seconds,
        operations,
        fault_hit,
    )


def _started(order: Order, streams: Sequence[int]) -> int:
    child = _fork()
    if child == 0:
        os.setsid()
        _be_the_program(order, streams, report=-1)
    for stream in streams:
        os.close(stream)
    return child


def _status_of(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _fork() -> int:
    """Fork a process that an interrupt ends, as one that has not begun yet."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    return child


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
        signal.alarm(SECONDS if order.function is None else SECONDS_OF_FUNCTIONS)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if order.largest_file is not None:
            limits = (order.largest_file, resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        if order.bound:
            be_bound()
        os.environb.clear()
        os.environb.update(order.env)
        time.tzset()
        os.chdir(order.cwd)
        sys.path[1:1] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
        for descriptor, stream in enumerate(streams):
            os.dup2(stream, descriptor)
            os.close(stream)
        sys.stdin = _text(0, "r", "surrogateescape")
        sys.stdout = _text(1, "w", "surrogateescape")
        sys.stderr = _text(2, "w", "backslashreplace")
        sys.argv = ["ledger", *map(os.fsdecode, order.arguments)]
        if order.function is not None:
            module, name = order.function
            getattr(import_module(module), name)(*sys.argv[1:])
            sys.exit(0)
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
