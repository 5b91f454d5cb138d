"""Whether a path still leads to the file that was opened by it.

SQLite goes on writing to a file that was moved or removed, or that another one was put in the place
of: it has the file, not the path. Whoever is told that something was recorded looks for it at the
path.
"""

from __future__ import annotations

import os
from contextlib import suppress

from ledger.errors import LedgerMoved


class Place:
    """A file, known by its path and by its device and inode.

    Args:
        path: where it is now, or a link to it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._absolute = path
        with suppress(OSError):  # the working folder may be gone
            self._absolute = os.path.abspath(path)
        self._file = _identity(self._absolute)

    def is_left(self) -> bool:
        """Whether the path leads to the file no more."""
        return self._file is None or _identity(self._absolute) != self._file

    def check(self, consequence: str = "") -> None:
        """See that the path still leads to the file.

        Args:
            consequence: what is told where it does not.

        Raises:
            LedgerMoved: it does not.
        """
        if self.is_left():
            raise LedgerMoved(
                f"{self._what_happened()} while it was in use{consequence}",
                advice="see what is there now, then repeat the command",
                path=self.path,
            )

    def check_written(self) -> None:
        """See that what was just committed can be found by the path.

        Raises:
            LedgerMoved: it cannot.
        """
        if self.is_left():
            raise LedgerMoved(
                f"{self._what_happened()} just as it was written to: what was written is in the "
                "file that was there before",
                advice="find that file, or see what is there now and repeat the command",
                path=self.path,
            )

    def _what_happened(self) -> str:
        if os.path.lexists(self._absolute):
            return f"{self.path} was replaced by another file"
        return f"{self.path} was moved or removed"


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
