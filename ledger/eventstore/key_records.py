"""Idempotency records are made from the log, so a restored ledger still knows its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

import msgspec

from ledger.eventstore.metadata import KeyedMetadata, keyed_part, unreadable_metadata
from ledger.eventstore.records import KeyRecord, RecordedEvent


def key_records(
    events: Iterable[RecordedEvent], remember: Callable[[KeyRecord], None]
) -> Iterator[RecordedEvent]:
    """Pass a whole log through, and hand over the record of each idempotency key in it.

    The events of one keyed command follow one another; its record is handed over once the next
    event, or the end, is there.

    Raises:
        UnreadableEvent: the metadata of an event is none.
    """
    open_record: KeyRecord | None = None
    for event in events:
        if open_record is None and '"idempotency_key"' not in event.metadata:
            yield event
            continue
        keyed = _keyed_part(event)
        if open_record and keyed.idempotency_key != open_record.key:
            remember(open_record)
            open_record = None
        if keyed.idempotency_key is not None:
            first = open_record.first_position if open_record else event.position
            fingerprint = request_fingerprint(bytes(keyed.request))
            open_record = KeyRecord(keyed.idempotency_key, fingerprint, first, event.position)
        yield event
    if open_record:
        remember(open_record)


def _keyed_part(event: RecordedEvent) -> KeyedMetadata:
    try:
        return keyed_part(event.metadata)
    except msgspec.MsgspecError as error:
        raise unreadable_metadata(event, error) from error


def request_fingerprint(request: bytes) -> bytes:
    """SHA-256 of a keyed command's canonical JSON, as it stands in the metadata of its events."""
    return sha256(request).digest()
