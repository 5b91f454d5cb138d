"""The events of an account. Amounts are integer minor units.

All that can be said of an event type in general stands in its class: in which direction its amount
goes, what people call it, which text is free, and how its older versions are lifted.
"""

from __future__ import annotations

from typing import ClassVar, final

from ledger.domain.aggregate import Event
from ledger.domain.event_history import (
    add_currency,
    count_amount_in_minor_units,
    count_initial_balance_in_minor_units,
    rename_name_to_owner,
)


class Movement(Event, frozen=True, gc=False):
    """An event that moves an ``amount`` in a ``currency``.

    Attributes:
        direction: 1 into the account, -1 out of it.
        between_accounts: whether it is one side of a transfer.
    """

    text_field = "description"
    direction: ClassVar[int]
    between_accounts: ClassVar[bool] = False

    @property
    def signed_amount(self) -> int:
        amount: int = self.amount  # type: ignore[attr-defined]  # a base's field would come first
        return self.direction * amount


@final
class AccountOpened(Event, frozen=True, gc=False):
    schema_version = 4
    upcasters = (rename_name_to_owner, add_currency, count_initial_balance_in_minor_units)
    label = "opened"
    text_field = "owner"

    account_id: str
    owner: str
    currency: str
    initial_balance: int

    @property
    def words(self) -> str:
        return ""  # the owner stands above a list, not in it

    @property
    def signed_amount(self) -> int:
        return self.initial_balance


@final
class MoneyDeposited(Movement, frozen=True, gc=False):
    schema_version = 2
    upcasters = (count_amount_in_minor_units,)
    label = "deposit"
    direction = 1

    amount: int
    currency: str
    description: str


@final
class MoneyWithdrawn(Movement, frozen=True, gc=False):
    schema_version = 2
    upcasters = (count_amount_in_minor_units,)
    label = "withdrawal"
    direction = -1

    amount: int
    currency: str
    description: str


@final
class TransferSent(Movement, frozen=True, gc=False):
    label = "transfer"
    direction = -1
    between_accounts = True

    transfer_id: str
    to_account: str
    amount: int
    currency: str
    description: str

    @property
    def what(self) -> str:
        return f"transfer to {self.to_account}"

    @property
    def counterparty(self) -> str:
        return self.to_account


@final
class TransferReceived(Movement, frozen=True, gc=False):
    label = "transfer"
    direction = 1
    between_accounts = True

    transfer_id: str
    from_account: str
    amount: int
    currency: str
    description: str

    @property
    def what(self) -> str:
        return f"transfer from {self.from_account}"

    @property
    def counterparty(self) -> str:
        return self.from_account


@final
class AccountClosed(Event, frozen=True, gc=False):
    label = "closed"
    text_field = "reason"

    reason: str


AccountEvent = (
    AccountOpened
    | MoneyDeposited
    | MoneyWithdrawn
    | TransferSent
    | TransferReceived
    | AccountClosed
)
"""All of them; mypy holds every place that tells them apart to it."""
