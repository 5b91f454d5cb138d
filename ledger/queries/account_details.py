"""What there is to know of an account at some point, as amounts and times that people use."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ledger.domain.account_state import AccountState
from ledger.domain.instant import to_datetime
from ledger.domain.money import MAX_MINOR_UNITS, Money
from ledger.projections.summaries import SummaryRow


class AccountDetails(msgspec.Struct, frozen=True, gc=False):
    """An account at some point.

    Attributes:
        decimals: of the currency, pinned when the account was opened.
        balance_minor, initial_balance_minor: minor units.
        overdraft_limit_minor: minor units; the balance may be so far below zero.
        transaction_count: deposits, withdrawals and transfer sides that stand; not the opening.
        opened_us, last_activity_us, closed_us: effective times (µs UTC).
    """

    account_id: str
    owner: str
    currency: str
    decimals: int
    balance_minor: int
    transaction_count: int
    opened_us: int
    last_activity_us: int
    closed_us: int | None
    initial_balance_minor: int
    overdraft_limit_minor: int

    @property
    def status(self) -> str:
        """``active`` or ``closed``."""
        return "active" if self.closed_us is None else "closed"

    @property
    def balance(self) -> Money:
        """What it holds."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def initial_balance(self) -> Money:
        """What it was opened with."""
        return Money(self.initial_balance_minor, self.currency, self.decimals)

    @property
    def overdraft_limit(self) -> Money | None:
        """How far below zero the balance may be; None for as far as one likes."""
        if self.overdraft_limit_minor == MAX_MINOR_UNITS:
            return None
        return Money(self.overdraft_limit_minor, self.currency, self.decimals)

    @property
    def opened_at(self) -> datetime:
        """When it was opened (UTC)."""
        return to_datetime(self.opened_us)

    @property
    def last_activity(self) -> datetime:
        """When something last happened to it (UTC)."""
        return to_datetime(self.last_activity_us)

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed (UTC); None while it is open."""
        return to_datetime(self.closed_us)


def details_of(account_id: str, state: AccountState) -> AccountDetails:
    """An account in a state."""
    return AccountDetails(
        account_id,
        state.owner,
        state.currency,
        state.decimals,
        state.balance,
        state.transaction_count,
        state.opened_at,
        state.last_activity,
        state.closed_at,
        state.initial_balance,
        state.overdraft_limit,
    )


def details_in(row: SummaryRow) -> AccountDetails:
    """An account as the summary projection has it."""
    return AccountDetails(
        row.account_id,
        row.owner,
        row.currency,
        row.decimals,
        row.balance,
        row.transaction_count,
        row.opened_at,
        row.last_activity,
        row.closed_at,
        row.initial_balance,
        row.overdraft_limit,
    )
