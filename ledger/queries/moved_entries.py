"""Entries that a correction moved to another account, found from either end.

Nothing stored says so: a correction reverses the wrong entry and records the right one in one
append, so its events follow each other in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.domain.events import EntryReversed, Movement
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import written_by
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.projections.projection import DecodedEvent

LONGEST_CORRECTION: Final = 4
"""Events: two sides of a transfer are reversed, and two are recorded."""


class Elsewhere(NamedTuple):
    """The other end of a correction, on another account."""

    account_id: str
    version: int


def right_entry_elsewhere(
    store: EventStore, reversal: RecordedEvent, effective_to: int | None
) -> Elsewhere | None:
    """What a reversed entry was corrected by.

    Args:
        effective_to: what is effective later does not count (µs UTC).
    """
    return _other_end(store, reversal, Movement, effective_to)


def wrong_entry_elsewhere(
    store: EventStore, right: RecordedEvent, effective_to: int | None
) -> Elsewhere | None:
    """What an entry takes the place of; see `right_entry_elsewhere`."""
    return _other_end(store, right, EntryReversed, effective_to)


def _other_end(
    store: EventStore, one: RecordedEvent, kind: type, effective_to: int | None
) -> Elsewhere | None:
    if written_by(one.metadata).command != "correct":
        return None
    amount = decode_event(one).signed_amount
    for recorded, event in _correction_of(store, one):
        same_way = (event.signed_amount > 0) is (amount > 0)
        if not isinstance(event, kind) or same_way or recorded.stream_id == one.stream_id:
            continue
        if effective_to is not None and recorded.effective_at > effective_to:
            return None
        version = event.reverses if isinstance(event, EntryReversed) else recorded.version
        return Elsewhere(recorded.stream_id, version)
    return None


def _correction_of(store: EventStore, one: RecordedEvent) -> list[DecodedEvent]:
    """The events that were appended with one of them; corrections of one batch are beside it."""
    around: Iterable[RecordedEvent] = store.read_all(
        after_position=max(one.position - LONGEST_CORRECTION, 0),
        to_position=one.position + LONGEST_CORRECTION - 1,
    )
    group: list[DecodedEvent] = []
    for recorded in around:
        if (recorded.metadata, recorded.recorded_at) != (one.metadata, one.recorded_at):
            if recorded.position > one.position:
                break
            group = []
            continue
        event = decode_event(recorded)
        if isinstance(event, EntryReversed) and group and isinstance(group[-1][1], Movement):
            if recorded.position > one.position:
                break
            group = []
        group.append((recorded, event))
    return group
