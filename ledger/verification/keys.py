"""Idempotency keys: what is remembered is what the log says, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import keyed_part
from ledger.eventstore.records import KeyRecord, RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding, span_text


def names_a_key(event: RecordedEvent) -> bool:
    """Whether an event may have come with a key, seen without reading its metadata."""
    return '"idempotency_key"' in event.metadata


class KeyCheck:
    """Looks at events in the order of the log, and at the record of each key they came with.

    Attributes:
        remembered: how many keys of the log have a record.
    """

    def __init__(self, store: EventStore, findings: list[Finding]) -> None:
        self._store = store
        self._findings = findings
        self._open: KeyRecord | None = None
        self._account_id = ""
        self._ours = True
        self.remembered = 0

    @property
    def waiting(self) -> bool:
        """Whether a keyed command may have more events than were seen."""
        return self._open is not None and self._ours

    def begin_after(self, event: RecordedEvent) -> None:
        """Know the event before the first one; its own command is looked at elsewhere."""
        if names_a_key(event):
            self.see(event)
            self._ours = False

    def see(self, event: RecordedEvent, *, looking_ahead: bool = False) -> None:
        """Look at an event that names a key, or follows one that does.

        Args:
            looking_ahead: it is past the part of the log that is looked at here.
        """
        try:
            keyed = keyed_part(event.metadata)
        except msgspec.MsgspecError:  # which is found elsewhere
            self.end()
            return
        key = keyed.idempotency_key
        if self._open and key != self._open.key:
            self.end()
        if key is None or (looking_ahead and not self._open):
            return
        if not self._open:
            self._account_id, self._ours = event.stream_id, True
        first = self._open.first_position if self._open else event.position
        fingerprint = request_fingerprint(bytes(keyed.request))
        self._open = KeyRecord(key, fingerprint, first, event.position)

    def end(self) -> None:
        """The command that was seen last has no more events."""
        made, self._open = self._open, None
        if made is None or not self._ours:
            return
        try:
            stored = next(self._store.key_records(made.key), None)
        except DamagedLedger as error:
            self._find(made, error.message, None)
            return
        if stored is None:
            self._find(made, f"the key {made.key!a} is not remembered", "no record")
            return
        self.remembered += 1
        if stored != made:
            what = "another command" if stored.fingerprint != made.fingerprint else "other events"
            self._find(made, f"the key {made.key!a} is remembered for {what}", _text(stored))

    def _find(self, made: KeyRecord, message: str, found: str | None) -> None:
        self._findings.append(
            Finding(
                check="idempotency",
                position=made.first_position,
                account_id=self._account_id,
                message=message,
                expected=_text(made),
                found=found,
            )
        )


def unfounded_keys(store: EventStore) -> Iterator[Finding]:
    """The records of keys that no event came with."""
    try:
        for record in store.key_records():
            if not _is_founded(store, record):
                yield Finding(
                    check="idempotency",
                    position=record.first_position,
                    message=f"the key {record.key!a} is remembered, and no event came with it",
                    expected="no record",
                    found=_text(record),
                )
    except DamagedLedger as error:
        yield Finding(check="idempotency", message=error.message)


def _is_founded(store: EventStore, record: KeyRecord) -> bool:
    first = record.first_position
    try:
        events = list(store.read_all(after_position=first - 1, to_position=first))
        return any(keyed_part(event.metadata).idempotency_key == record.key for event in events)
    except (DamagedLedger, msgspec.MsgspecError):
        return True  # which is found elsewhere


def _text(record: KeyRecord) -> str:
    span = span_text(record.first_position, record.last_position)
    stored: object = record.fingerprint  # a damaged file may hold anything there
    digits = stored.hex() if isinstance(stored, bytes) else repr(stored)
    return f"events {span}, fingerprint {digits}"
