"""Folding recorded events into rows: the step that inline, catch-up and rebuild have in common."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.domain.events import Event
from ledger.errors import LedgerError, ProjectionFailed
from ledger.eventstore.records import RecordedEvent
from ledger.projections.projection import Projection

Fact = tuple[RecordedEvent, Event]
"""An event as recorded, and as the domain knows it today."""

Rows = dict[str, msgspec.Struct | None]
"""Rows by stream id; None where there is none, or none any more."""


def fold_into(rows: Rows, projection: Projection, facts: Iterable[Fact]) -> None:
    """Fold events into the rows of their streams, in place.

    Raises:
        ProjectionFailed: the projection's fold raised; the event is named.
    """
    fold = projection.fold
    for recorded, event in facts:
        stream_id = recorded.stream_id
        try:
            rows[stream_id] = fold(rows.get(stream_id), event, recorded)
        except LedgerError:
            raise
        except Exception as fault:  # noqa: BLE001 - a fold may be anybody's code
            raise ProjectionFailed(
                f"the projection {projection.spec.name} cannot handle event {recorded.position} "
                f"({recorded.event_type} version {recorded.version} of {stream_id!a}): {fault}",
                hint="the log is as it was, and so is the projection",
                projection=projection.spec.name,
                position=recorded.position,
                account_id=stream_id,
            ) from fault
