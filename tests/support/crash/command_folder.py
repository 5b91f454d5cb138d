"""A folder with ledgers in it and with files to feed them, of which each command gets a copy."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import NamedTuple

from tests.support.crash.faulty_vfs import Disk
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment


class CommandFolder(NamedTuple):
    """Where command lines that are killed, or whose disk fails, get their files from."""

    folder: Path
    server: ForkServer

    def copy(self, folder: str, command: str) -> None:
        """Copy what a command needs; of the ledgers, ``books.db`` and those it names."""
        for found in self.folder.iterdir():
            if found.suffix != ".db" or found.name == "books.db" or found.name in command:
                shutil.copy(found, folder)

    def run(
        self,
        folder: str,
        command: str,
        *,
        kill_after: float | None = None,
        disk: Disk | None = None,
        largest_file: int | None = None,
        kill_with: int = signal.SIGKILL,
    ) -> Outcome:
        """Run a command line in a folder; see `tests.support.fork_server.Order`."""
        return self.server.run(
            *command.split(),
            cwd=folder,
            env=environment(folder, "books.db", NO_COLOR="1"),
            kill_after=kill_after,
            disk=disk,
            largest_file=largest_file,
            kill_with=kill_with,
        )
