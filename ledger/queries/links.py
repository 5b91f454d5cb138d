"""How the events of an account refer to each other, seen from both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.commands.corrected_entries import (
    Elsewhere,
    corrected_version,
    right_entry_elsewhere,
    wrong_entry_elsewhere,
)
from ledger.domain.events import (
    AccountOpened,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    Movement,
    OpeningAmended,
)
from ledger.domain.receipts import Receipt
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archived_version, event_at
from ledger.projections.projection import DecodedEvent

_CORRECT = '"correct"'
"""In the metadata of what a correction wrote, and seldom elsewhere."""

OPENING = 1
"""The version of every opening."""


class Told(NamedTuple):
    """What is said of an entry, and whether its description was erased."""

    description: str
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]
    erased: bool


class Links:
    """What refers to what, by version.

    Args:
        events: those that count, in version order. Of an entry it is known what came of it as far
            as they go.
        store: where others are read, those of other accounts too.
        effective_to: what is effective later does not count (µs UTC).

    Attributes:
        linked: the versions of the entries that anything refers to, or that refer to one.
    """

    def __init__(
        self, events: Sequence[DecodedEvent], store: EventStore, effective_to: int | None
    ) -> None:
        self._store = store
        self._effective_to = effective_to
        self.reversed_by: dict[int, int] = {}
        self.withdrawn_by: dict[int, int] = {}
        self.corrects: dict[int, int] = {}
        self.corrects_elsewhere: dict[int, Elsewhere] = {}
        self.corrected_elsewhere: dict[int, Elsewhere] = {}
        self._amendments: dict[int, list[tuple[RecordedEvent, Any]]] = {}
        previous: RecordedEvent | None = None
        reversals: list[tuple[RecordedEvent, int]] = []
        for recorded, event in events:
            if isinstance(event, Movement):
                if _CORRECT in recorded.metadata:
                    self._find_corrected(recorded, event, previous)
            elif type(event) is EntryReversed:
                self.reversed_by[event.reverses] = recorded.version
                if _CORRECT in recorded.metadata:
                    reversals.append((recorded, event.reverses))
            elif type(event) is ConfirmationWithdrawn:
                self.withdrawn_by[event.confirms] = recorded.version
            elif (amended := amended_version(event)) is not None:
                self._amendments.setdefault(amended, []).append((recorded, event))
            previous = recorded
        self.corrected_by = {wrong: right for right, wrong in self.corrects.items()}
        for reversal, wrong in reversals:
            if wrong not in self.corrected_by:
                elsewhere = right_entry_elsewhere(store, reversal, effective_to)
                if elsewhere is not None:
                    self.corrected_elsewhere[wrong] = elsewhere
        linked = (self.reversed_by, self.corrects, self.corrects_elsewhere, self._amendments)
        self.linked = frozenset[int]().union(*linked)

    def _find_corrected(
        self, recorded: RecordedEvent, event: Movement, previous: RecordedEvent | None
    ) -> None:
        version, store, effective_to = recorded.version, self._store, self._effective_to
        if version - 1 and version - 1 == archived_version(store, recorded.stream_id):
            previous = None  # what is archived ends with an append, so it is of another one
        elif previous is None or previous.version != version - 1:
            previous = event_at(store, recorded.stream_id, version - 1, effective_to=effective_to)
        if previous is not None and (wrong := corrected_version(previous, recorded, event)):
            self.corrects[version] = wrong
        elif (elsewhere := wrong_entry_elsewhere(store, recorded, effective_to)) is not None:
            self.corrects_elsewhere[version] = elsewhere

    def amended_by(self, version: int) -> tuple[int, ...]:
        """The versions of an entry's amendments, or of the opening's."""
        amendments = self._amendments.get(version)
        return tuple([recorded.version for recorded, _ in amendments]) if amendments else ()

    def told(self, recorded: RecordedEvent, event: Any) -> Told:
        """What is said of an entry now; of any other event, what it says itself."""
        description, erased = event.words, recorded.erased
        tags, receipts = getattr(event, "tags", None), getattr(event, "receipts", None)
        for amendment, changed in self._amendments.get(recorded.version, ()):
            if type(changed) is not EntryAmended:
                continue
            if changed.description is not None:
                description, erased = changed.description, amendment.erased
            tags = tags if changed.tags is None else changed.tags
            receipts = receipts if changed.receipts is None else changed.receipts
        return Told(description, tags or {}, receipts or (), erased)


def amended_version(event: object) -> int | None:
    """The version of what an event describes anew; None where it does not do that."""
    if type(event) is EntryAmended:
        return event.amends
    return OPENING if type(event) is OpeningAmended else None


def is_opening(event: object) -> bool:
    return type(event) is AccountOpened or type(event) is OpeningAmended
