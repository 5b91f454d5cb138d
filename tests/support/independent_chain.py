"""The hash chain a second time, written from its description alone and with nothing in common.

What it describes is in the docstring of `ledger.eventstore.hash_chain`, for people who want to
check a log in another language; if this differs from the product, they could not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID


class Stored(Protocol):
    """The stored fields of an event, whoever read them."""

    @property
    def position(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def schema_version(self) -> int: ...
    @property
    def effective_at(self) -> int: ...
    @property
    def recorded_at(self) -> int: ...
    @property
    def backdated(self) -> bool: ...
    @property
    def stream_id(self) -> str: ...
    @property
    def aggregate_type(self) -> str: ...
    @property
    def event_type(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def text(self) -> str | bytes | None: ...
    @property
    def salt(self) -> bytes | None: ...
    @property
    def metadata(self) -> str: ...


def hashes(ledger_id: str, events: Iterable[Stored]) -> list[bytes]:
    """The hash of position 0 and of each event after it."""
    chain = [hashlib.sha256(bytes(ledger_id, "utf-8")).digest()]
    for event in events:
        texts = [
            bytes(text, "utf-8")
            for text in (
                event.stream_id,
                event.aggregate_type,
                event.event_type,
                event.data,
                event.metadata,
            )
        ]
        words = event.text
        if isinstance(words, str):
            assert event.salt is not None
            words = hashlib.sha256(event.salt + bytes(words, "utf-8")).digest()
        numbers = [
            event.position,
            event.version,
            event.schema_version,
            event.effective_at,
            event.recorded_at,
            1 if event.backdated else 0,
            len(words or b""),
            *(len(text) for text in texts),
        ]
        line = " ".join(str(number) for number in numbers) + "\n"
        digest = hashlib.sha256(chain[-1])
        digest.update(bytes(line, "ascii"))
        for part in (*texts, words or b""):
            digest.update(part)
        chain.append(digest.digest())
    return chain


def uuid8(digest: bytes) -> UUID:
    """RFC 9562 §5.8: the first 128 bits, with version 8 and the variant 10 in their places."""
    octets = bytearray(digest[:16])
    octets[6] = 0x80 | (octets[6] & 0x0F)
    octets[8] = 0x80 | (octets[8] & 0x3F)
    return UUID(bytes=bytes(octets))
