"""The program beside others, in forks: started now, ended later."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from tests.support import program
from tests.support.child_process import Child
from tests.support.program import Outcome, decoded


def start(
    ledger: Path, *arguments: str, timeout: str = "0.1", stdin: IO[bytes] | None = None
) -> Child[bytes]:
    """Start ``ledger`` on a ledger file, with its seconds to wait for the write lock.

    Args:
        stdin: what it reads from; nothing if left out.
    """
    env = program.environment(ledger.parent, ledger, LEDGER_LOCK_TIMEOUT=timeout)
    with open(os.devnull, "rb") as nothing:
        given = (stdin or nothing).fileno()
        return Child(_program, *arguments, env=env, cwd=ledger.parent, text=False, stdin=given)


def end(process: Child[bytes], timeout: int = 60) -> Outcome:
    """Wait for the end of a run, for so many seconds."""
    with process:
        out, err = process.communicate(timeout=timeout)
    assert process.returncode is not None
    return Outcome(process.returncode, decoded(out), decoded(err))


def _program(*_: str) -> None:
    from ledger.__main__ import main

    main()
