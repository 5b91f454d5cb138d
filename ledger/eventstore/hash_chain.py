"""The hash chain: each hash covers the one before it, so the head vouches for the whole log.

Position 0 is ``SHA-256(ledger id)``. The hash of an event is SHA-256 over these bytes, joined:

1. the 32 bytes of the previous hash;
2. one line of eleven decimal numbers, separated by single spaces and ended by ``\\n``: position,
   version, schema version, effective time, recorded time (both µs UTC), backdated (0 or 1), and the
   UTF-8 byte lengths of the five texts that follow;
3. those texts in UTF-8: stream id, aggregate type, event type, data, metadata.

The lengths stand before the texts, so no two different events have the same bytes. After Haber and
Stornetta, "How to time-stamp a digital document" (1991).
"""

from __future__ import annotations

from hashlib import sha256

from ledger.eventstore.records import Head, Identity, RecordedEvent


def genesis(ledger_id: str) -> bytes:
    """The hash of position 0."""
    return sha256(ledger_id.encode()).digest()


def empty_head(identity: Identity) -> Head:
    """The end of a log before its first event."""
    return Head(0, genesis(identity.ledger_id), 0)


def chain_hash(
    previous: bytes,
    position: int,
    stream_id: str,
    aggregate_type: str,
    version: int,
    event_type: str,
    schema_version: int,
    data: str,
    metadata: str,
    effective_at: int,
    recorded_at: int,
    backdated: bool,
) -> bytes:
    """The hash of one event after the event whose hash is ``previous``."""
    texts = f"{stream_id}{aggregate_type}{event_type}{data}{metadata}"
    if texts.isascii():  # then characters are bytes: most of the time, and three times faster
        hashed = (
            f"{position} {version} {schema_version} {effective_at} {recorded_at} "
            f"{'1' if backdated else '0'} {len(stream_id)} {len(aggregate_type)} "
            f"{len(event_type)} {len(data)} {len(metadata)}\n{texts}"
        )
        return sha256(previous + hashed.encode()).digest()
    lengths = " ".join(
        str(len(text.encode())) for text in (stream_id, aggregate_type, event_type, data, metadata)
    )
    numbers = f"{position} {version} {schema_version} {effective_at} {recorded_at} {backdated:d}"
    return sha256(previous + f"{numbers} {lengths}\n{texts}".encode()).digest()


def expected_hash(previous: bytes, event: RecordedEvent) -> bytes:
    """The hash that a stored event must have after ``previous``."""
    return chain_hash(
        previous,
        event.position,
        event.stream_id,
        event.aggregate_type,
        event.version,
        event.event_type,
        event.schema_version,
        event.data,
        event.metadata,
        event.effective_at,
        event.recorded_at,
        event.backdated,
    )
