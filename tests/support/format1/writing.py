"""Logs of format 1 that the golden files do not have, written without the product's own writers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw

from ledger.migration.format1.events import Format1Event
from tests.support.format1.golden import EXPORT

LEDGER_ID = "4f8c0a86-6d2b-4f6c-9a0e-2b7c6f1d9e55"
START = 1_700_000_000_000_000
"""µs UTC."""


def recipe(previous: bytes, event: Format1Event) -> bytes:
    """The hash, as the description of the format says it."""
    texts = (event.stream_id, event.aggregate_type, event.event_type, event.data, event.metadata)
    numbers: list[int] = [event.position, event.version, event.schema_version]
    numbers += [event.effective_at, event.recorded_at, int(event.backdated)]
    numbers += [len(text.encode()) for text in texts]
    return sha256(
        previous + " ".join(map(str, numbers)).encode() + b"\n" + "".join(texts).encode()
    ).digest()


def event(position: int, **fields: Any) -> Format1Event:
    """A deposit to account ``a``, whose version is its position, unless it is said otherwise."""
    whole: dict[str, Any] = {
        "stream_id": "a",
        "aggregate_type": "BankAccount",
        "version": position,
        "event_type": "MoneyDeposited",
        "schema_version": 2,
        "data": '{"amount":100,"currency":"USD","description":"Päy"}',
        "metadata": '{"actor":"ana","command":"deposit","correlation_id":"run"}',
        "effective_at": START + position,
        "recorded_at": START + position,
        "backdated": False,
        "hash": b"",
    }
    return Format1Event(position, **{**whole, **fields})


def chained(events: Iterable[Format1Event], ledger_id: str = LEDGER_ID) -> Iterator[Format1Event]:
    """Events with the hashes that follow from them."""
    previous = sha256(ledger_id.encode()).digest()
    for each in events:
        previous = recipe(previous, each)
        yield _with_hash(each, previous)


def export_document(each: Format1Event) -> str:
    """An event as the line of an export."""
    return json.dumps(
        {
            "position": each.position,
            "event_id": each.event_id,
            "aggregate_id": each.stream_id,
            "aggregate_type": each.aggregate_type,
            "event_type": each.event_type,
            "schema_version": each.schema_version,
            "version": each.version,
            "data": "DATA",
            "metadata": "METADATA",
            "effective_at": _time(each.effective_at),
            "recorded_at": _time(each.recorded_at),
            "hash": each.hash.hex(),
        }
    ).replace('"DATA"', each.data).replace('"METADATA"', each.metadata)  # fmt: skip


def write_export(path: Path, events: Iterable[Format1Event], **header: Any) -> Path:
    """An export of events as they are."""
    lines, last = [], sha256(LEDGER_ID.encode()).digest()
    for each in events:
        lines.append(export_document(each))
        last = each.hash
    whole = {
        "format": "ledger-events",
        "format_version": 1,
        "ledger_id": LEDGER_ID,
        "created_at": _time(START),
        "events": len(lines),
        "head": last.hex(),
        **header,
    }
    path.write_text("\n".join([json.dumps(whole), *lines]) + "\n", "utf-8")
    return path


def edited_export(path: Path, edit: Callable[[list[str]], object]) -> Path:
    """The golden export after somebody edited its lines; the first is the header."""
    lines = EXPORT.read_text("utf-8").splitlines()
    edit(lines)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def change(line: str, **fields: Any) -> str:
    """An exported line with other values in some of its fields."""
    return json.dumps({**json.loads(line), **fields}, ensure_ascii=False, separators=(",", ":"))


def append_deposit(connection: apsw.Connection) -> Format1Event:
    """Add one deposit to an account of a ledger file, right in every respect."""
    position, previous, recorded_at = connection.execute(
        "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"
    ).get
    stream_no, stream_id, version = connection.execute(
        "SELECT stream_no, stream_id, max(version) FROM events JOIN streams USING (stream_no) "
        "WHERE stream_id = 'acc-002'"
    ).get
    new = event(
        position + 1,
        stream_id=stream_id,
        version=version + 1,
        effective_at=recorded_at,
        recorded_at=recorded_at,
    )
    new = _with_hash(new, recipe(previous, new))
    connection.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.position,
            stream_no,
            new.version,
            new.event_type,
            new.schema_version,
            new.data,
            new.metadata,
            new.effective_at,
            new.recorded_at,
            int(new.backdated),
            new.hash,
        ),
    )
    return new


def _with_hash(each: Format1Event, digest: bytes) -> Format1Event:
    fields = {name: getattr(each, name) for name in each.__struct_fields__}
    return Format1Event(**{**fields, "hash": digest})


def _time(instant: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
