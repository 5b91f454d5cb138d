"""What an event of the log looks like to a program; see `ledger.cli.output.documents`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.cli.output.documents import Document
from ledger.domain.aggregate import Event, UnknownEvent
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units, limit_text
from ledger.eventstore.records import RecordedEvent

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent


def event(lifted: LedgerEvent) -> Document:
    """An event lifted to its current version: its text under its own name (null once it is erased),
    its amounts as decimals, its times in UTC."""
    recorded, known, decimals = lifted.recorded, lifted.event, lifted.decimals
    if isinstance(known, UnknownEvent):
        return {**raw_event(recorded), "metadata": _metadata(recorded)}
    data = {  # all of it, though what says nothing special is not stored
        name: _shown(known, field, decimals)
        for field, name in zip(known.__struct_fields__, known.__struct_encode_fields__, strict=True)
    }
    if recorded.erased:
        data[known.text_field] = None
    return {
        **_head_of(recorded),
        "schema_version": known.schema_version,
        "version": recorded.version,
        "data": data,
        "metadata": _metadata(recorded),
        "effective_at": format_instant(recorded.effective_at),
        "recorded_at": format_instant(recorded.recorded_at),
        "hash": recorded.hash.hex(),
    }


def _metadata(recorded: RecordedEvent) -> Document:
    metadata: Document = msgspec.json.decode(recorded.metadata, type=Document)
    metadata.setdefault("correlation_id", metadata.get("run"))
    return metadata


def _shown(event: Event, field: str, decimals: int | None) -> Any:
    value = getattr(event, field)
    if value is None:
        return None
    if field in event.time_fields:
        return format_instant(value)
    if decimals is not None and field in event.amount_fields:
        in_words = limit_text if field == "overdraft_limit" else format_minor_units
        return in_words(value, decimals)
    return msgspec.to_builtins(value)


def raw_event(recorded: RecordedEvent) -> Document:
    """An event as it is stored; see also `ledger.eventstore.export_format.event_line`."""
    text = recorded.text
    return {
        **_head_of(recorded),
        "schema_version": recorded.schema_version,
        "version": recorded.version,
        "data": msgspec.Raw(recorded.data),
        "metadata": msgspec.Raw(recorded.metadata),
        "effective_at": format_instant(recorded.effective_at),
        "recorded_at": format_instant(recorded.recorded_at),
        "hash": recorded.hash.hex(),
        "text": text if isinstance(text, str) else None,
        "salt": None if recorded.salt is None else recorded.salt.hex(),
        "text_sha256": None if text is None or isinstance(text, str) else text.hex(),
    }


def _head_of(recorded: RecordedEvent) -> Document:
    return {
        "position": recorded.position,
        "event_id": recorded.event_id,
        "aggregate_id": recorded.stream_id,
        "aggregate_type": recorded.aggregate_type,
        "event_type": recorded.event_type,
    }
