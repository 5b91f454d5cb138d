"""Transfers that were put right: reversed or described anew on both sides, or on none.

Both sides are done in one append, so they are neighbours in the log. Only a transfer that was
imported from the older world with one side is put right on that one alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from ledger.commands.erased_texts import OtherSide, other_side, transfer_side
from ledger.commands.recorded_rules import are_of_one_append
from ledger.commands.transfer_terms import is_imported
from ledger.domain.aggregate import ERASED
from ledger.domain.events import EntryAmended, EntryReversed
from ledger.errors import ArchiveMissing
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, event_at

CORRECTIONS: Final = frozenset((EntryReversed.__name__, EntryAmended.__name__))


class _Side(NamedTuple):
    recorded: RecordedEvent
    event: EntryReversed | EntryAmended
    other: OtherSide

    @property
    def entry(self) -> int:
        """The version of the entry that is put right."""
        return self.event.reverses if type(self.event) is EntryReversed else self.event.amends

    @property
    def done(self) -> str:
        return "reversed" if type(self.event) is EntryReversed else "amended"


class CorrectedTransfers:
    """Looks at neighbours in the log.

    Attributes:
        last: the last event, where it wants its other side next.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.last: _Side | None = None

    def see(self, recorded: RecordedEvent, event: Any) -> Iterator[tuple[RecordedEvent, str]]:
        """What is wrong about the next event or the one before it, each with the event.

        Args:
            event: what it means; None where that cannot be read.
        """
        last, self.last = self.last, None
        side = None
        if isinstance(event, EntryReversed | EntryAmended):
            try:
                other = other_side(self._store, recorded, event)
            except ArchiveMissing:  # the entry is archived, and so is that of the other side
                other = None
            side = None if other is None else _Side(recorded, event, other)
        if last is not None:
            if side is not None and _are_two_sides(last, side):
                yield from _differences(last, side)
                return
            if event is not None or recorded.event_type not in CORRECTIONS:
                yield from self._alone(last)
        self.last = side

    def end(self) -> Iterator[tuple[RecordedEvent, str]]:
        """Nothing follows."""
        if self.last is not None:
            yield from self._alone(self.last)
            self.last = None

    def _alone(self, side: _Side) -> Iterator[tuple[RecordedEvent, str]]:
        recorded, _, other = side
        entry = event_at(self._store, recorded.stream_id, side.entry)
        assert entry is not None  # which `other_side` has read
        try:
            if is_imported(entry) and not any(
                each.transfer_id == other.transfer_id and each.counterparty == recorded.stream_id
                for event in self._store.read_stream(other.account_id)
                if event.position < recorded.position
                and event.event_type != entry.event_type
                and (each := transfer_side(event)) is not None
            ):
                return
        except ArchiveMissing:  # it may have had one
            return
        yield (
            recorded,
            f"transfer {other.transfer_id} was {side.done} by account {recorded.stream_id} alone, "
            f"and not by account {other.account_id}",
        )


def may_be_two_sides(one: RecordedEvent, following: RecordedEvent) -> bool:
    """Whether two neighbours in the log may put the sides of one transfer right."""
    return (
        one.event_type in CORRECTIONS
        and one.event_type == following.event_type
        and one.stream_id != following.stream_id
        and are_of_one_append(one, following)
        and _transfer_id(one) == _transfer_id(following)
    )


class _Reversed(msgspec.Struct, frozen=True, gc=False):
    transfer_id: str | None = None


def _transfer_id(recorded: RecordedEvent) -> str | None:
    try:
        return msgspec.json.decode(recorded.data, type=_Reversed).transfer_id
    except msgspec.MsgspecError:
        return None


def _are_two_sides(one: _Side, other: _Side) -> bool:
    return (
        other.recorded.position == one.recorded.position + 1
        and type(one.event) is type(other.event)
        and are_of_one_append(one.recorded, other.recorded)
        and one.other == OtherSide(other.other.transfer_id, other.recorded.stream_id)
        and other.other.account_id == one.recorded.stream_id
    )


def _differences(one: _Side, other: _Side) -> Iterator[tuple[RecordedEvent, str]]:
    ours, theirs = _terms(one), _terms(other)
    if ERASED in (ours["text"], theirs["text"]):  # an erasure of either account takes both away
        ours["text"] = theirs["text"]
    differing = [name for name, value in ours.items() if value != theirs[name]]
    if differing:
        yield (
            other.recorded,
            f"transfer {one.other.transfer_id} was {one.done} in one way by account "
            f"{one.recorded.stream_id} and in another by account {other.recorded.stream_id}: "
            f"{', '.join(differing)}",
        )


def _terms(side: _Side) -> dict[str, Any]:
    """What both sides have to say alike."""
    event = side.event
    terms = {"effective time": side.recorded.effective_at}
    if type(event) is EntryReversed:
        return {**terms, "text": event.reason}
    return {
        **terms,
        "text": event.description,
        "tags": event.tags,
        "receipts": event.receipts,
    }
