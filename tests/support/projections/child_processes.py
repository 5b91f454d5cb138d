"""Child processes of these tests: this interpreter, with this module's functions as programs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from ledger import Ledger

_BOOT = (
    "import sys; sys.path[:0] = sys.argv.pop().split({sep!r});"
    "from {module} import {name}; {name}(*sys.argv[1:])"
)


def child(program: Callable[..., None], *arguments: str) -> subprocess.Popen[str]:
    """Start a function of this module in a process of its own."""
    boot = _BOOT.format(sep=os.pathsep, module=program.__module__, name=program.__name__)
    return subprocess.Popen(
        [sys.executable, "-c", boot, *arguments, os.pathsep.join(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def write_until_told(path: str) -> None:
    """Deposit cents, saying so after each, until the parent closes our input."""
    import select

    with Ledger.open(path, create=False) as ledger:
        while not select.select([sys.stdin], [], [], 0)[0]:
            ledger.deposit("acc-0", "0.01")
            print("deposited", flush=True)


def rebuild_over_and_over(path: str, workers: str) -> None:
    """Rebuild without end, saying when each begins."""
    with Ledger.open(path, create=False) as ledger:
        while True:
            print("begins", flush=True)
            ledger.rebuild_projections(workers=int(workers))
