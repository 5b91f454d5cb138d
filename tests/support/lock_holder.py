"""Another program that holds a lock on a ledger file, until its standard input ends.

It has to be a process: locks of one process do not keep out that process.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.child_process import Child, child


@contextmanager
def locked(path: Path, *statements: str) -> Iterator[Child[str]]:
    """Another process that has run statements on the file, and waits."""
    with child(hold, path, *statements) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        # The end of the block closes its standard input, and it ends.


def hold(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement).fetchall()
    print("locked", flush=True)
    sys.stdin.read()
    connection.close()
