"""The projection `account_balances`: what each account holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import msgspec

from ledger.domain.account import BankAccount
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
    Movement,
    OpeningAmended,
    PersonalDataErased,
)
from ledger.projections.projection import DecodedEvent, Rows, StreamProjection


class BalanceRow(msgspec.Struct, gc=False):
    """One account; balances are in minor units, and ``is_open`` is 1 or 0."""

    account_id: str
    balance: int
    currency: str
    version: int
    decimals: int
    initial_balance: int
    is_open: int


class AccountBalances(StreamProjection[BalanceRow]):
    """Account → balance. A closed account is marked, since it may be opened again."""

    name = "account_balances"
    version = 2
    row = BalanceRow
    bare = True

    def fold_all(self, rows: Rows[BalanceRow], events: Iterable[DecodedEvent]) -> None:
        event: AccountEvent
        for recorded, event in events:
            account_id = recorded.stream_id
            row = rows[account_id]
            if isinstance(event, AccountOpened):
                rows[account_id] = BalanceRow(
                    account_id,
                    event.initial_balance,
                    event.currency,
                    recorded.version,
                    event.decimals,
                    event.initial_balance,
                    1,
                )
                continue
            if row is None:
                if recorded.aggregate_type == BankAccount.aggregate_type:
                    raise ValueError(f"account {account_id} is not open")
                continue
            if isinstance(event, Movement):
                row.balance += event.direction * event.amount
            else:
                _change(row, event)
            row.version = recorded.version

    def expected_row(self, account: BankAccount, events: Iterable[DecodedEvent]) -> BalanceRow:
        state = account.state
        return BalanceRow(
            account.stream_id,
            state.balance,
            state.currency,
            account.version,
            state.decimals,
            state.initial_balance,
            int(state.closed_at is None),
        )


def _change(
    row: BalanceRow,
    event: Change,
) -> None:
    """Fold what does not simply move money."""
    match event:
        case EntryReversed():
            row.balance += event.amount
        case OpeningAmended():
            row.balance += event.initial_balance - row.initial_balance
            row.initial_balance = event.initial_balance
            row.currency, row.decimals = event.currency, event.decimals
        case AccountClosed():
            row.is_open = 0
        case AccountReopened():
            row.is_open = 1
        case (
            EntryAmended()
            | AccountAmended()
            | BalanceConfirmed()
            | ConfirmationWithdrawn()
            | PersonalDataErased()
        ):
            pass
        case _:
            assert_never(event)
