"""The entries of a log, folded by definition, and looked through one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from ledger.domain.events import (
    AccountOpened,
    EntryAmended,
    EntryReversed,
    Movement,
    OpeningAmended,
)
from ledger.domain.receipts import Receipt
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import actor_in
from ledger.eventstore.records import RecordedEvent


@dataclass
class NaiveEntry:
    account: str
    version: int
    effective: int
    amount: int
    decimals: int
    kind: str
    actor: str
    words: str = ""
    other: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()
    reverses: int | None = None
    reversed_by: int | None = None
    undone: bool = False

    @property
    def place(self) -> tuple[int, str, int]:
        return self.effective, self.account, self.version


def naive_entries(log: Iterable[RecordedEvent]) -> list[NaiveEntry]:
    """What the log says of entries, in the order in which they happened."""
    entries: dict[tuple[str, int], NaiveEntry] = {}
    for recorded in log:
        event: Any = decode_event(recorded)
        account = recorded.stream_id
        opening = entries.get((account, 1))
        entry = NaiveEntry(
            account,
            recorded.version,
            recorded.effective_at,
            0,
            opening.decimals if opening else 0,
            recorded.event_type,
            actor_in(recorded.metadata),
        )
        match event:
            case AccountOpened():
                entry.amount, entry.decimals = event.initial_balance, event.decimals
            case OpeningAmended():
                assert opening is not None
                opening.amount, opening.decimals = event.initial_balance, event.decimals
                opening.effective = event.opened_at
                continue
            case Movement():
                entry.amount, entry.words = event.direction * event.amount, event.words
                entry.other, entry.tags = event.counterparty, dict(event.tags)
                entry.receipts = event.receipts
            case EntryReversed():
                wrong = entries[account, event.reverses]
                entry.amount, entry.words = event.amount, event.reason
                entry.other, entry.tags, entry.reverses = wrong.other, wrong.tags, wrong.version
                entry.undone = wrong.undone = wrong.effective == entry.effective
                wrong.reversed_by = recorded.version
            case EntryAmended():
                amended = entries[account, event.amends]
                if event.description is not None:
                    amended.words = event.description
                if event.receipts is not None:
                    amended.receipts = event.receipts
                if event.tags is not None:
                    amended.tags = event.tags
                    if amended.reversed_by:
                        entries[account, amended.reversed_by].tags = event.tags
                continue
            case _:
                continue
        entries[account, recorded.version] = entry
    return sorted((each for each in entries.values() if each.amount), key=lambda each: each.place)


def plainly(text: str) -> str:
    return normalize("NFC", normalize("NFD", text).casefold())
