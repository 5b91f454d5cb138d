"""Idempotency keys: the records of keys say what the log says, no more and no less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import KeyedMetadata, keyed_part
from ledger.eventstore.records import KeyRecord, RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding, span_text


class KeyCheck:
    """Looks at events in the order of the log, and at the record of each key they came with.

    Attributes:
        recorded: how many keys of the log have a record.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._open: KeyRecord | None = None
        """The record of the key that the last event came with."""
        self._account_id = ""
        self.recorded = 0

    def check(self, events: Iterable[RecordedEvent]) -> Iterator[Finding]:
        """What is wrong with the keys of the next events."""
        for event in events:
            if '"idempotency_key"' not in event.metadata:
                if self._open is not None:
                    yield from self.end()
                continue
            keyed = _keyed_part(event)
            if self._open is not None and keyed.idempotency_key != self._open.key:
                yield from self.end()
            if keyed.idempotency_key is None:
                continue
            if self._open is None:
                self._account_id, first = event.stream_id, event.position
            else:
                first = self._open.first_position
            fingerprint = request_fingerprint(bytes(keyed.request))
            self._open = KeyRecord(keyed.idempotency_key, fingerprint, first, event.position)

    def end(self) -> Iterator[Finding]:
        """Compare the record of the command whose last event was seen."""
        right, self._open = self._open, None
        if right is None:
            return
        try:
            stored = next(self._store.key_records(right.key), None)
        except DamagedLedger as error:
            yield self._finding(right, error.message, None)
            return
        name = f"idempotency key {right.key!a}"
        if stored is None:
            yield self._finding(right, f"{name} has no record", "no record")
            return
        self.recorded += 1
        if stored != right:
            other = "another command" if stored.fingerprint != right.fingerprint else "other events"
            yield self._finding(right, f"the record of {name} is of {other}", _text(stored))

    def _finding(self, right: KeyRecord, message: str, found: str | None) -> Finding:
        return Finding(
            check="idempotency",
            position=right.first_position,
            account_id=self._account_id,
            message=message,
            expected=_text(right),
            found=found,
        )


def have_one_key(event: RecordedEvent, following: RecordedEvent) -> bool:
    """Whether two neighbours in the log came with the same key."""
    key = _keyed_part(event).idempotency_key
    return key is not None and key == _keyed_part(following).idempotency_key


def unfounded_keys(store: EventStore, base: int) -> Iterator[Finding]:
    """The records of keys that no event after a position came with."""
    try:
        for record in store.key_records():
            if record.last_position > base and not _is_founded(store, record):
                yield Finding(
                    check="idempotency",
                    position=record.first_position,
                    message=f"no event came with idempotency key {record.key!a}",
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


def _keyed_part(event: RecordedEvent) -> KeyedMetadata:
    try:
        return keyed_part(event.metadata)
    except (msgspec.MsgspecError, TypeError):  # which is found elsewhere
        return KeyedMetadata()


def _text(record: KeyRecord) -> str:
    span = span_text(record.first_position, record.last_position)
    stored: object = record.fingerprint  # a damaged file may hold anything there
    digits = stored.hex() if isinstance(stored, bytes) else repr(stored)
    return f"events {span}, fingerprint {digits}"
