"""The entries of an account that statements brought, by their keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import msgspec

from ledger.bank_statements.matching.recorded_entries import words_of
from ledger.commands.context import BATCH
from ledger.commands.corrected_entries import corrected_version
from ledger.domain.events import EntryReversed, Movement
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import came_via, keyed_part, written_by
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of, archived_version

ERASED: Final = "its description was erased"
EDITED: Final = "it came by a batch, where its description may have been edited"


class ImportedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry that a statement brought.

    Attributes:
        number: among those of its date and amount, or of its id.
        version: in the account.
        amount: signed minor units.
        effective_at: µs UTC.
        words: of its description; None where that was erased or cannot be read.
        unsure: why it may be another than its words say.
    """

    number: int
    version: int
    key: str
    amount: int
    effective_at: int
    words: str | None
    unsure: str


def import_prefix(account_id: str) -> str:
    """What the keys of all imported entries of an account begin with."""
    return f"import:{account_id}:"


class ImportedEntries:
    """What is known of the imported entries of an account.

    The account is read once, and only where there are any. What is archived of it is only read for
    entries that are.
    """

    def __init__(self, store: EventStore, account_id: str) -> None:
        self._store = store
        self._account_id = account_id

    def numbers(self, prefix: str) -> Sequence[int]:
        """The numbers behind a prefix that have a key."""
        return self._numbers.get(prefix, ())

    def that_count(self, prefix: str) -> list[ImportedEntry]:
        """The entries with keys of a prefix that were not taken back, by number."""
        if prefix not in self._numbers:
            return []
        entries, gone = self._live if prefix in self._live_prefixes else self._read
        found = [one for one in entries.get(prefix, ()) if one.version not in gone]
        return sorted(found, key=lambda one: one.number)

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for record in self._store.key_records(prefix=import_prefix(self._account_id)):
            prefix, number = _split(record.key)
            if number:
                found.setdefault(prefix, []).append(number)
        return found

    @cached_property
    def _live_prefixes(self) -> frozenset[str]:
        """Those of which no entry is archived."""
        archive = archive_of(self._store)
        base = 0 if archive is None else archive.position
        archived = set()
        for record in self._store.key_records(prefix=import_prefix(self._account_id)):
            if record.first_position <= base:
                archived.add(_split(record.key)[0])
        return frozenset(self._numbers.keys() - archived) if base else frozenset()

    @cached_property
    def _live(self) -> tuple[dict[str, list[ImportedEntry]], frozenset[int]]:
        return self._entries(archived_version(self._store, self._account_id))

    @cached_property
    def _read(self) -> tuple[dict[str, list[ImportedEntry]], frozenset[int]]:
        return self._entries(0)

    def _entries(self, after: int) -> tuple[dict[str, list[ImportedEntry]], frozenset[int]]:
        """The imported entries by prefix, and the versions of which nothing counts any more."""
        entries: dict[str, list[ImportedEntry]] = {}
        taken_back = _TakenBack()
        start = import_prefix(self._account_id)
        for recorded in self._store.read_stream(self._account_id, after_version=after):
            taken_back.see(recorded)
            if start not in recorded.metadata:
                continue
            key = keyed_part(recorded.metadata).idempotency_key or ""
            prefix, number = _split(key)
            if number and key.startswith(start):
                entries.setdefault(prefix, []).append(_imported(recorded, key, number))
        return entries, frozenset(taken_back.versions)


def _split(key: str) -> tuple[str, int]:
    """A key's prefix and the number behind it; 0 where that is none."""
    at = max(key.rfind(":"), key.rfind("#")) + 1
    number = key[at:]
    return key[:at], int(number) if number.isdecimal() and number.isascii() else 0


def _imported(recorded: RecordedEvent, key: str, number: int) -> ImportedEntry:
    amount, words, unsure = 0, None, EDITED
    try:
        event = decode_event(recorded)
    except UnreadableEvent:
        event = None
    if isinstance(event, Movement):
        amount, words = event.signed_amount, words_of(event.words)
        unsure = EDITED if came_via(recorded.metadata) == BATCH else ""
    if recorded.erased:
        words, unsure = None, ERASED
    return ImportedEntry(
        number, recorded.version, key, amount, recorded.effective_at, words, unsure
    )


class _TakenBack:
    """Sees the events of an account in their order, and tells the versions of entries of which
    nothing counts any more."""

    def __init__(self) -> None:
        self.versions: set[int] = set()
        self._moments: dict[int, int] = {}
        self._wrong_ones: dict[int, int] = {}  # of an entry that corrects one, that one
        self._reversal: RecordedEvent | None = None

    def see(self, recorded: RecordedEvent) -> None:
        self._moments[recorded.version] = recorded.effective_at
        if self._reversal is not None:
            event = decode_event(recorded)
            if isinstance(event, Movement) and (
                wrong := corrected_version(self._reversal, recorded, event)
            ):
                self._wrong_ones[recorded.version] = wrong
            self._reversal = None
        if recorded.event_type != EntryReversed.__name__:
            return
        self._reversal, event = recorded, decode_event(recorded)
        assert isinstance(event, EntryReversed)
        wrong = event.reverses
        if recorded.effective_at != self._moments.get(wrong):
            return
        if written_by(recorded.metadata).command != "correct":
            self.versions.add(wrong)
            while wrong in self._wrong_ones:
                wrong = self._wrong_ones[wrong]
                self.versions.add(wrong)
