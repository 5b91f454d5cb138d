"""Archiving as `Ledger.archive` has it done, with a hook for its steps."""

from __future__ import annotations

import os
from collections.abc import Callable

from ledger import Ledger
from ledger.exchange import archiving

Hook = Callable[[str], None]
"""Is called with the name of each step that was done."""


def archive(
    ledger: Ledger,
    folder: str | os.PathLike[str],
    until: int,
    reached: Hook = lambda step: None,
) -> archiving.ArchiveReport:
    """Archive what was recorded by a moment (µs UTC)."""
    return archiving.archive(
        ledger._store,
        ledger._dispatcher,
        ledger._run_context(),
        str(folder),
        until,
        reached=reached,
    )
