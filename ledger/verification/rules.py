"""The rules, asked again of every event, knowing what was known when it was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountEvent
from ledger.errors import InsufficientFunds, LedgerError
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding


def broken_rule(
    account: BankAccount, recorded: RecordedEvent, event: AccountEvent
) -> Finding | None:
    """What the rules have against an event, if they have anything.

    Args:
        account: as it was before the event; it asks for its past by `events_after`.
    """
    try:
        account.check(event, recorded.effective_at)
    except LedgerError as refusal:
        if isinstance(refusal, InsufficientFunds) and account.state.balance < 0:
            return None  # it follows from the overdraft before, which was found
        return Finding(
            check="rules",
            position=recorded.position,
            account_id=recorded.stream_id,
            message=refusal.message,
            expected="an event that the rules allow",
            found=refusal.code,
        )
    return None


def events_after(
    store: EventStore, stream_id: str, at: int, version: int
) -> Iterator[tuple[int, Any]]:
    """The events of a stream up to a version that are effective after an instant (µs UTC).

    Read backwards, an event that is not backdated and happened by that instant has nothing but such
    events before it; so the search ends there. No snapshot is asked: those are checked, too.
    """
    for earlier in store.read_stream(stream_id, to_version=version, newest_first=True):
        if earlier.effective_at > at:
            yield earlier.effective_at, decode_event(earlier)
        elif not earlier.backdated:
            return
