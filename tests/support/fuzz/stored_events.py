"""The events of a ledger file, read from its tables without the product."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.file_content import Content


class StoredEvent(NamedTuple):
    """An event as the file has it. ``amount`` is signed minor units."""

    account: str
    version: int
    kind: str
    amount: int
    words: str
    effective: int
    owner: str
    currency: str


_SIGNS = {
    "MoneyDeposited": 1,
    "TransferReceived": 1,
    "MoneyWithdrawn": -1,
    "TransferSent": -1,
    "AccountClosed": 0,
}


def stored_events(path: Path) -> list[StoredEvent]:
    """The accounts' events in a file, in the order of the log; those of the older world have their
    texts in their data.
    """
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(
            "SELECT stream_id, version, event_type, data, text, effective_at FROM events "
            "JOIN streams USING (stream_no) WHERE stream_id != '$book' ORDER BY position"
        ).fetchall()
    finally:
        connection.close()
    return [
        _event(account, version, kind, json.loads(data), text or "", at)
        for account, version, kind, data, text, at in rows
    ]


def _event(
    account: str, version: int, kind: str, data: dict[str, Any], text: str, at: int
) -> StoredEvent:
    opened = kind == "AccountOpened"
    amount = data["initial_balance"] if opened else _SIGNS[kind] * data.get("amount", 0)
    words = text or data.get("description", data.get("reason", data.get("owner", "")))
    return StoredEvent(
        account,
        version,
        kind,
        amount,
        "" if opened else words,
        at,
        words if opened else "",
        data.get("currency", ""),
    )


class Chained(NamedTuple):
    """An event with every field that its hash covers."""

    position: int
    stream_id: str
    aggregate_type: str
    version: int
    event_type: str
    schema_version: int
    data: str
    text: str | bytes | None
    salt: bytes | None
    metadata: str
    effective_at: int
    recorded_at: int
    backdated: bool
    hash: bytes


def chained(found: Content) -> list[Chained]:
    """The log of a file's content."""
    streams = {number: (name, kind) for number, name, kind in found["streams"]}
    return [
        Chained._make((row[0], *streams[row[1]], *row[2:11], bool(row[11]), row[12]))
        for row in sorted(found["events"])
    ]


def identity(found: Content) -> str:
    """The ledger's id in a file's content."""
    ((_, ledger_id),) = found["ledger"]
    return str(ledger_id)
