"""The worker processes of a rebuild; see `ledger.eventstore.worker_processes`."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import StorageFailure
from ledger.eventstore.store import EventStore
from ledger.eventstore.worker_processes import Report, in_processes
from ledger.projections.folding import Progress, Rows, fold_part
from ledger.projections.projection import Projection

Task = tuple[tuple[Projection, ...], int, int, int]
"""The projections to fold, which part of how many, and up to which position."""


def fold_in_processes(
    location: str,
    projections: Sequence[Projection],
    workers: int,
    head: int,
    progress: Progress | None,
) -> list[Rows]:
    """Fold the log at a location up to a position, its streams split over processes.

    Raises:
        LedgerError: what a worker raised.
        StorageFailure: a worker died.
    """
    tasks: list[Task] = [(tuple(projections), part, workers, head) for part in range(workers)]

    def report(folded: int) -> None:
        if progress:
            progress(folded, head)

    parts = in_processes(
        location,
        fold_task,
        tasks,
        report=report,
        death=StorageFailure(
            "a worker process of the rebuild died; the live tables are as they were",
            advice="repeat it, perhaps without worker processes",
            workers=workers,
        ),
    )
    tables: list[Rows] = [{} for _ in projections]
    for part in parts:
        for rows, part_rows in zip(tables, part, strict=True):
            rows.update(part_rows)
    return tables


def fold_task(store: EventStore, task: Task, report: Report) -> list[Rows]:
    """What one worker process of a rebuild does."""
    projections, part, parts, head = task
    return fold_part(store, projections, part, parts, head, report)
