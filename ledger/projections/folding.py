"""Folding recorded events into rows: the step that inline, catch-up and rebuild have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec

from ledger.domain.aggregate import Event
from ledger.errors import LedgerError, ProjectionFailed
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.projections.projection import Projection

DecodedEvent = tuple[RecordedEvent, Event]
"""An event as recorded, and as the domain knows it today."""

Rows = dict[str, msgspec.Struct | None]
"""Rows by stream id; None where there is none, or none any more."""

Progress = Callable[[int, int], None]
"""Called with (events folded so far, events there are to fold)."""

_AT_ONCE: Final = 1_000
"""Events; the progress is told after so many."""


def fold_into(rows: Rows, projection: Projection, facts: Iterable[DecodedEvent]) -> None:
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
        except Exception as error:
            raise ProjectionFailed(
                f"the projection {projection.spec.name} cannot handle event {recorded.position} "
                f"({recorded.event_type} version {recorded.version} of {stream_id!a}): {error}",
                advice="the log is as it was, and so is the projection",
                projection=projection.spec.name,
                position=recorded.position,
                account_id=stream_id,
            ) from error


def fold_part(
    store: EventStore,
    projections: Sequence[Projection],
    part: int,
    parts: int,
    head: int,
    report: Callable[[int], None],
) -> list[Rows]:
    """Fold one part of the log up to a position, into rows for each projection.

    Args:
        report: called now and then with the number of events folded so far.
    """
    tables: list[Rows] = [{} for _ in projections]
    events = store.read_all(to_position=head, part=part, parts=parts)
    folded = 0
    while facts := [(recorded, decode_event(recorded)) for recorded in islice(events, _AT_ONCE)]:
        for projection, rows in zip(projections, tables, strict=True):
            fold_into(rows, projection, facts)
        folded += len(facts)
        report(folded)
    return tables
