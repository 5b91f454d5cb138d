"""An event as it is published: CloudEvents 1.0 in JSON, one line, the same bytes for every target.

``data`` and ``metadata`` stand in it exactly as they are stored, and with them everything else that
the hash covers, so a consumer can check each event by itself, and the ledger can be made again from
what was published.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ledger.domain.instant import format_instant
from ledger.eventstore.export_format import EventDocument
from ledger.eventstore.records import RecordedEvent

TYPE: Final = "ledger."
"""Stands before the event type."""

SOURCE: Final = "/ledger/"
"""Stands before the ledger's id."""

CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"


class Payload(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What happened. The free text, or its digest, stands apart from the data, as it is stored.

    Attributes:
        salt: hex, where there is a text.
        text_sha256: hex, where the text was erased before it was published.
    """

    data: msgspec.Raw
    metadata: msgspec.Raw
    text: str | None = None
    salt: str | None = None
    text_sha256: str | None = None


class CloudEvent(msgspec.Struct, frozen=True, gc=False):
    """One event. Names that CloudEvents does not have are extension attributes."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    position: int
    version: int
    schemaversion: int
    aggregatetype: str
    effectiveat: str
    backdated: bool
    previoushash: str
    hash: str
    data: Payload


class Message(msgspec.Struct, frozen=True, gc=False):
    """What a target is given.

    Attributes:
        body: one line of JSON, without its end.
    """

    event_id: str
    account_id: str
    position: int
    hash: bytes
    body: bytes


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(CloudEvent).decode


def message(ledger_id: str, previous_hash: bytes, event: RecordedEvent) -> Message:
    """An event as it is published."""
    text, event_id = event.text, event.event_id
    body = CloudEvent(
        "1.0",
        event_id,
        SOURCE + ledger_id,
        TYPE + event.event_type,
        event.stream_id,
        format_instant(event.recorded_at),
        "application/json",
        event.position,
        event.version,
        event.schema_version,
        event.aggregate_type,
        format_instant(event.effective_at),
        event.backdated,
        previous_hash.hex(),
        event.hash.hex(),
        Payload(
            msgspec.Raw(event.data),
            msgspec.Raw(event.metadata),
            text if isinstance(text, str) else None,
            None if event.salt is None else event.salt.hex(),
            text.hex() if isinstance(text, bytes) else None,
        ),
    )
    return Message(event_id, event.stream_id, event.position, event.hash, _encode(body))


def document(line: bytes) -> EventDocument:
    """A published event as an export has it.

    Raises:
        msgspec.MsgspecError, ValueError: it is none.
    """
    event = _decode(line)
    if not event.type.startswith(TYPE):
        raise ValueError(f"the type {event.type[:40]!r} is not one of a ledger")
    payload = event.data
    return EventDocument(
        event.position,
        event.id,
        event.subject,
        event.aggregatetype,
        event.type.removeprefix(TYPE),
        event.schemaversion,
        event.version,
        payload.data,
        payload.metadata,
        event.effectiveat,
        event.time,
        event.hash,
        payload.text,
        payload.salt,
        payload.text_sha256,
    )
