"""Events as they are understood today, with what is needed to show their amounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.events import AccountOpened, OpeningAmended
from ledger.errors import NoSuchAccount
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.queries.source import Source

_KNOWN_STREAMS = 100_000


class LiftedEvent(NamedTuple):
    """An event as recorded, and as the domain knows it today.

    ``decimals`` are those of its amounts: what its account was pinned to when it was recorded. None
    where it has no amounts.
    """

    recorded: RecordedEvent
    event: Event
    decimals: int | None


def lifted(source: Source, events: Iterable[RecordedEvent]) -> Iterator[LiftedEvent]:
    """Events lifted to their current versions, one at a time; those of a stream in its order.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    known: dict[str, int] = {}
    for recorded in events:
        event = decode_event(recorded)
        decimals = None
        if isinstance(event, (AccountOpened, OpeningAmended)):
            decimals = known[recorded.stream_id] = event.decimals
        elif event.amount_fields:
            decimals = known.get(recorded.stream_id)
            if decimals is None:
                if len(known) >= _KNOWN_STREAMS:
                    known.clear()
                decimals = known[recorded.stream_id] = _decimals_at(source, recorded)
        yield LiftedEvent(recorded, event, decimals)


def _decimals_at(source: Source, recorded: RecordedEvent) -> int:
    account: BankAccount = source.repository.load_at(
        recorded.stream_id, to_version=recorded.version
    ).account
    try:
        return account.state.decimals
    except NoSuchAccount:  # only a damaged file has movements without an opening
        return 0
