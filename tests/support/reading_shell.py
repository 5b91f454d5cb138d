"""The shell into which a reader types the examples of a page, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.support.fork_server import shared

_ASKS, _ANSWERS = "asks", "answers"

_LEDGER: Final = f"""ledger() {{
    local status
    printf '%s\\0' "$BASHPID" "$PWD" "$(export -p)" "$@" > '{{folder}}/{_ASKS}'
    read -r status < '{{folder}}/{_ANSWERS}'
    return "$status"
}}
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
        return _shown(_started(script, folder, more))
    with TemporaryDirectory() as between, ThreadPoolExecutor(1) as others:
        for name in (_ASKS, _ANSWERS):
            os.mkfifo(Path(between, name))
        begun = _started(_LEDGER.replace("{folder}", between) + script, folder, more)
        running = others.submit(_run_what_is_asked, Path(between), begun[0])
        shown = _shown(begun)
        Path(between, _ASKS).write_bytes(b"")
        running.result()
        return shown


def _started(
    script: str, folder: Path, more: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """The shell, and our end of its terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
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
    return shell, ours


def _shown(begun: tuple[subprocess.Popen[bytes], int]) -> str:
    shell, terminal = begun
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(terminal)
    shell.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")


def _run_what_is_asked(between: Path, shell: subprocess.Popen[bytes]) -> None:
    """Run what the shell asks for until somebody asks for nothing."""
    try:
        while asked := (between / _ASKS).read_text("utf-8"):
            process, cwd, variables, *arguments = asked.removesuffix("\0").split("\0")
            status = _run(f"/proc/{int(process)}/fd", cwd, _exported(variables), arguments)
            (between / _ANSWERS).write_text(f"{status}\n")
    except BaseException:
        shell.kill()
        raise


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
