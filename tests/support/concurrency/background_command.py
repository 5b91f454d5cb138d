"""The installed command beside others: started now, ended later."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO

from tests.support import program


def start(
    ledger: Path, *arguments: str, timeout: str = "0.1", stdin: int | IO[bytes] = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start ``ledger`` on a ledger file, with its seconds to wait for the write lock."""
    env = program.environment(ledger.parent, ledger, LEDGER_LOCK_TIMEOUT=timeout)
    return program.start(*arguments, env=env, cwd=ledger.parent, stdin=stdin)
