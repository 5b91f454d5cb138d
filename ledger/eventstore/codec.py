"""Between domain events and stored JSON, lifting old schema versions on the way out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

from ledger.domain.events import EVENT_TYPES, Event
from ledger.errors import UnreadableEvent
from ledger.eventstore.records import NewEvent, RecordedEvent
from ledger.eventstore.schema_history import registry
from ledger.eventstore.upcasters import JsonObject

CURRENT_VERSIONS: Final = {name: kind.schema_version for name, kind in EVENT_TYPES.items()}

registry.check(CURRENT_VERSIONS)

UNFIT: Final = (
    msgspec.MsgspecError,
    ValueError,
    KeyError,
    TypeError,
    ArithmeticError,
    RecursionError,
)
"""What reading data that does not fit its type and version can raise."""

_to_json: Final = msgspec.json.Encoder().encode


def encode_event(event: Event, metadata: str, effective_at: int) -> NewEvent:
    """An event of today, ready to append."""
    return NewEvent(
        type(event).__name__,
        event.schema_version,
        _to_json(event).decode(),
        metadata,
        effective_at,
    )


def decode_event(recorded: RecordedEvent) -> Event:
    """A stored event as the domain knows it today.

    Raises:
        UnreadableEvent: its type or schema version is unknown, or its data does not fit.
    """
    event_type = recorded.event_type
    try:
        if recorded.schema_version == CURRENT_VERSIONS.get(event_type):
            return _decoder(event_type)(recorded.data)
        return decode_data(event_type, recorded.schema_version, recorded.data)
    except UNFIT as error:
        raise UnreadableEvent(
            f"event {recorded.position} ({recorded.event_type} version {recorded.version} of "
            f"{recorded.stream_id!a}) cannot be read: {_reason(error)}",
            advice="the file was changed from outside, or written by a newer ledger",
            position=recorded.position,
            account_id=recorded.stream_id,
        ) from error


def decode_data(event_type: str, schema_version: int, data: str | bytes) -> Event:
    """Stored data as an event of today.

    Raises:
        ValueError: the type or the schema version is unknown, or the data does not fit them; or one
            of the other errors in `UNFIT`.
    """
    current = CURRENT_VERSIONS.get(event_type)
    if current is None:
        known = ", ".join(CURRENT_VERSIONS)
        raise ValueError(f"there is no event type {event_type!a} (known: {known})")
    if schema_version == current:
        return _decoder(event_type)(data)
    if not 1 <= schema_version < current:
        raise ValueError(f"{event_type} has no schema version {schema_version}")
    lifted = registry.lift(event_type, schema_version, current, parse_exactly(data))
    return msgspec.convert(lifted, EVENT_TYPES[event_type])


def parse_exactly(data: str | bytes) -> JsonObject:
    """A JSON object with its decimals as `decimal.Decimal`, taken from their text."""
    from decimal import Decimal

    return msgspec.json.Decoder(JsonObject, float_hook=Decimal).decode(data)


@cache
def _decoder(event_type: str) -> Callable[[str | bytes], Event]:
    return msgspec.json.Decoder(EVENT_TYPES[event_type]).decode


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return str(error)
