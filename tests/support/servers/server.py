"""What the servers have in common: a folder, a guard, and how they are ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

from tests.support.program import PROJECT
from tests.support.servers.run import Run

_PATIENCE: Final = 30.0
"""Seconds that a server has to end after a signal; it takes a few tenths of one."""


class Server:
    """One server; what it keeps stays when it is killed, until it is closed.

    Args:
        run: the run that it belongs to; it never outlives that.
        name: of its folder there, in a few letters.
    """

    ends_with: ClassVar[int] = signal.SIGKILL
    """The signal by which its guard ends it."""

    def __init__(self, run: Run, name: str) -> None:
        self._run = run
        self._guard: subprocess.Popen[bytes] | None = None
        self.folder: Final = run.folder / name
        self.log: Final = self.folder / "log"

    def send(self, number: int) -> None:
        """Send it a signal, such as SIGSTOP."""
        os.killpg(int((self.folder / "pid").read_text()), number)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Kill it, as a power cut of the process would, or end it by another signal."""
        if self._guard is not None:
            with suppress(ProcessLookupError, FileNotFoundError):
                self.send(number)
            self._guard.wait(_PATIENCE)
            self._guard = None

    def close(self) -> None:
        """Kill it, and remove what it kept."""
        self.kill(self.ends_with)
        shutil.rmtree(self.folder, ignore_errors=True)

    def has_ended(self) -> bool:
        return self._guard is None or self._guard.poll() is not None

    def _launch(
        self,
        command: Sequence[str | Path],
        *,
        user: str = "",
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program under guard, as another user where one is named."""
        (self.folder / "pid").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.support.servers.guard"),
                    *(self._run.used, self.folder, user, str(int(self.ends_with)), *command),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                env=env,
                start_new_session=True,
            )
