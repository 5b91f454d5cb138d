"""Projections that questions catch up: their rows are what the log gives, compared one by one.

They may have as many rows as the log has events, so the log is folded into tables apart, and both
are read side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import DamagedLedger, ProjectionFailed, UnreadableEvent
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Key, ProjectionTable, ProjectionTables
from ledger.projections.apart import folded_apart
from ledger.projections.folding import AnyProjection
from ledger.verification.findings import Finding
from ledger.verification.stored_projections import row_finding

_MOST: Final = 100
"""Findings; where more rows differ, these are enough to have the table rebuilt."""


class Compared(NamedTuple):
    """What is wrong with a projection, what is worth knowing of it, and how many rows it has."""

    findings: list[Finding]
    notes: list[str]
    rows: int


def compare_on_demand(store: EventStore, projection: AnyProjection) -> Compared:
    """Compare a projection as it is stored with the log, as far as it has seen it."""
    name, table = projection.name, projection.table
    with store.transaction(read_only=True):
        try:
            checkpoint = store.tables.checkpoints().get(name)
            if (
                checkpoint is None
                or checkpoint.version != projection.version
                or checkpoint.position < 0
            ):
                return Compared([], [], 0)
            with folded_apart(store, projection, checkpoint.position) as tables:
                sides = _side_by_side(table, tables, store.tables)
                different = [
                    row_finding(projection, *side)
                    for side in islice((side for side in sides if side[1] != side[2]), _MOST)
                ]
            return Compared(different, [], sum(1 for _ in store.tables.rows(table)))
        except DamagedLedger as error:
            message = f"{name}: {error.untold}"
            return Compared([Finding(check="projection", message=message, projection=name)], [], 0)
        except (UnreadableEvent, ProjectionFailed) as error:
            return Compared([], [f"{name} could not be compared: {error.untold}"], 0)


def _side_by_side(
    table: ProjectionTable, expected: ProjectionTables, stored: ProjectionTables
) -> Iterator[tuple[Key, msgspec.Struct | None, msgspec.Struct | None]]:
    """Each key, with the row of either side; None for no row."""
    key_of: Any = table.key_of
    ours, theirs = expected.rows(table), stored.rows(table)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        key = min(key_of(row) for row in (one, other) if row is not None)
        left = one if one is not None and key_of(one) == key else None
        right = other if other is not None and key_of(other) == key else None
        yield key, left, right
        one = one if left is None else next(ours, None)
        other = other if right is None else next(theirs, None)
