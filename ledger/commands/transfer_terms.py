"""What both sides of a transfer say of it, and must say alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from ledger.domain.events import TransferSent, TransferSide
from ledger.domain.receipts import Receipt
from ledger.eventstore.records import RecordedEvent


class TransferTerms(NamedTuple):
    """The terms of a transfer, as one side of it has them.

    Attributes:
        amount: in minor units.
        at: the effective time, µs UTC.
    """

    from_account: str
    to_account: str
    amount: int
    currency: str
    description: str
    at: int
    tags: Mapping[str, str]
    receipts: Sequence[Receipt]


def terms_of(event: RecordedEvent, side: TransferSide) -> TransferTerms:
    """The terms of a transfer, as a side of it has them."""
    ends = (event.stream_id, side.counterparty)
    return TransferTerms(
        *(ends if isinstance(side, TransferSent) else ends[::-1]),
        side.amount,
        side.currency,
        side.description,
        event.effective_at,
        side.tags,
        side.receipts,
    )


class _Imported(msgspec.Struct, frozen=True, gc=False):
    imported: msgspec.Raw = msgspec.Raw()


_metadata: Final = msgspec.json.Decoder(_Imported)


def is_imported(event: RecordedEvent) -> bool:
    """Whether an event comes from a log of the older world, by its metadata."""
    if '"imported"' not in event.metadata:
        return False
    try:
        return bool(bytes(_metadata.decode(event.metadata).imported))
    except msgspec.MsgspecError:
        return False
