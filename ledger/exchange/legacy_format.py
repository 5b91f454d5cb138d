"""Logs of the older world: JSON Lines, one event a line, kept as they are.

An event there was an object of ``event_id``, ``aggregate_id``, ``aggregate_type``, ``event_type``,
``data``, ``metadata``, ``version`` and ``timestamp`` (ISO 8601, UTC without saying so). Its data is
stored byte for byte under the schema version it had (1, where it says none); what else it says goes
into our metadata under ``imported``.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import JsonObject
from ledger.domain.event_history import (
    DECIMAL_AMOUNTS,
    LEGACY_CURRENCY,
    exact_minor_units,
    minor_units,
)
from ledger.domain.events import AccountEvent
from ledger.errors import InvalidLine
from ledger.eventstore.codec import UNFIT, decode_data, parse_exactly

_STORED_ELSEWHERE: Final = frozenset(
    {"aggregate_id", "aggregate_type", "event_type", "data", "version", "schema_version"}
)

_T = TypeVar("_T")


class OlderEvent(msgspec.Struct, frozen=True):
    """One line of such a log.

    Attributes:
        data: the JSON text as it stood in the line.
        event: what it means today.
        rounded: how many of its amounts have to be rounded to minor units.
        imported: everything it says that has no column of its own.
    """

    aggregate_id: str
    event_type: str
    schema_version: int
    version: int
    timestamp: str
    data: str
    event: AccountEvent
    rounded: int
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
        raise _refusal(f"this is not a JSON object: {error}") from None
    aggregate_id = _field(fields, "aggregate_id", str)
    aggregate_type = _field(fields, "aggregate_type", str)
    event_type = _field(fields, "event_type", str)
    schema_version = _field(fields, "schema_version", int) if "schema_version" in fields else 1
    _field(fields, "event_id", str)
    data = bytes(_raw(fields, "data"))
    if not aggregate_id or any(ord(mark) < 32 or ord(mark) == 127 for mark in aggregate_id):
        raise _refusal(f"the aggregate_id {aggregate_id!r} cannot be an account id")
    if aggregate_type != BankAccount.aggregate_type:
        raise _refusal(f"the aggregate_type {aggregate_type!r} is not BankAccount")
    try:
        event = decode_data(event_type, schema_version, data)
        rounded = _rounded_amounts(event_type, schema_version, parse_exactly(data))
    except KeyError as error:
        raise _refusal(f"this {event_type} cannot be read: {error} is missing") from None
    except UNFIT as error:
        raise _refusal(f"this {event_type} cannot be read: {error}") from None
    return OlderEvent(
        aggregate_id,
        event_type,
        schema_version,
        _field(fields, "version", int),
        _field(fields, "timestamp", str),
        data.decode(),
        event,
        rounded,
        {name: value for name, value in fields.items() if name not in _STORED_ELSEWHERE},
    )


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
        raise _refusal(f"the field {name!r} is not right: {error}") from None


def _rounded_amounts(event_type: str, schema_version: int, data: JsonObject) -> int:
    """How many amounts of an event have more decimals than its currency, and are rounded."""
    field, last_version = DECIMAL_AMOUNTS.get(event_type, ("", 0))
    if schema_version > last_version:
        return 0
    amount, currency = data.get(field), data.get("currency", LEGACY_CURRENCY)
    return int(exact_minor_units(amount, currency) != minor_units(amount, currency))
