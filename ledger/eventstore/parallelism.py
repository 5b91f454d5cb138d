"""Whether work on a store is worth several processes, and fit for them."""

from __future__ import annotations

import os
from typing import Final

from ledger.eventstore.store import EventStore, SharedStore

_WORTH_A_PROCESS: Final = 50_000
"""Events; below this a process takes longer to start than to do its share."""


def worker_count(store: EventStore, events: int, asked: int | None) -> int:
    """How many processes are to share work on a log; 1 is this process alone.

    Args:
        events: how long the log is.
        asked: how many somebody asked for. None for as many as there are CPUs, or one where the log
            is short.
    """
    if shared_location(store) is None:
        return 1
    if asked is not None:
        return max(asked, 1)
    return (os.cpu_count() or 1) if events >= _WORTH_A_PROCESS else 1


def shared_location(store: EventStore) -> str | None:
    """Where other processes can open a store; None where they cannot."""
    return store.location if isinstance(store, SharedStore) else None


def importable(kind: type) -> bool:
    """Whether another process may find a class under its name.

    It does not find those of the main script and those that are defined within a function.
    """
    return kind.__module__ != "__main__" and "<locals>" not in kind.__qualname__
