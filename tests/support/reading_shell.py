"""The shell into which a reader types the examples of a page, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.support.fork_server import shared

_ASKS, _ANSWERS = "asks", "answers"

_NOT_RUN: Final = 125

_PATH: Final = f"{Path(sys.executable).parent}:/usr/bin:/bin"

_LEDGER: Final = f"""#!{shutil.which("bash")}
printf '%s\\0' "$$" "$PWD" "$(export -p)" "$@" > "${{0%/*}}/{_ASKS}"
read -r status < "${{0%/*}}/{_ANSWERS}"
exit "$status"
"""
"""A ``ledger`` that asks us to run it, with what it has been given, and tells how that ended."""


def typed(script: str, folder: Path, more: Mapping[str, str], *, started: bool) -> str:
    """What a shell script prints on a terminal 100 columns wide.

    Args:
        more: variables of the shell, besides the usual ones.
        started: whether ``ledger`` is started, as its users start it, and not run in a fork. Two
            of them in one pipe need that.
    """
    if started:
        return _shown_of(script, folder, more)
    with ledger_in_forks() as programs:
        path = more.get("PATH", _PATH)
        return _shown_of(script, folder, {**more, "PATH": f"{programs}:{path}"})


@contextmanager
def ledger_in_forks() -> Iterator[str]:
    """A folder with a ``ledger`` that is run in forks, to stand first in a shell's ``PATH``."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as others:
        for name in (_ASKS, _ANSWERS):
            os.mkfifo(Path(folder, name))
        program = Path(folder, "ledger")
        program.write_text(_LEDGER)
        program.chmod(0o755)
        running = others.submit(_run_what_is_asked, Path(folder))
        try:
            yield folder
        finally:
            Path(folder, _ASKS).write_bytes(b"")
        running.result()


def _shown_of(script: str, folder: Path, more: Mapping[str, str]) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    environ = {
        "PATH": _PATH,
        "HOME": str(folder),
        "TERM": "dumb",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        **more,
    }
    shell = subprocess.Popen(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environ,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    shell.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")


def _run_what_is_asked(between: Path) -> None:
    """Run what a shell asks for, until somebody asks for nothing."""
    failure: Exception | None = None
    while asked := (between / _ASKS).read_text("utf-8"):
        status = _NOT_RUN
        try:
            process, cwd, variables, *arguments = asked.removesuffix("\0").split("\0")
            status = _run(f"/proc/{int(process)}/fd", cwd, _exported(variables), arguments)
        except Exception as error:  # noqa: BLE001 - the shell waits for an answer
            failure = error
        (between / _ANSWERS).write_text(f"{status}\n")
    if failure is not None:
        raise failure


def _run(given: str, cwd: str, env: Mapping[str, str], arguments: list[str]) -> int:
    """Run ``ledger`` with the streams of a process, given the folder of its descriptors."""
    modes = os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_APPEND
    streams = [
        os.open(f"{given}/{number}", mode | os.O_NOCTTY) for number, mode in enumerate(modes)
    ]
    with shared().run_with(streams, *arguments, cwd=cwd, env=env) as ended:
        for stream in streams:
            os.close(stream)
        status = ended()
    return status if status >= 0 else 128 - status


def _exported(variables: str) -> dict[str, str]:
    """The variables that a shell passes on, from what its ``export -p`` prints."""
    words = shlex.split(variables)
    return dict(word.split("=", 1) for word in words if "=" in word)
