"""What the processes of one run share: a short folder under the temporary one, and a lock.

The process that was started holds the lock to its end; servers that are shared end with it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

_LONGEST: Final = 60
"""Bytes of the folder's path; the path of a socket has 107 at most, on some systems 103."""


def held(lock: Path) -> IO[bytes]:
    """Take a lock; it is let go when what is given back is closed, or with this process."""
    file = lock.open("ab")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


@dataclass(frozen=True)
class Run:
    """A run of tests.

    Attributes:
        folder: of what its processes share.
        lock: in the process that began it.
    """

    folder: Path
    lock: IO[bytes] | None = None

    @classmethod
    def begin(cls) -> Run:
        folder = short_folder()
        return cls(folder, held(folder / "used"))

    @property
    def used(self) -> Path:
        """The file whose lock is held until the run ends."""
        return self.folder / "used"

    def end(self) -> None:
        if self.lock is not None:
            self.lock.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def short_folder() -> Path:
    """A new folder whose path is short, and which other users can pass through."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(parent)) < _LONGEST - 20 and all(
            each.stat().st_mode & 0o001 for each in (Path(parent), *Path(parent).parents)
        ):
            break
    folder = Path(tempfile.mkdtemp(prefix="ledger-", dir=parent))
    folder.chmod(0o711)
    return folder
