"""Between an aggregate's events and what is stored of them, lifting old schema versions on the way
out.

An event is stored as JSON and, beside it, its free text, so that the text alone can be erased. An
empty text is stored as none, but where it means something else than none (then the field may be
None).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, get_type_hints

import msgspec
from msgspec.structs import force_setattr, replace

from ledger.domain.aggregate import AGGREGATES, ERASED, Event, JsonObject, UnknownEvent
from ledger.errors import UnreadableEvent
from ledger.eventstore.records import NewEvent, RecordedEvent

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

_current: Final[dict[str, tuple[int, _Decoder, str]]] = {}
"""The current schema version, its decoder, and the name of the free text, of each event type that
was read so far."""

_to_json: Final = msgspec.json.Encoder().encode


def encode_event(event: Event) -> tuple[str, str | None]:
    """An event's data and its free text, as they are stored."""
    field = event.text_field
    if not field:
        return _to_json(event).decode(), None
    text: str | None = getattr(event, field)
    if text is None or not (text or _may_be_none(type(event))):
        return _to_json(event).decode(), None
    return _to_json(replace(event, **{field: _no_text(type(event))})).decode(), text


def new_event(event: Event, metadata: str, effective_at: int | None = None) -> NewEvent:
    """An event to append.

    Args:
        metadata: JSON.
        effective_at: µs UTC; None for the time that it is recorded at.
    """
    data, text = encode_event(event)
    return NewEvent(
        event.__class__.__name__, event.schema_version, data, metadata, effective_at, text
    )


def decode_events(events: Iterable[RecordedEvent]) -> Iterator[tuple[RecordedEvent, Any]]:
    """Stored events, each with what `decode_event` makes of it."""
    decoders = _current
    for recorded in events:
        known = decoders.get(recorded.event_type)
        text = recorded.text
        if known is not None and known[0] == recorded.schema_version and (text is None or known[2]):
            try:
                event = known[1](recorded.data)
                if text is not None:
                    force_setattr(event, known[2], ERASED if isinstance(text, bytes) else text)
            except UNFIT:
                event = decode_event(recorded)  # which tells what is wrong
        else:
            event = decode_event(recorded)
        yield recorded, event


def decode_event(recorded: RecordedEvent) -> Any:
    """A stored event as its aggregate knows it today; an `UnknownEvent` where that is not loaded.

    Raises:
        UnreadableEvent: its type or schema version is unknown, or its data does not fit.
    """
    if recorded.aggregate_type not in AGGREGATES and known_event_class(recorded.event_type) is None:
        text = recorded.text
        return UnknownEvent(recorded.event_type, ERASED if isinstance(text, bytes) else text)
    try:
        event = decode_data(recorded.event_type, recorded.schema_version, recorded.data)
        if recorded.text is not None:
            if not _text_is_beside(type(event), recorded.schema_version):
                raise ValueError("it can have no free text beside its data")
            _give_text(event, event.text_field, recorded.text)
    except UNFIT as error:
        from ledger.json_text import what_is_wrong

        raise _unreadable(recorded, what_is_wrong(error, recorded.data)) from error
    return event


def decode_strictly(recorded: RecordedEvent) -> Any:
    """The same, of an event that something else may have written.

    Raises:
        UnreadableEvent: also where its data can be read in two ways, since they have a name twice,
            or where its free text stands in them instead of beside them.
    """
    known, data, text = _current.get(recorded.event_type), recorded.data, recorded.text
    if known is not None and known[0] == recorded.schema_version:
        try:
            event = known[1](data)
        except UNFIT:
            event = None
        # What is as it would be written anew has one reading; that spares all but the rarest.
        if event is not None and _to_json(event) == data.encode():
            field = event.text_field
            if not field:
                if text is None:
                    return event
            elif getattr(event, field) == _no_text(event.__class__):
                if text is not None:
                    _give_text(event, field, text)
                return event
    from ledger.json_text import check_names, what_is_wrong

    event = decode_event(recorded)
    field = event.text_field
    try:
        check_names(data)
    except (ValueError, RecursionError) as error:
        raise _unreadable(recorded, what_is_wrong(error)) from error
    if data != data.strip():  # an export could not keep them
        raise _unreadable(recorded, "blanks stand before or after its data")
    if (
        _text_is_beside(type(event), recorded.schema_version)
        and msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get(field) is not None
    ):
        raise _unreadable(recorded, "its free text stands in its data, where no erasure reaches it")
    return event


def decode_data(event_type: str, schema_version: int, data: str | bytes) -> Any:
    """Stored data as an event of today, without the free text that stands beside it.

    Raises:
        ValueError: the type or the schema version is unknown, or the data does not fit them; or one
            of the other errors in `UNFIT`.
    """
    known = _current.get(event_type)
    if known is not None and known[0] == schema_version:
        return known[1](data)
    kind = event_class(event_type)
    current = kind.schema_version
    if schema_version == current:
        decoder = msgspec.json.Decoder(kind).decode
        _current[event_type] = (current, decoder, kind.text_field)
        return decoder(data)
    if not 1 <= schema_version < current:
        raise ValueError(f"{event_type} has no schema version {schema_version}")
    return msgspec.convert(lift(kind, schema_version, parse_exactly(data)), kind)


def text_is_in_data(event_type: str, schema_version: int) -> bool:
    """Whether the free text of such an event is a part of its data, where no erasure reaches it."""
    kind = known_event_class(event_type)
    return kind is not None and bool(kind.text_field) and schema_version < kind.text_since


def _text_is_beside(kind: type[Event], schema_version: int) -> bool:
    return bool(kind.text_field) and schema_version >= kind.text_since


def _give_text(event: Event, field: str, text: str | bytes) -> None:
    """Put a stored text into an event that was just decoded, and nobody else has yet."""
    force_setattr(event, field, text if isinstance(text, str) else ERASED)


@cache
def _may_be_none(kind: type[Event]) -> bool:
    """Whether the free text may be None, so that an empty one is something else."""
    return get_type_hints(kind)[kind.text_field] is not str


@cache
def _no_text(kind: type[Event]) -> str | None:
    return None if _may_be_none(kind) else ""


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
    kind = known_event_class(event_type)
    if kind is None:
        known = [kind.__name__ for each in AGGREGATES.values() for kind in each.event_types]
        raise ValueError(f"there is no event type {event_type!a} (known: {', '.join(known)})")
    return kind


def known_event_class(event_type: str) -> type[Event] | None:
    """The class of an event type; None where no aggregate of this process has it."""
    for aggregate in AGGREGATES.values():
        for kind in aggregate.event_types:
            if kind.__name__ == event_type:
                return kind
    return None


def parse_exactly(data: str | bytes) -> JsonObject:
    """A JSON object with its decimals as `decimal.Decimal`, taken from their text."""
    from decimal import Decimal

    return msgspec.json.Decoder(JsonObject, float_hook=Decimal).decode(data)


def _unreadable(recorded: RecordedEvent, why: str) -> UnreadableEvent:
    return UnreadableEvent(
        f"event {recorded.position} ({recorded.event_type} version {recorded.version} of "
        f"{recorded.stream_id!a}) cannot be read: {why}",
        advice="the file was changed from outside, or written by a newer ledger",
        position=recorded.position,
        account_id=recorded.stream_id,
    )
