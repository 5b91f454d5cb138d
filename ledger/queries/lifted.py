"""The log as it is understood today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ledger.commands.ledger_events import LedgerEvent
from ledger.domain.account import BankAccount
from ledger.domain.events import AccountOpened, OpeningAmended
from ledger.errors import NoSuchAccount
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.queries.source import Source

_KNOWN_STREAMS = 100_000


class _Unit(msgspec.Struct, gc=False):
    """What an account was kept in at a version, the last one that was seen."""

    version: int
    currency: str
    decimals: int


class Lifting:
    """Lifts events to their current versions, and remembers what their accounts are kept in.

    That is looked up again where versions of an account were not seen: one may have changed it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._units: dict[str, _Unit] = {}

    def lift(self, recorded: RecordedEvent) -> LedgerEvent:
        """An event as it is understood today.

        Raises:
            UnreadableEvent: it cannot be read.
        """
        event = decode_event(recorded)
        if isinstance(event, (AccountOpened, OpeningAmended)):
            self._remember(recorded.stream_id, recorded.version, event.currency, event.decimals)
            return LedgerEvent(recorded, event, event.currency, event.decimals)
        unit = self._units.get(recorded.stream_id)
        if unit is not None and unit.version == recorded.version - 1:
            unit.version += 1
        elif event.amount_fields and recorded.aggregate_type == BankAccount.aggregate_type:
            unit = self._read(recorded)
        if unit is None or not event.amount_fields:
            return LedgerEvent(recorded, event)
        return LedgerEvent(recorded, event, unit.currency, unit.decimals)

    def _remember(self, stream_id: str, version: int, currency: str, decimals: int) -> _Unit:
        if len(self._units) >= _KNOWN_STREAMS:
            self._units.clear()
        unit = self._units[stream_id] = _Unit(version, currency, decimals)
        return unit

    def _read(self, recorded: RecordedEvent) -> _Unit:
        account: BankAccount = self._source.repository.load_at(
            recorded.stream_id, to_version=recorded.version
        ).account
        try:
            state = account.state
        except NoSuchAccount:  # only a damaged file has movements without an opening
            return _Unit(recorded.version, "", 0)
        return self._remember(recorded.stream_id, recorded.version, state.currency, state.decimals)


def lifted(source: Source, events: Iterable[RecordedEvent]) -> Iterator[LedgerEvent]:
    """Events lifted to their current versions, one at a time; those of a stream in its order.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    return map(Lifting(source).lift, events)
