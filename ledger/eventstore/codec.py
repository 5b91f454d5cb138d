"""Between an aggregate's events and stored JSON, lifting old schema versions on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from ledger.domain.aggregate import AGGREGATES, Event, JsonObject
from ledger.errors import UnreadableEvent
from ledger.eventstore.records import RecordedEvent

UNFIT: Final = (
    msgspec.MsgspecError,
    ValueError,
    KeyError,
    TypeError,
    ArithmeticError,
    RecursionError,
)
"""What reading data that does not fit its type and version can raise."""

_Decoder = Callable[[str | bytes], Any]

_current: Final[dict[str, tuple[int, _Decoder]]] = {}
"""The current schema version and its decoder of each event type that was read so far."""

_to_json: Final = msgspec.json.Encoder().encode


def encode_data(event: Event) -> str:
    """An event's data as it is stored."""
    return _to_json(event).decode()


def decode_events(events: Iterable[RecordedEvent]) -> list[tuple[RecordedEvent, Any]]:
    """Stored events, each with what `decode_event` makes of it."""
    decoders = _current
    pairs = []
    for recorded in events:
        known = decoders.get(recorded.event_type)
        if known is not None and known[0] == recorded.schema_version:
            try:
                pairs.append((recorded, known[1](recorded.data)))
                continue
            except UNFIT:
                pass  # which is told below
        pairs.append((recorded, decode_event(recorded)))
    return pairs


def decode_event(recorded: RecordedEvent) -> Any:
    """A stored event as its aggregate knows it today.

    Raises:
        UnreadableEvent: its type or schema version is unknown, or its data does not fit.
    """
    try:
        known = _current.get(recorded.event_type)
        if known is not None and known[0] == recorded.schema_version:
            return known[1](recorded.data)
        return decode_data(recorded.event_type, recorded.schema_version, recorded.data)
    except UNFIT as error:
        raise UnreadableEvent(
            f"event {recorded.position} ({recorded.event_type} version {recorded.version} of "
            f"{recorded.stream_id!a}) cannot be read: {_reason(error)}",
            advice="the file was changed from outside, or written by a newer ledger",
            position=recorded.position,
            account_id=recorded.stream_id,
        ) from error


def decode_data(event_type: str, schema_version: int, data: str | bytes) -> Any:
    """Stored data as an event of today.

    Raises:
        ValueError: the type or the schema version is unknown, or the data does not fit them; or one
            of the other errors in `UNFIT`.
    """
    kind = event_class(event_type)
    current = kind.schema_version
    if schema_version == current:
        decoder = msgspec.json.Decoder(kind).decode
        _current[event_type] = (current, decoder)
        return decoder(data)
    if not 1 <= schema_version < current:
        raise ValueError(f"{event_type} has no schema version {schema_version}")
    return msgspec.convert(lift(kind, schema_version, parse_exactly(data)), kind)


def lift(kind: type[Event], schema_version: int, data: JsonObject) -> JsonObject:
    """Data of an older schema version as data of the current one; the argument stays as it is."""
    for upcaster in kind.upcasters[schema_version - 1 :]:
        data = upcaster(data)
    return data


def event_class(event_type: str) -> type[Event]:
    """The class of an event type that some aggregate of this process has.

    Raises:
        ValueError: there is none of the name.
    """
    known = {kind.__name__: kind for each in AGGREGATES.values() for kind in each.event_types}
    if event_type not in known:
        raise ValueError(f"there is no event type {event_type!a} (known: {', '.join(known)})")
    return known[event_type]


def parse_exactly(data: str | bytes) -> JsonObject:
    """A JSON object with its decimals as `decimal.Decimal`, taken from their text."""
    from decimal import Decimal

    return msgspec.json.Decoder(JsonObject, float_hook=Decimal).decode(data)


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return str(error)
