"""A terminal of a chosen size, on which the program runs as it does for a person."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.fork_server import shared
from tests.support.program import PROGRAM, heeded_at_the_start

ESCAPE = "\x1b"


@dataclass(frozen=True)
class Shown:
    """What was on the terminal when the program had ended.

    ``lines`` are its lines as they were sent; nothing is wrapped by the terminal itself.
    """

    status: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


class Terminal:
    """A pseudo-terminal; what the program writes to it comes out of `read_all`.

    Args:
        columns: its width.
    """

    def __init__(self, columns: int) -> None:
        self._keyboard, self.device = pty.openpty()
        self._shown, self._read = b"", 0
        termios.tcsetwinsize(self.device, (24, columns))
        mode = termios.tcgetattr(self.device)
        mode[1] &= ~termios.OPOST  # line ends arrive as they were sent
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(self.device, termios.TCSANOW, mode)

    def type(self, text: str) -> None:
        """Type something that the program will read from stdin."""
        os.write(self._keyboard, text.encode())

    def read_until(self, words: str) -> None:
        """Wait until some words are on it that were not when this was called last."""
        awaited = words.encode()
        while (place := self._shown.find(awaited, self._read)) < 0:
            self._shown += os.read(self._keyboard, 65_536)
        self._read = place + len(awaited)

    def read_all(self) -> str:
        """Everything up to the end of the last process that holds the terminal open."""
        os.close(self.device)
        chunks = [self._shown]
        while True:
            try:
                chunk = os.read(self._keyboard, 65_536)
            except OSError:  # so a terminal says that nobody is left on it
                break
            if not chunk:
                break
            chunks.append(chunk)
        os.close(self._keyboard)
        return b"".join(chunks).decode()


def run_on_terminal(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    columns: int = 100,
    stdout: IO[bytes] | None = None,
    typed: str = "",
    started: bool = False,
) -> Shown:
    """Run a command with stdin, stdout and stderr on a terminal; ours in a fork where it can be.

    Args:
        stdout: where it goes instead, leaving stderr alone on the terminal.
        typed: what the person types, each line ended by a line end.
        started: whether ours is to be started as well, as its users start it.
    """
    terminal = Terminal(columns)
    terminal.type(typed)
    if command[0] == PROGRAM and not started and not heeded_at_the_start(env):
        out = terminal.device if stdout is None else stdout.fileno()
        with shared().run_with(
            (terminal.device, out, terminal.device),
            *map(str, command[1:]),
            env={"TERM": "xterm-256color", **env},
            cwd=cwd,
        ) as ended:
            return Shown(text=terminal.read_all(), status=ended())
    with subprocess.Popen(
        command,
        stdin=terminal.device,
        stdout=stdout or terminal.device,
        stderr=terminal.device,
        env={"TERM": "xterm-256color", **env},
        cwd=cwd,
        start_new_session=True,
    ) as process:
        text = terminal.read_all()
        status = process.wait(timeout=60)
    return Shown(status, text)


def talk_on_terminal(
    command: Sequence[str | Path],
    *turns: tuple[str, Callable[[], str]],
    env: Mapping[str, str],
    cwd: Path,
) -> Shown:
    """The same, with somebody who waits for what the program says before they type.

    Args:
        turns: what they wait for, and what then gives the text that they type.
    """
    terminal = Terminal(200)
    with subprocess.Popen(
        command,
        stdin=terminal.device,
        stdout=terminal.device,
        stderr=terminal.device,
        env={"TERM": "xterm-256color", **env},
        cwd=cwd,
        start_new_session=True,
    ) as process:
        for words, reply in turns:
            terminal.read_until(words)
            terminal.type(reply())
        text = terminal.read_all()
        status = process.wait(timeout=60)
    return Shown(status, text)
