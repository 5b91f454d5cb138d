"""Erased texts: a text is a digest if and only if an erasure stands after it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.commands.erased_texts import ERASURE, ErasureFacts, misplaced_texts
from ledger.errors import DamagedLedger
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding
from ledger.verification.readable_events import readable_pages


def wrong_erasures(
    store: EventStore, base: int, head: int, facts: ErasureFacts
) -> Iterator[Finding]:
    """The texts that were taken out without an erasure, or stand in spite of one.

    Args:
        base, head: the log is verified at positions in (base, head].
        facts: of the whole log; only where they do not settle it is the log read again.
    """
    if facts.hold:
        return
    for page in readable_pages(store, after=base, to=head):
        for event, wanted in misplaced_texts(store, page.events, facts.erasures):
            yield _standing(event) if wanted else _taken_out(event)


def erased_since(store: EventStore, position: int) -> bool:
    """Whether there is an erasure after a position."""
    try:
        later = store.read_all(after_position=position)
        return any(event.event_type == ERASURE for event in later)
    except DamagedLedger:
        return False


def _standing(event: RecordedEvent) -> Finding:
    return Finding.at(
        event,
        "erasure",
        "the event has its text, though an erasure after it has taken it away",
        expected="an erased text",
        found="a text",
    )


def _taken_out(event: RecordedEvent) -> Finding:
    return Finding.at(
        event,
        "erasure",
        "the text of the event was taken out, and no erasure stands after it",
        expected="a text",
        found="an erased text",
    )
