"""The projection `account_balances`: what each open account holds."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.events import AccountOpened, Event, signed_amount
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.tables import ProjectionTable


class BalanceRow(msgspec.Struct, gc=False):
    """One open account; the balance is in minor units."""

    account_id: str
    balance: int
    currency: str
    version: int


class AccountBalances:
    """Account → balance. A closed account leaves it."""

    spec: Final = ProjectionTable("account_balances", 1, BalanceRow)

    def fold(
        self, row: BalanceRow | None, event: Event, recorded: RecordedEvent
    ) -> BalanceRow | None:
        if event.direction and row is not None:  # most events are of this kind
            row.balance += signed_amount(event)
            row.version = recorded.version
            return row
        if isinstance(event, AccountOpened):
            return BalanceRow(
                recorded.stream_id, event.initial_balance, event.currency, recorded.version
            )
        if row is None:
            raise ValueError(f"account {recorded.stream_id} is not open")
        return None
