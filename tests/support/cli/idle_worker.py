"""Work that a worker process never comes to the end of."""

from __future__ import annotations

from collections.abc import Callable
from time import sleep

from ledger.eventstore.store import EventStore


def idle(_store: EventStore, _task: int, report: Callable[[int], None]) -> None:
    report(1)
    sleep(3_600)
