"""Workers of the product as forks of the process that has the program loaded.

They do all that workers do but start an interpreter, which takes longer than work on small ledgers.
"""

from __future__ import annotations

import os

import pytest

from ledger.eventstore import worker_processes
from tests.support.child_process import Child


def fork_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the workers of this process be forks, until the end of a test."""
    monkeypatch.setattr(worker_processes, "_start", _forked)


def _forked() -> Child[bytes]:
    work, here = worker_processes.work, os.getcwd()
    return Child(work, env=os.environ, cwd=here, text=False, stderr=2)
