"""Which events changed an account's entries, so that one entry is found without all others."""

from __future__ import annotations

from typing import Final

from ledger.domain.events import EntryAmended, EntryReversed
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore

_CHANGES: Final = frozenset((EntryReversed.__name__, EntryAmended.__name__))


class EntryChanges:
    """The reversals and amendments of one account's entries.

    Each event of the account is read once at most, however many entries are asked about.

    Args:
        version: the account's last one.
    """

    __slots__ = ("_after", "_by_entry", "_store", "_stream_id", "_to")

    def __init__(self, store: EventStore, stream_id: str, version: int) -> None:
        self._store = store
        self._stream_id = stream_id
        self._after = self._to = version
        self._by_entry: dict[int, list[int]] = {}

    def of_entry(self, entry: int, to_version: int) -> list[int]:
        """The versions of what changed the entry with a version, in order.

        Args:
            to_version: the account's last version; no lower than the time before.
        """
        self._read(self._to, to_version)
        self._to = to_version
        if entry < self._after:
            self._read(entry, self._after)
            self._after = entry
        return sorted(self._by_entry.get(entry, ()))

    def _read(self, after: int, to: int) -> None:
        if after >= to:
            return
        for recorded in self._store.read_stream(
            self._stream_id, after_version=after, to_version=to
        ):
            if recorded.event_type in _CHANGES:
                event = decode_event(recorded)
                entry = event.reverses if type(event) is EntryReversed else event.amends
                self._by_entry.setdefault(entry, []).append(recorded.version)
