"""What a migration adds to an event's metadata, and takes away."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.event_history import DECIMAL_AMOUNTS, rounds_to_nothing, unrounded_amount
from ledger.eventstore.codec import parse_exactly

_KEPT_OF_IMPORTED: Final = frozenset(("event_id", "timestamp"))
"""What no erasure has to reach: an id and a time."""

_encode: Final = msgspec.json.Encoder().encode


def keep_of_imported(name: str, value: str) -> str | None:
    """A member of ``imported``, unless it may say something of a person."""
    return value if name in _KEPT_OF_IMPORTED else None


def with_members(metadata: str, added: list[str]) -> str:
    """Metadata with members added at their end; all else stays as it is."""
    start = metadata.rstrip().removesuffix("}")
    comma = "" if start.strip() == "{" else ","
    return f"{start}{comma}{','.join(added)}}}"


def unrounded_members(event_type: str, schema_version: int, data: str) -> list[str]:
    """The decimal amount of an event of which nothing is left in minor units, as a member.

    Once such an event is stored anew, nothing else says why its amount may be zero.

    Args:
        data: as it is stored, of an event that can be read.

    Returns:
        Nothing, where something is left.
    """
    if event_type not in DECIMAL_AMOUNTS or schema_version > DECIMAL_AMOUNTS[event_type][1]:
        return []
    members = parse_exactly(data)
    unrounded = unrounded_amount(event_type, schema_version, members)
    if unrounded is None or not rounds_to_nothing(unrounded):
        return []
    amount = _encode(str(members[DECIMAL_AMOUNTS[event_type][0]])).decode()
    return [f'"unrounded":{amount}']
