"""A process that has the whole program loaded, and runs each command line in a fork of itself.

A run goes through the entry of the installed command, with file descriptors, environment, working
folder and arguments of its own, and ends as a process ends. That takes milliseconds where a start
of the interpreter takes a tenth of a second, and a hang or a death stays in its fork.
"""

from __future__ import annotations

import gc
import os
import pickle
import pkgutil
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO, cast

SECONDS = 30
"""No run may take longer, by the clock or of the processor; the signal it dies of tells."""

MEMORY = 2 * 2**30
"""Bytes of address space that a run may have."""


@dataclass(frozen=True)
class Order:
    """A run to be made. Paths say where its standard streams lead."""

    arguments: tuple[bytes, ...]
    env: dict[bytes, bytes]
    cwd: str
    stdin: str
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended; a negative status is the signal that it died of."""

    arguments: tuple[str, ...]
    status: int
    out: bytes
    err: str


class Nursery:
    """Makes runs; close it in the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ledger-fuzz-")
        self._streams = [os.path.join(self._folder.name, name) for name in ("in", "out", "err")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    def run(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str],
        stdin: bytes = b"",
    ) -> Outcome:
        """Run ``ledger`` with arguments; surrogates in them stand for bytes, as Python has it."""
        stdin_path, out, err = self._streams
        Path(stdin_path).write_bytes(stdin)
        order = Order(
            tuple(map(os.fsencode, arguments)),
            {os.fsencode(name): os.fsencode(value) for name, value in env.items()},
            str(cwd),
            stdin_path,
            out,
            err,
        )
        assert self._process.stdin
        assert self._process.stdout
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()
        status: int = pickle.load(self._process.stdout)
        said = Path(err).read_bytes().decode("utf-8", "surrogateescape")
        return Outcome(arguments, status, Path(out).read_bytes(), said)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=SECONDS)
        self._process.stdout.close()
        self._folder.cleanup()


def main() -> None:
    """Carry out orders until there are no more."""
    import ledger

    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        import_module(module.name)
    gc.collect()
    gc.freeze()
    orders, ends = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    while True:
        try:
            order: Order = pickle.load(orders)
        except EOFError:
            return
        pid = os.fork()
        if pid == 0:
            _run(order)
        _, status = os.waitpid(pid, 0)
        pickle.dump(os.waitstatus_to_exitcode(status), ends)
        ends.flush()


def _run(order: Order) -> NoReturn:
    """Be the program, as the interpreter would have begun it and would end it."""
    try:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.environb.clear()
        os.environb.update(order.env)
        time.tzset()
        os.chdir(order.cwd)
        _lead(0, order.stdin, os.O_RDONLY)
        _lead(1, order.stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        _lead(2, order.stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        sys.stdin = _text(0, "r", "surrogateescape")
        sys.stdout = _text(1, "w", "surrogateescape")
        sys.stderr = _text(2, "w", "backslashreplace")
        sys.argv = ["ledger", *map(os.fsdecode, order.arguments)]
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


def _text(descriptor: int, mode: str, errors: str) -> TextIO:
    buffering = 1 if descriptor == 2 else -1
    file = os.fdopen(descriptor, mode, buffering, encoding="utf-8", errors=errors, closefd=False)
    return cast(TextIO, file)


def _lead(descriptor: int, path: str, flags: int) -> None:
    opened = os.open(path, flags, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    main()
