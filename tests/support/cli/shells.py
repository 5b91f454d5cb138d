"""Real shells on a terminal, with something typed into them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from pathlib import Path
from typing import Final

INTERACTIVE: Final = {
    "bash": ["bash", "--noprofile", "-i"],
    "zsh": ["zsh", "-o", "no_global_rcs", "-i"],
    "fish": ["fish", "-i"],
}
_WITHOUT_STARTUP_FILES: Final = {"bash": "--norc", "zsh": "-f", "fish": "--no-config"}
_END: Final = "printf 'is %s\\n' over"
_TIMEOUT: Final = 60.0


def typed_into(
    shell: str,
    environ: dict[str, str],
    folder: Path,
    *lines: str,
    script: str = "",
    installed: bool = False,
) -> bytes:
    """What a terminal shows when lines are typed into a shell, each one ended by Return.

    Args:
        script: the file with the completion script; else the program is asked for it.
        installed: the script is where the shell finds it when it starts.
    """
    program, *options = INTERACTIVE[shell]
    if not installed:
        options = [_WITHOUT_STARTUP_FILES[shell], *options]
        lines = (*_taught(shell, environ["HOME"], script), *lines)
    keyboard, device = pty.openpty()
    with subprocess.Popen(
        [program, *options],
        stdin=device,
        stdout=device,
        stderr=device,
        env={**environ, "TERM": "dumb", "INPUTRC": os.devnull},
        cwd=folder,
        start_new_session=True,
        preexec_fn=_take_the_terminal,
    ) as process:
        os.close(device)
        try:
            for line in (*lines, _END):
                os.write(keyboard, line.encode() + b"\r")
            return _read_until(keyboard, b"is over")
        finally:
            process.kill()
            os.close(keyboard)


def _take_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _taught(shell: str, home: str, script: str) -> list[str]:
    """What to type so that a shell completes our words."""
    if shell == "fish":
        return [f"source {script}" if script else "ledger --show-completion fish | source"]
    teach = f"source {script}" if script else f"source <(ledger --show-completion {shell})"
    if shell == "zsh":
        return [f"autoload -Uz compinit && compinit -u -d {home}/dump", teach]
    return [teach]


def _read_until(terminal: int, end: bytes) -> bytes:
    shown = b""
    deadline = time.monotonic() + _TIMEOUT
    while end not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, shown
        try:
            shown += os.read(terminal, 65_536)
        except OSError:  # Linux says so when the other end is closed
            raise AssertionError(shown) from None
    return shown
