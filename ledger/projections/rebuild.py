"""Rebuilding projections beside the live ones.

The log is folded in worker processes that only read, each taking the streams of one part; the live
tables keep serving. Nothing is in the file until the end, when one transaction folds the short tail
that came meanwhile and puts the new tables in place. So a rebuild that is killed leaves no trace,
and two at once cannot mix.

The rows of a projection that questions catch up are never held in memory: they are folded into
tables apart, and copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ledger.domain.events import PersonalDataErased
from ledger.eventstore.parallelism import importable, shared_location, worker_count
from ledger.eventstore.records import Progress
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import TablesInSql
from ledger.projections.apart import folded_apart
from ledger.projections.folding import (
    AnyProjection,
    AnyRows,
    decoded,
    fold_into,
    fold_part,
    join,
    pack,
)

_TAIL_PAGE: Final = 1_000


class RebuildReport(msgspec.Struct, frozen=True):
    """What a rebuild did: the projections, the events folded, the rows written.

    Attributes:
        workers: how many processes folded; 1 where it was this one alone.
    """

    names: tuple[str, ...]
    events: int
    rows: int
    workers: int


def rebuild(
    store: EventStore,
    projections: Sequence[AnyProjection],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> RebuildReport:
    """Make projections anew from the whole log.

    Args:
        workers: processes that fold; by default as many as there are CPUs, or one where the log is
            short. Only this one folds what others cannot: the log of a store that no other process
            can open, a projection whose rows several streams share and that has no `merge`, and one
            whose class no other process can import, as those of the main script and those that are
            defined within a function.
        progress: told how far it is.

    Raises:
        ProjectionFailed: a fold raised; the live tables are as they were.
        UnreadableEvent: an event cannot be read; likewise.
    """
    asked = [projection for projection in projections if projection.on_demand]
    kept_up = [projection for projection in projections if not projection.on_demand]
    report = _rebuild(store, kept_up, workers, progress) if kept_up else None
    for projection in asked:
        end, rows = _replace(store, projection, progress)
        report = report or RebuildReport((), end, 0, 1)
        report = replace(report, names=(*report.names, projection.name), rows=report.rows + rows)
    return report or RebuildReport((), 0, 0, 1)


def _replace(
    store: EventStore, projection: AnyProjection, progress: Progress | None
) -> tuple[int, int]:
    """Make the rows of a projection apart, and put them in the place of the old ones.

    Returns:
        The position that they are of, and how many there are.
    """
    table, tables = projection.table, store.tables
    while True:
        head, rows = store.head().position, 0
        with folded_apart(store, projection, head, progress) as apart, store.transaction():
            tail = decoded(store.read_all(after_position=head))
            if any(type(event) is PersonalDataErased for _, event in tail):
                continue
            tables.create(table)
            coming = apart.rows(table)
            while some := {table.key_of(row): row for row in islice(coming, _TAIL_PAGE)}:
                tables.write(table, some)
                rows += len(some)
            tables.write(table, {}, seen=(0, head))
            if isinstance(tables, TablesInSql):
                tables.index(table)
        return head, rows


def _rebuild(
    store: EventStore,
    projections: Sequence[AnyProjection],
    workers: int | None,
    progress: Progress | None,
) -> RebuildReport:
    while True:
        head = store.head().position
        # Other processes would look for the archive where it was put.
        elsewhere = getattr(store, "archive_folder", None) is not None
        count = 1 if elsewhere else worker_count(store, head, workers)
        tables, count = _Folding(store, projections, head, progress).run(count)
        with store.transaction():
            end = _fold_tail(store, projections, tables, head)
            if end is None:
                continue
            written = 0
            for projection, rows in zip(projections, tables, strict=True):
                if end > head:
                    pack(projection, rows)
                kept: dict[Any, Any] = {
                    key: rows[key] for key in sorted(rows) if rows[key] is not None
                }
                store.tables.create(projection.table)
                store.tables.write(projection.table, kept, seen=(0, end))
                written += len(kept)
        names = tuple(projection.name for projection in projections)
        return RebuildReport(names, end, written, count)


def _fold_tail(
    store: EventStore, projections: Sequence[AnyProjection], tables: Sequence[AnyRows], head: int
) -> int | None:
    """Fold what came meanwhile; under the lock.

    Returns:
        The last position; None where texts were erased meanwhile, which the rows may still have.
    """
    end = head
    events = store.read_all(after_position=head)
    while tail := decoded(islice(events, _TAIL_PAGE)):
        if any(type(event) is PersonalDataErased for _, event in tail):
            return None
        for projection, rows in zip(projections, tables, strict=True):
            fold_into(rows, projection, tail)
        end = tail[-1][0].position
    return end


class _Folding:
    """Folds the log up to a position, here, in worker processes, or some of it in either."""

    def __init__(
        self,
        store: EventStore,
        projections: Sequence[AnyProjection],
        head: int,
        progress: Progress | None,
    ) -> None:
        self._store = store
        self._projections = projections
        self._head = head
        self._progress = progress
        self._elsewhere = self._here = 0
        self._times = 1
        """How often the log is folded, by whomever."""

    def run(self, workers: int) -> tuple[list[AnyRows], int]:
        """The rows of each projection, and how many processes folded."""
        location = shared_location(self._store)
        divided = [each for each in self._projections if each.divisible and importable(type(each))]
        if location is None or workers <= 1 or not divided:
            return self._fold(self._projections), 1
        # What follows costs its imports only here.
        from ledger.eventstore.worker_processes import Unimportable
        from ledger.projections.workers import fold_in_processes

        rest = [each for each in self._projections if each not in divided]
        self._times = 2 if rest else 1
        tables: dict[str, AnyRows] = {}

        def fold_the_rest() -> None:
            if rest:
                tables.update(zip((each.name for each in rest), self._fold(rest), strict=True))

        try:
            parts = fold_in_processes(
                location,
                divided,
                workers,
                self._head,
                report=self._report_elsewhere,
                meanwhile=fold_the_rest,
            )
        except Unimportable:
            self._elsewhere, self._times = 0, 1
            return self._fold(self._projections), 1
        for number, projection in enumerate(divided):
            tables[projection.name] = join(projection, [part[number] for part in parts])
        return [tables[each.name] for each in self._projections], workers

    def _fold(self, projections: Sequence[AnyProjection]) -> list[AnyRows]:
        tables = fold_part(self._store, projections, 0, 1, self._head, self._report_here)
        for projection, rows in zip(projections, tables, strict=True):
            pack(projection, rows)
        return tables

    def _report_elsewhere(self, folded: int) -> None:
        self._elsewhere = folded
        self._report()

    def _report_here(self, folded: int) -> None:
        self._here = folded
        self._report()

    def _report(self) -> None:
        if self._progress:
            self._progress((self._elsewhere + self._here) // self._times, self._head)
