"""An event of format 1, the end of its log, and the hash chain between them.

Position 0 has the hash ``SHA-256(ledger id)``. The hash of an event is SHA-256 over these bytes,
joined:

1. the 32 bytes of the previous hash;
2. one line of eleven decimal numbers, separated by single spaces and ended by ``\\n``: position,
   version, schema version, effective time, recorded time (both µs UTC), backdated (0 or 1), and the
   UTF-8 byte lengths of the five texts that follow;
3. those texts in UTF-8: stream id, aggregate type, event type, data, metadata.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec


class Format1Event(msgspec.Struct, frozen=True, gc=False):
    """An event as it is stored in format 1, every field of it.

    Attributes:
        position: 1-based, gapless place in the whole log.
        version: 1-based place in its stream.
        data, metadata: JSON texts, byte for byte; the free text is inside the data.
        effective_at, recorded_at: µs UTC.
        backdated: an earlier event of the stream has a later effective time.
        hash: 32 bytes.
    """

    position: int
    stream_id: str
    aggregate_type: str
    version: int
    event_type: str
    schema_version: int
    data: str
    metadata: str
    effective_at: int
    recorded_at: int
    backdated: bool
    hash: bytes

    @property
    def event_id(self) -> str:
        """The UUIDv8 (RFC 9562 §5.8) by which the event was known."""
        bits = int.from_bytes(self.hash[:16], "big")
        bits = bits & ~(0xF << 76) | (8 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class SourceHead(msgspec.Struct, frozen=True, gc=False):
    """The end of a log: its last position and the hash there; position 0 where it is empty."""

    position: int
    hash: bytes


def genesis(ledger_id: str) -> bytes:
    """The hash of position 0."""
    return sha256(ledger_id.encode()).digest()


def chain_hash(previous: bytes, event: Format1Event) -> bytes:
    """The hash that an event must have after the event whose hash is ``previous``."""
    texts = [
        text.encode()
        for text in (
            event.stream_id,
            event.aggregate_type,
            event.event_type,
            event.data,
            event.metadata,
        )
    ]
    numbers = (
        f"{event.position} {event.version} {event.schema_version} {event.effective_at} "
        f"{event.recorded_at} {event.backdated:d} {' '.join(str(len(text)) for text in texts)}\n"
    )
    return sha256(b"".join((previous, numbers.encode(), *texts))).digest()
