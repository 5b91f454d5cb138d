"""What an account is, and the fold of its events: the only place where state changes.

The fold never refuses: what is recorded has happened.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.events import AccountClosed, AccountEvent, AccountOpened

# Raise it whenever the fold or AccountState comes to mean something else: stored snapshots of the
# old fold are then ignored. Tests hold a golden state and a digest of this module's code to it.
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


def fold(state: AccountState | None, event: AccountEvent, effective_at: int) -> AccountState:
    """The state after an event; the state before it is changed in place.

    Raises:
        AttributeError: there is no state, and the event is not an opening.
    """
    if type(event) is AccountOpened:
        return AccountState(
            event.owner, event.currency, event.initial_balance, 0, effective_at, effective_at
        )
    if state is None:
        raise AttributeError(f"{type(event).__name__} comes before the opening")
    if type(event) is AccountClosed:
        state.closed_at = effective_at
    else:  # a movement: mypy finds every event type that has no direction and amount
        state.balance += event.direction * event.amount
        state.transaction_count += 1
    if effective_at > state.last_activity:
        state.last_activity = effective_at
    return state
