"""Whether a file is locked, as another process sees it.

A process that closes a file gives up all its POSIX locks on it, through whatever handle it took
them. So what opens files that it does not know must leave those of the ledger alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(3)
"""


def can_lock(path: Path) -> bool:
    """Whether another process can lock the file now."""
    ended = subprocess.run([sys.executable, "-I", "-c", _LOCK, path], timeout=60, check=False)
    assert ended.returncode in (0, 3)
    return ended.returncode == 0
