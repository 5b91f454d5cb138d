"""What an account is, and the fold of its events: the only place where state changes.

The fold never refuses: what is recorded has happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from ledger.domain.events import (
    AccountClosed,
    AccountOpened,
    Event,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)

# Raise it whenever the fold or AccountState comes to mean something else: stored snapshots of the
# old fold are then passed over. A test holds a digest of this module's code against it.
FOLD_REVISION: Final = 1


class AccountState(msgspec.Struct, gc=False):
    """What an account is at some point.

    Attributes:
        balance: minor units.
        transaction_count: deposits, withdrawals and transfer sides; not the opening.
        opened_at, last_activity, closed_at: effective times (µs UTC); ``last_activity`` is the
            highest one seen, whatever the order in which events were recorded.
    """

    owner: str
    currency: str
    balance: int
    transaction_count: int
    opened_at: int
    last_activity: int
    closed_at: int | None = None

    @property
    def status(self) -> str:
        return "active" if self.closed_at is None else "closed"


def _fold_opened(_: AccountState | None, event: AccountOpened, effective_at: int) -> AccountState:
    return AccountState(
        event.owner, event.currency, event.initial_balance, 0, effective_at, effective_at
    )


def _fold_credit(
    state: AccountState, event: MoneyDeposited | TransferReceived, effective_at: int
) -> AccountState:
    state.balance += event.amount
    state.transaction_count += 1
    if effective_at > state.last_activity:
        state.last_activity = effective_at
    return state


def _fold_debit(
    state: AccountState, event: MoneyWithdrawn | TransferSent, effective_at: int
) -> AccountState:
    state.balance -= event.amount
    state.transaction_count += 1
    if effective_at > state.last_activity:
        state.last_activity = effective_at
    return state


def _fold_closed(state: AccountState, _: AccountClosed, effective_at: int) -> AccountState:
    state.closed_at = effective_at
    if effective_at > state.last_activity:
        state.last_activity = effective_at
    return state


FOLDS: Final[dict[type[Event], Callable[[Any, Any, int], AccountState]]] = {
    AccountOpened: _fold_opened,
    MoneyDeposited: _fold_credit,
    MoneyWithdrawn: _fold_debit,
    TransferSent: _fold_debit,
    TransferReceived: _fold_credit,
    AccountClosed: _fold_closed,
}
