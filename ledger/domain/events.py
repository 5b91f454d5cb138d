"""The events of an account. Amounts are integer minor units.

All that can be said of an event type in general stands in its class: in which direction its amount
goes, what people call it, which text is free, and how its older versions are lifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import msgspec

from ledger.domain.aggregate import Event
from ledger.domain.event_history import (
    add_currency,
    count_amount_in_minor_units,
    count_initial_balance_in_minor_units,
    keep_data,
    pin_decimals,
    rename_name_to_owner,
)
from ledger.domain.receipts import Receipt


class Movement(Event, frozen=True, gc=False):
    """An event that moves an ``amount`` in a ``currency``.

    Attributes:
        direction: 1 into the account, -1 out of it.
        between_accounts: whether it is one side of a transfer.
    """

    text_field = "description"
    amount_fields = ("amount",)
    direction: ClassVar[int]
    between_accounts: ClassVar[bool] = False

    if TYPE_CHECKING:  # a base's fields would come first, and each kind has its own before them

        @property
        def amount(self) -> int: ...
        @property
        def currency(self) -> str: ...
        @property
        def tags(self) -> dict[str, str]: ...
        @property
        def receipts(self) -> tuple[Receipt, ...]: ...

    @property
    def signed_amount(self) -> int:
        return self.direction * self.amount


@final
class AccountOpened(Event, frozen=True, gc=False):
    schema_version = 5
    upcasters = (
        rename_name_to_owner,
        add_currency,
        count_initial_balance_in_minor_units,
        pin_decimals,
    )
    label = "opened"
    text_field = "owner"
    amount_fields = ("initial_balance", "overdraft_limit")
    text_since = 5

    account_id: str
    currency: str
    decimals: int
    initial_balance: int
    overdraft_limit: int = 0
    owner: str = ""

    @property
    def words(self) -> str:
        return ""  # the owner stands above a list, not in it

    @property
    def signed_amount(self) -> int:
        return self.initial_balance


@final
class MoneyDeposited(Movement, frozen=True, gc=False):
    schema_version = 3
    upcasters = (count_amount_in_minor_units, keep_data)
    label = "deposit"
    direction = 1
    text_since = 3

    amount: int
    currency: str
    description: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()


@final
class MoneyWithdrawn(Movement, frozen=True, gc=False):
    schema_version = 3
    upcasters = (count_amount_in_minor_units, keep_data)
    label = "withdrawal"
    direction = -1
    text_since = 3

    amount: int
    currency: str
    description: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()


@final
class TransferSent(Movement, frozen=True, gc=False):
    schema_version = 2
    upcasters = (keep_data,)
    label = "transfer"
    direction = -1
    between_accounts = True
    text_since = 2

    transfer_id: str
    to_account: str
    amount: int
    currency: str
    description: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()

    @property
    def what(self) -> str:
        return f"transfer to {self.to_account}"

    @property
    def counterparty(self) -> str:
        return self.to_account


@final
class TransferReceived(Movement, frozen=True, gc=False):
    schema_version = 2
    upcasters = (keep_data,)
    label = "transfer"
    direction = 1
    between_accounts = True
    text_since = 2

    transfer_id: str
    from_account: str
    amount: int
    currency: str
    description: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()

    @property
    def what(self) -> str:
        return f"transfer from {self.from_account}"

    @property
    def counterparty(self) -> str:
        return self.from_account


@final
class EntryReversed(Event, frozen=True, gc=False):
    """Undoes another entry of the account.

    Attributes:
        reverses: the version of the entry.
        amount: signed minor units: what this event adds, which is minus what the entry added.
        transfer_id: of the transfer that is undone, on both of its sides.
    """

    dated_by_another = True
    label = "reversal"
    text_field = "reason"
    amount_fields = ("amount",)

    reverses: int
    amount: int
    currency: str
    transfer_id: str | None = None
    reason: str = ""

    @property
    def signed_amount(self) -> int:
        return self.amount


@final
class EntryAmended(Event, frozen=True, gc=False):
    """Describes another entry of the account anew; what is None stays as it was.

    Attributes:
        amends: the version of the entry.
        tags, receipts: all that the entry has from now on.
        description: empty for none.
    """

    dated_by_another = True
    label = "amendment"
    text_field = "description"

    amends: int
    tags: dict[str, str] | None = None
    receipts: tuple[Receipt, ...] | None = None
    description: str | None = None


@final
class AccountAmended(Event, frozen=True, gc=False):
    """What is None stays as it was."""

    label = "account amended"
    text_field = "owner"
    amount_fields = ("overdraft_limit",)

    overdraft_limit: int | None = None
    owner: str | None = None

    @property
    def words(self) -> str:
        return ""


@final
class OpeningAmended(Event, frozen=True, gc=False):
    """Takes the place of the opening.

    The owner and the limit are those of the opening before it: they matter to the moments at which
    nothing else of the account is effective, and are otherwise changed by `AccountAmended` alone.

    Attributes:
        opened_at: the effective time (µs UTC) of the opening from now on. The event itself is
            effective at the earlier of this one and the one before it, so that no moment between
            the two still sees the opening as it was.
    """

    dated_by_another = True
    label = "opening amended"
    text_field = "owner"
    amount_fields = ("initial_balance", "overdraft_limit")
    time_fields = ("opened_at",)

    account_id: str
    currency: str
    decimals: int
    initial_balance: int
    opened_at: int
    overdraft_limit: int = 0
    owner: str = ""

    @property
    def words(self) -> str:
        return ""


@final
class BalanceConfirmed(Event, frozen=True, gc=False):
    """Somebody else's books, such as the bank's, say the same.

    Attributes:
        balance: minor units.
        until: the moment (µs UTC) of which they say it.
    """

    label = "confirmation"
    text_field = "source"
    amount_fields = ("balance",)
    time_fields = ("until",)

    balance: int
    currency: str
    until: int
    source: str = ""


@final
class ConfirmationWithdrawn(Event, frozen=True, gc=False):
    """``confirms`` is the version of the confirmation."""

    dated_by_another = True
    label = "confirmation withdrawn"
    text_field = "reason"

    confirms: int
    reason: str = ""


@final
class AccountClosed(Event, frozen=True, gc=False):
    schema_version = 2
    upcasters = (keep_data,)
    label = "closed"
    text_field = "reason"
    text_since = 2

    reason: str = ""


@final
class AccountReopened(Event, frozen=True, gc=False):
    dated_by_another = True
    label = "reopened"
    text_field = "reason"

    reason: str = ""


@final
class PersonalDataErased(Event, frozen=True, gc=False):
    label = "personal data erased"
    text_field = "reason"

    reason: str = ""


TransferSide = TransferSent | TransferReceived
"""An entry that has its counterpart on another account."""

Change = (
    EntryReversed
    | EntryAmended
    | AccountAmended
    | OpeningAmended
    | BalanceConfirmed
    | ConfirmationWithdrawn
    | AccountClosed
    | AccountReopened
    | PersonalDataErased
)
"""What neither opens an account nor simply moves money."""

AccountEvent = AccountOpened | MoneyDeposited | MoneyWithdrawn | TransferSide | Change
"""All of them; mypy holds every place that tells them apart to it."""
