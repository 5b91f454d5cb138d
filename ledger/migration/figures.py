"""What a source holds, added up from its own bytes, to be compared with what was made of it.

It is counted from the stored amounts, and not from the events that these are translated to: a
mistake in the translation must not be made twice in the same way.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import msgspec

from ledger.domain.currency import DECIMALS
from ledger.domain.safe_ids import safe_id
from ledger.eventstore.records import RecordedEvent
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.texts import ACCOUNT

_OPENING_AMENDED: Final = "OpeningAmended"
"""Puts its initial balance in the place of the one before."""

_FIELDS: Final = {
    "AccountOpened": ("initial_balance", 1, 4),
    "MoneyDeposited": ("amount", 1, 2),
    "MoneyWithdrawn": ("amount", -1, 2),
    "TransferReceived": ("amount", 1, 1),
    "TransferSent": ("amount", -1, 1),
    "EntryReversed": ("amount", 1, 1),
    _OPENING_AMENDED: ("initial_balance", 1, 1),
}
"""Event type → where its amount is, in which direction it goes, and the first schema version in
which it counts minor units; before it was a decimal."""

_OPENINGS: Final = ("AccountOpened", _OPENING_AMENDED)

_decode: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
_decode_whole: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Figures:
    """The balances of a source's accounts.

    Attributes:
        balances: in minor units, by account, as it is called in the new ledger.
        versions: how many events each stream has, those of other aggregates included.
    """

    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self._initial: dict[str, int] = {}

    def count(self, event: Format1Event | RecordedEvent) -> None:
        """Add an event that can be read."""
        is_account = event.aggregate_type == ACCOUNT
        stream_id = safe_id(event.stream_id) if is_account else event.stream_id
        self.versions[stream_id] = self.versions.get(stream_id, 0) + 1
        if is_account:
            moved = _moved(event)
            if event.event_type in _OPENINGS:
                before = self._initial.get(stream_id, 0)
                self._initial[stream_id], moved = moved, moved - before
            self.balances[stream_id] = self.balances.get(stream_id, 0) + moved


def _moved(event: Format1Event | RecordedEvent) -> int:
    """What an event adds to its account, in minor units."""
    if event.event_type not in _FIELDS:
        return 0
    field, direction, exact_since = _FIELDS[event.event_type]
    if event.schema_version >= exact_since:
        return direction * int(_decode_whole(event.data)[field])
    data = _decode(event.data)
    amount = Decimal(data.get(field, 0)) * 10 ** DECIMALS[data.get("currency", "USD")]
    return direction * int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))
