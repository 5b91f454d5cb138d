"""Showing a long answer through a pager, as `man` and `git` do.

The first screenful is held back, so that a short answer starts none. Then the answer goes into the
pager as it comes. What was sent is kept for a while: should the pager fail, the answer is shown as
if there had been none.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import get_terminal_size, which
from typing import IO, Any, Final, cast

from ledger.cli import interrupts
from ledger.cli.streams import Streams

_KEPT: Final = 1_048_576
"""Bytes that are kept for the case that the pager fails; one that took more has worked."""

_OPTIONS_OF_LESS: Final = "FRX"
"""Show colours, leave the answer on the screen, and end at once where one screen holds it."""

_STYLE: Final = re.compile(rb"\x1b\[[0-9;]*m")

_PLAIN_WORDS: Final = re.compile(r"[\w ./+:@,-]+", re.ASCII)


class PagerQuit(BrokenPipeError):
    """The person has quit the pager before the end of the answer, as is their right."""


def pager_command() -> list[str] | None:
    """What starts the pager; None where there is to be none."""
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return None
    named = os.environ.get("LEDGER_PAGER", os.environ.get("PAGER"))
    if named is None:
        less = which("less")
        return None if less is None else [less]
    if named.strip() in ("", "cat"):
        return None
    return named.split() if _PLAIN_WORDS.fullmatch(named) else ["/bin/sh", "-c", named]


@contextmanager
def paged(env: Streams, command: list[str]) -> Iterator[None]:
    """Have what is written to stdout in the block go through a pager, where it is long."""
    terminal = env.stdout
    pages = _Pages(terminal.buffer, command)
    terminal.flush()
    written = io.TextIOWrapper(cast(IO[bytes], pages), terminal.encoding, "backslashreplace")
    env.stdout, env.paging = written, True
    try:
        try:
            yield
        except KeyboardInterrupt:
            pages.end(interrupted=True)
            raise
        finally:
            written.flush()
    except PagerQuit:
        pass
    finally:
        env.stdout, env.paging = terminal, False
        pages.end()
        written.detach()
        terminal.flush()
    if pages.failure:
        env.note(f"note: {pages.failure}; to do without a pager, set LEDGER_PAGER to nothing")


class _Pages(io.BufferedIOBase):
    """Where an answer goes: at first nowhere, then into the pager or onto the terminal.

    Attributes:
        failure: why there was no pager after all; empty where all went well.
    """

    def __init__(self, terminal: IO[bytes], command: list[str]) -> None:
        self._terminal = terminal
        self._command = command
        self._screen = get_terminal_size()
        self._lines = 0
        self._held = bytearray()
        self._sent: bytearray | None = bytearray()
        self._pager: subprocess.Popen[bytes] | None = None
        self._write: Any = self._hold
        self.failure = ""

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True  # which it is in the end

    def fileno(self) -> int:
        return self._terminal.fileno()

    def write(self, data: Any, /) -> int:
        data = bytes(data)
        self._write(data)
        return len(data)

    def _hold(self, data: bytes) -> None:
        self._held += data
        self._lines += sum(map(self._lines_of, data.splitlines()))
        if self._lines >= self._screen.lines:
            self._start()

    def _lines_of(self, line: bytes) -> int:
        """How many lines of the screen a line takes; most characters take one column."""
        shown = len(_STYLE.sub(b"", line).decode(errors="replace"))
        return max(1, -(-shown // self._screen.columns))

    def _start(self) -> None:
        self._terminal.flush()
        try:
            self._pager = subprocess.Popen(  # noqa: S603 - the person has named it
                self._command,
                stdin=subprocess.PIPE,
                bufsize=0,
                env={"LESS": _OPTIONS_OF_LESS, **os.environ},
            )
        except OSError as error:
            self.failure = f"the pager {self._command[0]!a} does not start: {error.strerror}"
            self._write = self._terminal.write
        else:
            self._write = self._send
        held, self._held = bytes(self._held), bytearray()
        self._write(held)

    def _send(self, data: bytes) -> None:
        assert self._pager is not None
        assert self._pager.stdin is not None
        if self._sent is not None:
            self._sent += data
            if len(self._sent) > _KEPT:
                self._sent = None
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._pager.stdin.write(rest) :]
        except BrokenPipeError:
            self.end()
            if self._write == _nowhere:
                raise PagerQuit from None

    def end(self, *, interrupted: bool = False) -> None:
        """Show what is held back, or wait until the person has read it all; once.

        Args:
            interrupted: whether the answer breaks off here; then no pager is said to have failed.
        """
        if self._held:
            held, self._held = bytes(self._held), bytearray()
            self._terminal.write(held)
        pager, self._pager = self._pager, None
        if pager is None:
            if self._write == self._hold:
                self._write = self._terminal.write
            return
        self._write = _nowhere
        if interrupted and not interrupts.by_keyboard():
            _stop(pager)
            return
        status, asked_to_end = _ended(pager)
        if status and not asked_to_end and not interrupted:
            self._failed(status)

    def _failed(self, status: int) -> None:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self.failure = f"the pager {self._command[-1]!a} {how}"
        if self._sent is not None:
            self._terminal.write(self._sent)
            self._write = self._terminal.write


def _nowhere(_data: bytes) -> None:
    """The person has seen what they wanted to see."""


def _ended(pager: subprocess.Popen[bytes]) -> tuple[int, bool]:
    """Wait for a pager; its status, and whether Ctrl-C was pressed, which means the pager."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        if pager.stdin is not None:
            pager.stdin.close()
        return pager.wait(), bool(pressed)
    except BaseException:  # this process is to end, and leaves no pager behind
        _stop(pager)
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(pager: subprocess.Popen[bytes]) -> None:
    if pager.stdin is not None:
        pager.stdin.close()
    pager.terminate()
    pager.wait()
