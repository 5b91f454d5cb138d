"""The hash chain: each hash covers the one before it, so the head vouches for the whole log.

Position 0 is ``SHA-256(ledger id)``. The hash of an event is SHA-256 over these bytes, joined:

1. the 32 bytes of the previous hash;
2. one line of twelve decimal numbers, separated by single spaces and ended by ``\\n``: position,
   version, schema version, effective time, recorded time (both µs UTC), backdated (0 or 1), the
   length of the digest in part 4 (0 or 32), and the UTF-8 byte lengths of the five texts that
   follow;
3. those texts in UTF-8: stream id, aggregate type, event type, data, metadata;
4. where the event has a free text, ``SHA-256(salt, text in UTF-8)``. Once the text is erased, this
   digest stands in its place, and the salt is gone: nobody can test a guess.

The lengths stand before what they measure, so no two different events have the same bytes. After
Haber and Stornetta, "How to time-stamp a digital document" (1991).
"""

from __future__ import annotations

from hashlib import sha256

from ledger.eventstore.records import Head, RecordedEvent

SALT_SIZE = 16
DIGEST_SIZE = 32


def genesis(ledger_id: str) -> bytes:
    """The hash of position 0."""
    return sha256(ledger_id.encode()).digest()


def empty_head(ledger_id: str) -> Head:
    """The end of a log before its first event."""
    return Head(0, genesis(ledger_id), 0)


def text_digest(text: str | bytes | None, salt: bytes | None) -> bytes:
    """What the chain covers of a free text: nothing where there is none.

    Raises:
        ValueError: there is a text without a salt or a salt without a text, or a salt or a digest
            of another length.
    """
    if isinstance(text, str):
        if salt is None or len(salt) != SALT_SIZE:
            raise ValueError(f"a text has a salt of {SALT_SIZE} bytes")
        return sha256(salt + text.encode()).digest()
    if salt is not None:  # what is left of an erased text must not let a guess be tested
        raise ValueError("a salt stands beside a text alone")
    if text is None:
        return b""
    if len(text) != DIGEST_SIZE:
        raise ValueError(f"the digest of an erased text has {DIGEST_SIZE} bytes")
    return text


def chain_hash(
    previous: bytes,
    position: int,
    stream_id: str,
    aggregate_type: str,
    version: int,
    event_type: str,
    schema_version: int,
    data: str,
    digest: bytes,
    metadata: str,
    effective_at: int,
    recorded_at: int,
    backdated: bool,
) -> bytes:
    """The hash of one event after the event whose hash is ``previous``.

    Args:
        digest: of its free text, as `text_digest` gives it.
    """
    texts = f"{stream_id}{aggregate_type}{event_type}{data}{metadata}"
    if texts.isascii():  # then characters are bytes: most of the time, and three times faster
        hashed = (
            f"{position} {version} {schema_version} {effective_at} {recorded_at} "
            f"{'1' if backdated else '0'} {len(digest)} {len(stream_id)} {len(aggregate_type)} "
            f"{len(event_type)} {len(data)} {len(metadata)}\n{texts}"
        )
        return sha256(previous + hashed.encode() + digest).digest()
    lengths = " ".join(
        str(len(text.encode())) for text in (stream_id, aggregate_type, event_type, data, metadata)
    )
    numbers = (
        f"{position} {version} {schema_version} {effective_at} {recorded_at} {backdated:d} "
        f"{len(digest)}"
    )
    return sha256(previous + f"{numbers} {lengths}\n{texts}".encode() + digest).digest()


def expected_hash(previous: bytes, event: RecordedEvent) -> bytes:
    """The hash that a stored event must have after ``previous``.

    Raises:
        ValueError: its text and salt cannot be.
    """
    return chain_hash(
        previous,
        event.position,
        event.stream_id,
        event.aggregate_type,
        event.version,
        event.event_type,
        event.schema_version,
        event.data,
        text_digest(event.text, event.salt),
        event.metadata,
        event.effective_at,
        event.recorded_at,
        event.backdated,
    )
