"""The rules, asked again of every event, knowing what was known when it was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.domain.account import BankAccount
from ledger.domain.balance_timeline import BalanceTimeline
from ledger.domain.events import Event, MoneyWithdrawn, TransferSent, signed_amount
from ledger.errors import InsufficientFunds, LedgerError
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding

_FIRST_LOOK_BACK: Final = 16
_LONGEST_LOOK_BACK: Final = 1_024


def broken_rule(
    store: EventStore, account: BankAccount, recorded: RecordedEvent, event: Event
) -> Finding | None:
    """What the rules have against an event, if they have anything.

    Args:
        account: as it was before the event.
    """
    at, path = recorded.effective_at, None
    try:
        if (
            account.version
            and at < account.state.last_activity
            and isinstance(event, (MoneyWithdrawn, TransferSent))
            and account.state.opened_at <= at
        ):
            path = path_as_known(store, recorded, account.state.balance)
        account.check(event, at, path)
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


def path_as_known(store: EventStore, recorded: RecordedEvent, balance: int) -> BalanceTimeline:
    """The balances from an event's moment on, as they were when it was decided.

    Read backwards, an event that is not backdated and happened by that moment has nothing but such
    events before it. So the balance at the moment is the one before the event, less what was found
    to happen later.

    Args:
        balance: before the event (minor units).
    """
    at = recorded.effective_at
    later: list[tuple[int, int]] = []
    for earlier in _backwards(store, recorded.stream_id, recorded.version - 1):
        if earlier.effective_at > at:
            later.append((earlier.effective_at, signed_amount(decode_event(earlier))))
        elif not earlier.backdated:
            break
    return BalanceTimeline.starting(at, balance - sum(amount for _, amount in later), later)


def _backwards(store: EventStore, stream_id: str, version: int) -> Iterator[RecordedEvent]:
    limit = _FIRST_LOOK_BACK
    while version > 0:
        yield from store.read_stream_backwards(stream_id, from_version=version, limit=limit)
        version -= limit
        limit = min(4 * limit, _LONGEST_LOOK_BACK)
