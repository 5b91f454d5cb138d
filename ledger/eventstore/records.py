"""What goes into a store and what comes out, whatever the store is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from ledger.domain.instant import to_datetime

Clock = Callable[[], int]
"""Gives the time in µs UTC."""

Progress = Callable[[int, int], None]
"""Called now and then with (how much is done, how much there is to do)."""


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event to append.

    Attributes:
        data, metadata: JSON texts, stored as they are.
        effective_at: µs UTC; None for the time that it is recorded at.
        text: its free text, if it has one.
    """

    event_type: str
    schema_version: int
    data: str
    metadata: str
    effective_at: int | None
    text: str | None = None


class StreamWrite(msgspec.Struct, frozen=True, gc=False):
    """The events to append to one stream, if it is at the expected version; 0 is *no stream*.

    Without events it is a check alone.

    Attributes:
        recorded_at: when they are recorded (µs UTC), where the caller, who holds the write lock,
            knows better than the store: it is taken as it is.
    """

    stream_id: str
    aggregate_type: str
    expected_version: int
    events: tuple[NewEvent, ...] = ()
    recorded_at: int | None = None


class RecordedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as stored, every field of it.

    Attributes:
        position: 1-based, gapless place in the whole log.
        version: 1-based place in its stream.
        data, metadata: the JSON texts that were appended, byte for byte.
        text: the free text, or its digest (32 bytes) once it is erased; None where it has none.
        salt: 16 random bytes that the text is hashed with; None where there is no text.
        effective_at, recorded_at: µs UTC.
        backdated: an earlier event of the stream has a later effective time.
        hash: 32 bytes, over the previous event's hash and every field above, of text and salt over
            their digest.
    """

    position: int
    stream_id: str
    aggregate_type: str
    version: int
    event_type: str
    schema_version: int
    data: str
    text: str | bytes | None
    salt: bytes | None
    metadata: str
    effective_at: int
    recorded_at: int
    backdated: bool
    hash: bytes

    @property
    def erased(self) -> bool:
        """Whether its text was erased."""
        return isinstance(self.text, bytes)

    @property
    def event_id(self) -> str:
        """A UUIDv8 (RFC 9562 §5.8) of the hash: identity is content and history."""
        bits = int.from_bytes(self.hash[:16], "big")
        bits = bits & ~(0xF << 76) | (8 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Head(msgspec.Struct, frozen=True, gc=False):
    """The end of the log: the last position, its hash, and when it was recorded (µs UTC).

    An empty log's head is position 0 with the hash of the ledger's id.
    """

    position: int
    hash: bytes
    recorded_us: int

    @property
    def recorded_at(self) -> datetime:
        """When its last event was recorded (UTC)."""
        return to_datetime(self.recorded_us)

    @property
    def short(self) -> str:
        """The head as every text names it; see `head_text`."""
        return head_text(self.position, self.hash.hex())


HEAD_DIGITS: Final = 16
"""Hex digits of a hash that name it in a text."""


def head_text(position: int | str, digits: str) -> str:
    """``POSITION:HASH``, the one form in which a head is shown as a text.

    Args:
        digits: of the hash, in hex.
    """
    return f"{position}:{digits[:HEAD_DIGITS]}"


class KeyedRequest(msgspec.Struct, frozen=True, gc=False):
    """An idempotency key and the SHA-256 of the command that came with it."""

    key: str
    fingerprint: bytes


class KeyRecord(msgspec.Struct, frozen=True, gc=False):
    """What a store remembers of a keyed append: the positions it wrote, both ends included."""

    key: str
    fingerprint: bytes
    first_position: int
    last_position: int


class IntegrityProblem(msgspec.Struct, frozen=True, gc=False):
    """What a store finds wrong with the medium it keeps the log on.

    Attributes:
        position: of the event that it is about, where it is about one.
        expected, found: where they can be said.
        derived: whether it is about something made from the log.
        harmless: it is good to know, and nothing is wrong.
    """

    message: str
    position: int | None = None
    expected: str | None = None
    found: str | None = None
    derived: bool = False
    harmless: bool = False


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What is seen of a medium from outside, without opening what is on it.

    Attributes:
        code: for programs.
        advice: what to do about it.
        harmless: it is good to know, and nothing is wrong.
    """

    code: str
    message: str
    advice: str
    harmless: bool = False
