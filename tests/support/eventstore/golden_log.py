"""The log of the golden export of format 2, which has every kind of event."""

from __future__ import annotations

from pathlib import Path

from ledger.eventstore.export_format import read_events, read_header
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head, RecordedEvent

_LINES = (Path(__file__).parents[2] / "golden/format2/books.jsonl").read_bytes().splitlines()

LEDGER_ID = read_header(_LINES[0]).ledger_id
EVENTS: list[RecordedEvent] = [event for _, event in read_events(enumerate(_LINES[1:], 2))]


def head_at(position: int) -> Head:
    """Where the log ended when it was so long."""
    if not position:
        return empty_head(LEDGER_ID)
    event = EVENTS[position - 1]
    return Head(position, event.hash, event.recorded_at)
