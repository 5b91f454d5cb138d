"""Which entry a correction put in the place of which, on one account or on two.

Nothing stored says so: a correction reverses the wrong entry and records the right one in one
append, so its events follow each other in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.domain.events import EntryReversed, Movement
from ledger.eventstore.archive.live_first import events_around
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import WrittenBy, written_by
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.projections.projection import DecodedEvent

_LONGEST_CORRECTION: Final = 4
"""Events: two sides of a transfer are reversed, and two are recorded."""


class Elsewhere(NamedTuple):
    """The other end of a correction, on another account."""

    account_id: str
    version: int


def corrected_version(previous: RecordedEvent, recorded: RecordedEvent, event: Movement) -> int:
    """The version of the entry that another one takes the place of; 0 where it does not.

    Nothing stored says so: a correction reverses the wrong entry and records the right one in one
    append.

    Args:
        previous: the event of the account just before it.
    """
    if previous.event_type != EntryReversed.__name__:
        return 0
    reversal = decode_event(previous)
    if not isinstance(reversal, EntryReversed):
        return 0
    is_transfer = reversal.transfer_id is not None
    between = recorded.position - previous.position
    ours, theirs = _writer_of(recorded), _writer_of(previous)
    if (
        is_transfer is not event.between_accounts
        or between > (_LONGEST_CORRECTION - 1 if is_transfer else 1)
        or recorded.recorded_at != previous.recorded_at
        or ours.command != "correct"
        or ours != theirs
    ):
        return 0
    return reversal.reverses


def _writer_of(recorded: RecordedEvent) -> WrittenBy:
    return written_by(recorded.metadata)


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
    around: Iterable[RecordedEvent] = events_around(
        store, one.position, _LONGEST_CORRECTION - 1, _LONGEST_CORRECTION - 1
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
