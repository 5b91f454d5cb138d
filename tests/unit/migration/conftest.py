"""Small sources of format 1, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.migration.format1.events import Format1Event
from tests.support.format1.writing import chained, event, write_export

Log = list[Any]
MakeSource = Callable[..., Path]


def opening(position: int, **fields: Any) -> Format1Event:
    """The opening of account ``a`` with 10.00, unless it is said otherwise."""
    stream_id = fields.get("stream_id", "a")
    data = {"account_id": stream_id, "owner": "Ana", "currency": "USD", "initial_balance": 1_000}
    whole: dict[str, Any] = {
        "event_type": "AccountOpened",
        "schema_version": 4,
        "version": 1,
        "data": json.dumps(data, separators=(",", ":")),
        "metadata": '{"actor":"ana","command":"open","correlation_id":"run"}',
    }
    return event(position, **{**whole, **fields})


@pytest.fixture
def source(tmp_path: Path) -> MakeSource:
    """Write an export of events, whose hashes are made right."""

    def write(events: Iterable[Format1Event], **header: Any) -> Path:
        return write_export(tmp_path / "old.jsonl", chained(events), **header)

    return write


def stored(path: Path) -> Log:
    """All that a ledger has stored, read without knowing what it means."""
    with Ledger.open(path, create=False) as ledger:
        return [json.loads(line) for line in ledger.export_events()][1:]
