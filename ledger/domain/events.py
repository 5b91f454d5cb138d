"""The six facts. Immutable, in the past tense, each with all that is needed to infer_format it.

Amounts are integer minor units. ``schema_version`` is the version of the fields as they stand here;
an event stored with an older one is lifted on read.
"""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What all events share.

    Attributes:
        schema_version: of the fields.
        direction: of the ``amount``, where there is one: 1 into its account, -1 out of it.
    """

    schema_version: ClassVar[int] = 1
    direction: ClassVar[int] = 0


class AccountOpened(Event, frozen=True, gc=False):
    schema_version = 4

    account_id: str
    owner: str
    currency: str
    initial_balance: int


class MoneyDeposited(Event, frozen=True, gc=False):
    schema_version = 2
    direction = 1

    amount: int
    currency: str
    description: str


class MoneyWithdrawn(Event, frozen=True, gc=False):
    schema_version = 2
    direction = -1

    amount: int
    currency: str
    description: str


class TransferSent(Event, frozen=True, gc=False):
    direction = -1

    transfer_id: str
    to_account: str
    amount: int
    currency: str
    description: str


class TransferReceived(Event, frozen=True, gc=False):
    direction = 1

    transfer_id: str
    from_account: str
    amount: int
    currency: str
    description: str


class AccountClosed(Event, frozen=True, gc=False):
    reason: str


EVENT_TYPES: Final[dict[str, type[Event]]] = {
    event_type.__name__: event_type
    for event_type in (
        AccountOpened,
        MoneyDeposited,
        MoneyWithdrawn,
        TransferSent,
        TransferReceived,
        AccountClosed,
    )
}


def signed_amount(event: Event) -> int:
    """What an event adds to its account's balance, in minor units; negative when money leaves."""
    if event.direction:
        amount: int = event.amount  # type: ignore[attr-defined]  # what has a direction has one
        return event.direction * amount
    if isinstance(event, AccountOpened):
        return event.initial_balance
    return 0


def description_of(event: Event) -> str:
    """The words that go with an event: its description, or the reason of a closing."""
    if isinstance(event, (MoneyDeposited, MoneyWithdrawn, TransferSent, TransferReceived)):
        return event.description
    if isinstance(event, AccountClosed):
        return event.reason
    return ""
