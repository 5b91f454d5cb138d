"""What event types are called when people read them."""

from __future__ import annotations

from typing import Final

_LABELS: Final = {
    "AccountOpened": "opened",
    "MoneyDeposited": "deposit",
    "MoneyWithdrawn": "withdrawal",
    "TransferSent": "transfer to",
    "TransferReceived": "transfer from",
    "AccountClosed": "closed",
}


def label(event_type: str) -> str:
    """What an event is called; of a transfer, the other account's id follows."""
    return _LABELS.get(event_type, event_type)


def label_alone(event_type: str) -> str:
    """What an event is called where no other account follows."""
    return label(event_type).removesuffix(" to").removesuffix(" from")
