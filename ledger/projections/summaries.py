"""The projection `account_summaries`: one row for every account that ever was."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountClosed, AccountEvent, AccountOpened
from ledger.projections.projection import DecodedEvent, Rows, StreamProjection


class SummaryRow(msgspec.Struct, gc=False):
    """One account; the balance is in minor units, times are effective times in µs UTC."""

    account_id: str
    owner: str
    currency: str
    balance: int
    transaction_count: int
    status: str
    opened_at: int
    last_activity: int
    closed_at: int | None


class AccountSummaries(StreamProjection[SummaryRow]):
    """Account → owner, currency, balance, counts and dates. A closed account stays."""

    name = "account_summaries"
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
                )
                continue
            if row is None:
                if recorded.aggregate_type == BankAccount.aggregate_type:
                    raise ValueError(f"account {account_id} is not open")
                continue
            if type(event) is AccountClosed:
                row.status = "closed"
                row.closed_at = effective_at
            else:
                row.balance += event.direction * event.amount
                row.transaction_count += 1
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
        )
