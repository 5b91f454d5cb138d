"""How a migrated event says which event of the older ledger it was: ``POSITION:MARK`` there.

MARK is not the hash that the event had. In file format 1 a hash covers the free text in clear,
together with what everybody can see; whoever has it can test guesses of a text that was erased. So
the mark is a keyed digest of the start of the hash, 16 hex digits of HMAC-SHA256, and the key is
the salt of the event that says where the ledger came from. Who has an old hash can find out which
event it was of, until an erasure takes that salt away.

Where a ledger was migrated more than once, an event has the marks of all migrations, the oldest
first, with spaces between them.
"""

from __future__ import annotations

import hmac
from typing import Final

import msgspec

HASH_DIGITS: Final = 16
"""So many hex digits of a hash are known by its mark: as many as reports show of a head."""

_MARK_BYTES: Final = 8


class _Migrated(msgspec.Struct, frozen=True, gc=False):
    migrated: str = ""


_decode: Final = msgspec.json.Decoder(_Migrated).decode


def mark_of(position: int, hash_digits: str, key: bytes) -> str:
    """What a migrated event says of the event that it was.

    Args:
        position: in the older ledger.
        hash_digits: hex digits of the hash there, 16 or more.
        key: the salt of the event that says where the ledger came from.
    """
    start = hash_digits[:HASH_DIGITS].encode()
    return f"{position}:{hmac.digest(key, start, 'sha256')[:_MARK_BYTES].hex()}"


def marks_in(metadata: str) -> list[str]:
    """The marks in stored metadata; none where the event was not migrated, or cannot be read."""
    if '"migrated"' not in metadata:
        return []
    try:
        return _decode(metadata).migrated.split()
    except msgspec.MsgspecError:
        return []


def add_mark(marks: str, mark: str) -> str:
    """The JSON text of an event's marks with a further one."""
    return msgspec.json.encode(f"{msgspec.json.decode(marks, type=str)} {mark}").decode()
