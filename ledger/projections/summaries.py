"""The projection `account_summaries`: one line on every account that ever was."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.events import AccountClosed, AccountEvent, AccountOpened
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.tables import ProjectionTable


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


class AccountSummaries:
    """Account → owner, currency, balance, counts and dates. A closed account stays."""

    spec: Final = ProjectionTable("account_summaries", 1, SummaryRow)

    def fold(
        self, row: SummaryRow | None, event: AccountEvent, recorded: RecordedEvent
    ) -> SummaryRow | None:
        effective_at = recorded.effective_at
        if type(event) is AccountOpened:
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
        if type(event) is AccountClosed:
            row.status = "closed"
            row.closed_at = effective_at
        else:
            row.balance += event.direction * event.amount
            row.transaction_count += 1
        if effective_at > row.last_activity:
            row.last_activity = effective_at
        return row
