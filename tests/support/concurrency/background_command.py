"""Running the installed command beside others: started now, ended later."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO

from tests.support.concurrency.clients import PROGRAM


def start(
    books: Path, *arguments: str, timeout: str = "0.1", stdin: int | IO[bytes] = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start ``ledger`` on a ledger file, with its seconds to wait for the write lock."""
    return subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=books.parent,
        env={
            "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
            "HOME": str(books.parent),
            "LEDGER_DB": str(books),
            "LEDGER_LOCK_TIMEOUT": timeout,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        },
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """Wait for its end: status, stdout, stderr."""
    with process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err
