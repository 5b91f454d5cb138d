"""The projection `account_summaries`: one row for every account that ever was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import msgspec

from ledger.domain.account import BankAccount
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
    Movement,
    OpeningAmended,
    PersonalDataErased,
)
from ledger.projections.projection import DecodedEvent, Rows, StreamProjection


class SummaryRow(msgspec.Struct, gc=False):
    """One account; amounts are in minor units, times are effective times in µs UTC."""

    account_id: str
    owner: str
    currency: str
    balance: int
    transaction_count: int
    status: str
    opened_at: int
    last_activity: int
    closed_at: int | None
    decimals: int
    initial_balance: int
    overdraft_limit: int


class AccountSummaries(StreamProjection[SummaryRow]):
    """Account → owner, currency, balance, limit, counts and dates. A closed account stays."""

    name = "account_summaries"
    version = 3
    row = SummaryRow
    bare = True

    def fold_all(self, rows: Rows[SummaryRow], events: Iterable[DecodedEvent]) -> None:
        event: AccountEvent
        for recorded, event in events:
            account_id, effective_at = recorded.stream_id, recorded.effective_at
            row = rows[account_id]
            if type(event) is AccountOpened:
                rows[account_id] = SummaryRow(
                    account_id,
                    event.owner,
                    event.currency,
                    event.initial_balance,
                    0,
                    "active",
                    effective_at,
                    effective_at,
                    None,
                    event.decimals,
                    event.initial_balance,
                    event.overdraft_limit,
                )
                continue
            if row is None:
                if recorded.aggregate_type == BankAccount.aggregate_type:
                    raise ValueError(f"account {account_id} is not open")
                continue
            if isinstance(event, Movement):
                row.balance += event.direction * event.amount
                row.transaction_count += 1
            else:
                _change(row, event, effective_at)
            if effective_at > row.last_activity:
                row.last_activity = effective_at

    def expected_row(self, account: BankAccount, events: Iterable[DecodedEvent]) -> SummaryRow:
        state = account.state
        return SummaryRow(
            account.stream_id,
            state.owner,
            state.currency,
            state.balance,
            state.transaction_count,
            state.status,
            state.opened_at,
            state.last_activity,
            state.closed_at,
            state.decimals,
            state.initial_balance,
            state.overdraft_limit,
        )


def _change(
    row: SummaryRow,
    event: Change,
    effective_at: int,
) -> None:
    """Fold what does not simply move money."""
    match event:
        case EntryReversed():
            row.balance += event.amount
            row.transaction_count -= 1
        case AccountAmended():
            if event.owner is not None:
                row.owner = event.owner
            if event.overdraft_limit is not None:
                row.overdraft_limit = event.overdraft_limit
        case OpeningAmended():
            row.balance += event.initial_balance - row.initial_balance
            row.initial_balance = event.initial_balance
            row.currency, row.decimals = event.currency, event.decimals
            row.opened_at = event.opened_at
            row.last_activity = max(row.last_activity, event.opened_at)
        case AccountClosed():
            row.status, row.closed_at = "closed", effective_at
        case AccountReopened():
            row.status, row.closed_at = "active", None
        case PersonalDataErased():
            row.owner = ERASED
        case EntryAmended() | BalanceConfirmed() | ConfirmationWithdrawn():
            pass
        case _:
            assert_never(event)
