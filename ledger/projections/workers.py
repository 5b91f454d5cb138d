"""The worker processes of a rebuild; see `ledger.eventstore.worker_processes`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger.errors import StorageFailure
from ledger.eventstore.store import EventStore
from ledger.eventstore.worker_processes import Report, in_processes
from ledger.projections.folding import AnyProjection, fold_part, pack

Task = tuple[tuple[AnyProjection, ...], int, int, int]
"""The projections to fold, which part of how many, and up to which position."""


def fold_in_processes(
    location: str,
    projections: Sequence[AnyProjection],
    workers: int,
    head: int,
    *,
    report: Callable[[int], None],
    meanwhile: Callable[[], None],
) -> list[list[bytes]]:
    """Fold the log at a location up to a position, its streams split over processes.

    Args:
        report: called with the number of events that all of them have folded so far.
        meanwhile: what to do here while they work.

    Returns:
        For each part the rows of each projection; see `ledger.projections.folding.pack`.

    Raises:
        LedgerError: what a worker raised.
        Unimportable: a worker cannot import the class of a projection or an aggregate.
        StorageFailure: a worker died.
    """
    tasks: list[Task] = [(tuple(projections), part, workers, head) for part in range(workers)]
    return in_processes(
        location,
        fold_task,
        tasks,
        report=report,
        death=StorageFailure(
            "a worker process of the rebuild died; the live tables are as they were",
            advice="repeat it, perhaps without worker processes",
            workers=workers,
        ),
        meanwhile=meanwhile,
    )


def fold_task(store: EventStore, task: Task, report: Report) -> list[bytes]:
    """What one worker process of a rebuild does."""
    projections, part, parts, head = task
    tables = fold_part(store, projections, part, parts, head, report)
    return [pack(projection, rows) for projection, rows in zip(projections, tables, strict=True)]
