"""What an account is, and the fold of its events: the only place where state changes.

The fold never refuses: what is recorded has happened.
"""

from __future__ import annotations

from typing import Final, assert_never

import msgspec

from ledger.domain.aggregate import ERASED
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    Change,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)

# Raise it whenever the fold or AccountState comes to mean something else: stored snapshots of the
# old fold are then ignored. Tests hold a golden state and a digest of this module's code to it.
FOLD_REVISION: Final = 4

# Raise it whenever AccountState comes to mean something else, and add an upcaster to the account:
# where its entries were archived, the state at the end of them is all that is left of it. A golden
# state of each version stays in the tests.
STATE_VERSION: Final = 1


class AccountState(msgspec.Struct, gc=False):
    """What an account is at some point.

    Attributes:
        decimals: of the currency, pinned when the account was opened.
        balance, initial_balance: minor units.
        overdraft_limit: minor units; the balance may be so far below zero.
        transaction_count: deposits, withdrawals and transfer sides that stand; not the opening.
        opened_at, last_activity, closed_at: effective times (µs UTC); ``last_activity`` is the
            highest one seen, whatever the order in which events were recorded.
        confirmed_until: the latest moment (µs UTC) that a balance was ever confirmed for, whether
            or not the confirmation stands.
    """

    owner: str
    currency: str
    decimals: int
    balance: int
    transaction_count: int
    opened_at: int
    last_activity: int
    closed_at: int | None = None
    initial_balance: int = 0
    overdraft_limit: int = 0
    confirmed_until: int | None = None

    @property
    def status(self) -> str:
        return "active" if self.closed_at is None else "closed"


def fold(state: AccountState | None, event: AccountEvent, effective_at: int) -> AccountState:
    """The state after an event; the state before it is changed in place.

    Raises:
        AttributeError: there is no state, and the event is not an opening.
    """
    if state is None:
        return _opened(event, effective_at)
    if type(event) is MoneyDeposited or type(event) is TransferReceived:
        state.balance += event.amount
        state.transaction_count += 1
    elif type(event) is MoneyWithdrawn or type(event) is TransferSent:
        state.balance -= event.amount
        state.transaction_count += 1
    elif type(event) is AccountOpened:
        return _opened(event, effective_at)
    else:
        _change(state, event, effective_at)
    if effective_at > state.last_activity:
        state.last_activity = effective_at
    return state


def _opened(event: AccountEvent, effective_at: int) -> AccountState:
    if type(event) is not AccountOpened and type(event) is not OpeningAmended:
        raise AttributeError(f"{type(event).__name__} comes before the opening")
    opened_at = event.opened_at if type(event) is OpeningAmended else effective_at
    return AccountState(
        event.owner,
        event.currency,
        event.decimals,
        event.initial_balance,
        0,
        opened_at,
        opened_at,
        None,
        event.initial_balance,
        event.overdraft_limit,
    )


def _change(
    state: AccountState,
    event: Change,
    effective_at: int,
) -> None:
    """Fold what does not simply move money."""
    match event:
        case EntryReversed():
            state.balance += event.amount
            state.transaction_count -= 1
        case AccountAmended():
            if event.overdraft_limit is not None:
                state.overdraft_limit = event.overdraft_limit
            if event.owner is not None:
                state.owner = event.owner
        case OpeningAmended():
            state.balance += event.initial_balance - state.initial_balance
            state.initial_balance = event.initial_balance
            state.currency, state.decimals = event.currency, event.decimals
            state.opened_at = event.opened_at
            state.last_activity = max(state.last_activity, event.opened_at)
        case AccountClosed():
            state.closed_at = effective_at
        case AccountReopened():
            state.closed_at = None
        case PersonalDataErased():
            state.owner = ERASED
        case BalanceConfirmed():
            state.confirmed_until = max(event.until, state.confirmed_until or event.until)
        case EntryAmended() | ConfirmationWithdrawn():
            pass
        case _:
            assert_never(event)
