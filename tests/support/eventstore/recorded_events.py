"""Recorded events with whatever a test needs in them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ledger.eventstore.records import RecordedEvent

PLAIN = RecordedEvent(
    position=7,
    stream_id="acc-001",
    aggregate_type="BankAccount",
    version=3,
    event_type="MoneyDeposited",
    schema_version=3,
    data='{"amount":100,"currency":"USD"}',
    text=None,
    salt=None,
    metadata='{"actor":"test"}',
    effective_at=0,
    recorded_at=0,
    backdated=False,
    hash=bytes(32),
)


def recorded(**fields: Any) -> RecordedEvent:
    return replace(PLAIN, **fields)
