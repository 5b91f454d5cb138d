"""The installed command, run as its users run it: in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

PROJECT: Final = Path(__file__).parents[2]

SAMPLE_DATA: Final = PROJECT / "sample_data"

PROGRAM: Final = Path(sys.executable).with_name("ledger")


@dataclass(frozen=True)
class Outcome:
    """How a run of the program ended.

    Attributes:
        status: the exit status; a negative one is the signal that killed it.
        out: what it wrote to stdout; bytes that are not UTF-8 are surrogates.
        err: the same for stderr.
        arguments: the command line without the program.
        seconds: how long it took; known of runs in a fork server.
        operations: what it asked of a disk that may fail, in order.
        fault_hit: whether the fault of that disk has come.
    """

    status: int
    out: str
    err: str
    arguments: tuple[str, ...] = field(default=(), compare=False)
    seconds: float = field(default=0, compare=False)
    operations: Sequence[str] = ()
    fault_hit: bool = False

    @property
    def bytes_out(self) -> bytes:
        return self.out.encode("utf-8", "surrogateescape")

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error document of a run under ``--json``."""
        return json.loads(self.err)["error"]


Run = Callable[..., Outcome]

Refused = Callable[..., Any]


def environment(home: Path | str, ledger: Path | str, **more: str) -> dict[str, str]:
    """An environment without anything of the person who runs the tests.

    Args:
        home: the home folder.
        ledger: the ledger file of commands that name none.
        more: further variables, or other values for these.
    """
    return {
        "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "LEDGER_DB": str(ledger),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "LEDGER_PAGER": "",
        **more,
    }


def heeded_at_the_start(env: Mapping[str, str]) -> bool:
    """Whether there is a variable that the interpreter heeds as it starts."""
    return any(
        name.startswith("PYTHON") or (name.startswith("LC_") and value != "C.UTF-8")
        for name, value in env.items()
    )


def start(
    *arguments: str | bytes,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    prefix: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start ``ledger`` with arguments, its output in pipes."""
    return subprocess.Popen(
        [*prefix, PROGRAM, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
    )


def end(process: subprocess.Popen[bytes], stdin: bytes | None = None, timeout: int = 60) -> Outcome:
    """Wait for the end of a run, for so many seconds."""
    with process:
        try:
            out, err = process.communicate(stdin, timeout)
        except BaseException:
            process.kill()
            raise
    return Outcome(process.returncode, decoded(out), decoded(err))


def run(
    *arguments: str | bytes,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    prefix: Sequence[str] = (),
    timeout: int = 60,
) -> Outcome:
    """Run ``ledger`` with arguments to its end, which must come within so many seconds.

    Args:
        prefix: what stands before the program on the command line.
    """
    process = start(*arguments, env=env, cwd=cwd, stdin=subprocess.PIPE, prefix=prefix)
    return end(process, stdin, timeout)


def decoded(stream: bytes) -> str:
    return stream.decode("utf-8", "surrogateescape")
