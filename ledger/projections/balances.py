"""The projection `account_balances`: what each open account holds."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountClosed, AccountEvent, AccountOpened
from ledger.projections.projection import DecodedEvent, Rows, StreamProjection


class BalanceRow(msgspec.Struct, gc=False):
    """One open account; the balance is in minor units."""

    account_id: str
    balance: int
    currency: str
    version: int


class AccountBalances(StreamProjection[BalanceRow]):
    """Account → balance. A closed account leaves it."""

    name = "account_balances"
    row = BalanceRow
    bare = True

    def fold_all(self, rows: Rows[BalanceRow], events: Iterable[DecodedEvent]) -> None:
        event: AccountEvent
        for recorded, event in events:
            account_id = recorded.stream_id
            row = rows[account_id]
            if type(event) is AccountOpened:
                rows[account_id] = BalanceRow(
                    account_id, event.initial_balance, event.currency, recorded.version
                )
            elif row is None:
                if recorded.aggregate_type == BankAccount.aggregate_type:
                    raise ValueError(f"account {account_id} is not open")
            elif type(event) is AccountClosed:
                del rows[account_id]
            else:
                row.balance += event.direction * event.amount
                row.version = recorded.version

    def expected_row(
        self, account: BankAccount, events: Iterable[DecodedEvent]
    ) -> BalanceRow | None:
        state = account.state
        if state.closed_at is not None:
            return None
        return BalanceRow(account.stream_id, state.balance, state.currency, account.version)
