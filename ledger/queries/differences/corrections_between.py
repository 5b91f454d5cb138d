"""Which entry took the place of which, in a part of the log."""

from __future__ import annotations

from typing import Final

from ledger.commands.corrected_entries import (
    Elsewhere,
    corrected_version,
    right_entry_elsewhere,
    wrong_entry_elsewhere,
)
from ledger.domain.events import EntryReversed, Movement
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore, event_at

_CORRECT: Final = '"correct"'
"""In the metadata of what a correction wrote, and seldom elsewhere."""


class Corrections:
    """The corrections after one position of a log and up to another.

    Only they are kept, however long the part is.

    Args:
        as_of: µs UTC; what is effective later does not count, so nothing is told of it.

    Attributes:
        corrects: by the position of the right entry, the wrong one.
        corrected_by: by the position of the reversal, the right one.
    """

    def __init__(self, store: EventStore, after: int, to: int, as_of: int) -> None:
        self.corrects: dict[int, Elsewhere] = {}
        self.corrected_by: dict[int, Elsewhere] = {}
        for recorded in store.read_all(after_position=after, to_position=to):
            if _CORRECT not in recorded.metadata or recorded.effective_at > as_of:
                continue
            event = decode_event(recorded)
            if isinstance(event, EntryReversed):
                right = right_entry_elsewhere(store, recorded, as_of)
                if right is not None:
                    self.corrected_by[recorded.position] = right
            elif isinstance(event, Movement):
                account_id = recorded.stream_id
                previous = event_at(store, account_id, recorded.version - 1, effective_to=as_of)
                wrong = previous and corrected_version(previous, recorded, event)
                if previous is not None and wrong:
                    self.corrects[recorded.position] = Elsewhere(account_id, wrong)
                    here = Elsewhere(account_id, recorded.version)
                    self.corrected_by[previous.position] = here
                elif (there := wrong_entry_elsewhere(store, recorded, as_of)) is not None:
                    self.corrects[recorded.position] = there
