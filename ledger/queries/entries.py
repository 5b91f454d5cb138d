"""Events as the lines of a history or a statement."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.events import (
    Event,
    TransferReceived,
    TransferSent,
    description_of,
    signed_amount,
)
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.queries.results import HistoryEntry


def entries_of(events: Iterable[RecordedEvent], final_balance: int) -> list[HistoryEntry]:
    """Entries with running balances, which are counted back from the balance after the last."""
    decoded = [(recorded, decode_event(recorded)) for recorded in events]
    balance = final_balance - sum(signed_amount(event) for _, event in decoded)
    entries = []
    for recorded, event in decoded:
        amount = signed_amount(event)
        balance += amount
        entries.append(
            HistoryEntry(
                recorded.version,
                recorded.event_type,
                amount,
                balance,
                description_of(event),
                recorded.effective_at,
                recorded.recorded_at,
                _counterparty(event),
                recorded.backdated,
            )
        )
    return entries


def _counterparty(event: Event) -> str | None:
    if isinstance(event, TransferSent):
        return event.to_account
    if isinstance(event, TransferReceived):
        return event.from_account
    return None
