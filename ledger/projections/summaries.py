"""The projection `account_summaries`: one row for every account that ever was."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountOpened, Event, signed_amount
from ledger.eventstore.records import RecordedEvent
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

    def fold_all(self, rows: Rows[SummaryRow], events: Iterable[DecodedEvent]) -> None:
        for recorded, event in events:
            row = rows[recorded.stream_id]
            if event.direction and row is not None:  # most events are of this kind
                row.balance += signed_amount(event)
                row.transaction_count += 1
                effective_at = recorded.effective_at
                if effective_at > row.last_activity:
                    row.last_activity = effective_at
            else:
                rows[recorded.stream_id] = self.fold_row(row, event, recorded)

    def fold_row(
        self, row: SummaryRow | None, event: Event, recorded: RecordedEvent
    ) -> SummaryRow | None:
        effective_at = recorded.effective_at
        if isinstance(event, AccountOpened):
            return SummaryRow(
                recorded.stream_id,
                event.owner,
                event.currency,
                event.initial_balance,
                0,
                "active",
                effective_at,
                effective_at,
                None,
            )
        if row is None:
            raise ValueError(f"account {recorded.stream_id} is not open")
        row.status = "closed"
        row.closed_at = effective_at
        row.last_activity = max(row.last_activity, effective_at)
        return row

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
