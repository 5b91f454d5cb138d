"""Logs of the older world: JSON Lines, one event a line, kept as they are.

An event there was an object of ``event_id``, ``aggregate_id``, ``aggregate_type``, ``event_type``,
``data``, ``metadata``, ``version`` and ``timestamp`` (ISO 8601, UTC without saying so). Its data is
stored byte for byte under the schema version it had (1, where it says none), with its free text
inside; what else it says goes into our metadata under ``imported``.

Any text was an id there. One that cannot be an id here gets another in its place; only data in
which it stands is then written anew, in today's form, and the old id goes into the metadata, too.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.event_history import rounds_to_nothing, unrounded_amount, whole_units
from ledger.domain.events import AccountEvent
from ledger.domain.safe_ids import changed_ids, safe_id
from ledger.errors import InvalidLine
from ledger.eventstore.codec import (
    UNFIT,
    decode_data,
    encode_event,
    event_class,
    parse_exactly,
    text_is_in_data,
)
from ledger.json_text import check_names, what_is_wrong

_STORED_ELSEWHERE: Final = frozenset(
    {"aggregate_id", "aggregate_type", "event_type", "data", "version", "schema_version"}
)

_T = TypeVar("_T")


class OlderEvent(msgspec.Struct, frozen=True):
    """One line of such a log.

    Attributes:
        event_id: what told it from all others there: a UUID.
        aggregate_id: the account's id here; the stream's.
        older_id: what it was there.
        data: the JSON text as it stood in the line.
        text: what stands beside the data, where that is written anew.
        event: what it means today.
        rounded: whether its amount has to be rounded to minor units.
        rounded_to_nothing: whether nothing of it is left then.
        imported: everything it says that has no column of its own.
    """

    event_id: str
    aggregate_id: str
    older_id: str
    event_type: str
    schema_version: int
    version: int
    timestamp: str
    data: str
    text: str | None
    event: AccountEvent
    rounded: bool
    rounded_to_nothing: bool
    imported: dict[str, msgspec.Raw]


def read_older_event(line: bytes) -> OlderEvent:
    """Read one line.

    Raises:
        InvalidLine: it is not such an event, or not one that can be read today.
    """
    try:
        line.decode()  # msgspec looks at no text that it is not asked for
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(f"this is not a JSON object: {what_is_wrong(error, line)}") from None
    try:
        check_names(line)
    except (ValueError, RecursionError) as error:
        raise _refusal(f"this line cannot be read: {what_is_wrong(error)}") from None
    aggregate_id = _field(fields, "aggregate_id", str)
    aggregate_type = _field(fields, "aggregate_type", str)
    event_type = _field(fields, "event_type", str)
    schema_version = _field(fields, "schema_version", int) if "schema_version" in fields else 1
    event_id = _field(fields, "event_id", str)
    data = bytes(_raw(fields, "data"))
    _check_stream(aggregate_id, aggregate_type)
    try:
        if not _was_known(event_type, schema_version):
            raise ValueError(
                f"{event_type} has no schema version {schema_version} in the older world"
            )
        event = decode_data(event_type, schema_version, data)
        unrounded = unrounded_amount(event_type, schema_version, parse_exactly(data))
    except UNFIT as error:
        raise _refusal(f"this {event_type} cannot be read: {what_is_wrong(error, data)}") from None
    imported = {name: value for name, value in fields.items() if name not in _STORED_ELSEWHERE}
    stored, text = data.decode(), None
    changed = changed_ids(event)
    if changed:
        older = {name: msgspec.json.encode(getattr(event, name)) for name in changed}
        imported |= {name: msgspec.Raw(each) for name, each in older.items()}
        event = replace(event, **changed)
        schema_version = event.schema_version
        stored, text = encode_event(event)
    return OlderEvent(
        event_id,
        safe_id(aggregate_id),
        aggregate_id,
        event_type,
        schema_version,
        _field(fields, "version", int),
        _field(fields, "timestamp", str),
        stored,
        text,
        event,
        unrounded is not None and unrounded != whole_units(unrounded),
        unrounded is not None and rounds_to_nothing(unrounded),
        imported,
    )


def _check_stream(aggregate_id: str, aggregate_type: str) -> None:
    if not aggregate_id or any(ord(mark) < 32 or ord(mark) == 127 for mark in aggregate_id):
        shown = aggregate_id if len(aggregate_id) <= 40 else aggregate_id[:37] + "..."
        raise _refusal(f"the aggregate_id {shown!r} cannot be an account id")
    if aggregate_id.startswith("$"):
        raise _refusal(
            f"the aggregate_id {aggregate_id!r} cannot be an account id: what begins with $ is "
            "kept for the ledger itself"
        )
    if aggregate_type != BankAccount.aggregate_type:
        raise _refusal(f"the aggregate_type {aggregate_type!r} is not BankAccount")


def _was_known(event_type: str, schema_version: int) -> bool:
    """Whether a log of the older world can have such an event.

    From the version on whose free text stands beside its data it can be written here alone.

    Raises:
        ValueError: there is no such event type.
    """
    event_class(event_type)
    return schema_version >= 1 and text_is_in_data(event_type, schema_version)


def _refusal(why: str) -> InvalidLine:
    return InvalidLine(
        why, advice="nothing was imported; correct the line, then import the file again"
    )


def _raw(fields: dict[str, msgspec.Raw], name: str) -> msgspec.Raw:
    if name not in fields:
        raise _refusal(f"the field {name!r} is missing")
    return fields[name]


def _field(fields: dict[str, msgspec.Raw], name: str, kind: type[_T]) -> _T:
    raw: Any = _raw(fields, name)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        raise _refusal(
            f"the field {name!r} is not right: {what_is_wrong(error, bytes(raw))}"
        ) from None
