"""Short ways to append events, for the tests of the event store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore, stream_version
from tests.support.clock import NOON

LEDGER_ID: Final = "5f0c1c2e-5d6b-4a57-9f5e-0d6f3f8f7b11"


def deposit(
    amount: int = 100, *, at: int | None = NOON, text: str | None = None, **metadata: Any
) -> NewEvent:
    data = {"amount": amount, "currency": "USD"}
    return NewEvent(
        "MoneyDeposited", 3, json.dumps(data), json.dumps({"actor": "test", **metadata}), at, text
    )


def deposits(count: int) -> tuple[NewEvent, ...]:
    return tuple(deposit(number) for number in range(1, count + 1))


def write(
    store: EventStore,
    stream_id: str,
    *events: NewEvent,
    expected: int | None = None,
    kind: str = "BankAccount",
) -> StreamWrite:
    """Events for a stream, which is expected where it is now, unless said otherwise."""
    version = stream_version(store, stream_id) if expected is None else expected
    return StreamWrite(stream_id, kind, version, events)


def appended(
    store: EventStore, stream_id: str, *events: NewEvent, expected: int | None = None
) -> list[RecordedEvent]:
    """Append to one stream; a plain deposit where no event is given."""
    return store.append([write(store, stream_id, *(events or (deposit(),)), expected=expected)])


def appended_at(store: EventStore, stream_id: str, moments: Sequence[int]) -> list[RecordedEvent]:
    """Append one event for each effective time."""
    return appended(store, stream_id, *(deposit(at=moment) for moment in moments))


def log_of(store: EventStore) -> list[RecordedEvent]:
    return list(store.read_all())
