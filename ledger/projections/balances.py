"""The projection `account_balances`: what each open account holds."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.events import AccountClosed, AccountEvent, AccountOpened
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
        self, row: BalanceRow | None, event: AccountEvent, recorded: RecordedEvent
    ) -> BalanceRow | None:
        if type(event) is AccountOpened:
            return BalanceRow(
                recorded.stream_id, event.initial_balance, event.currency, recorded.version
            )
        if row is None:
            raise ValueError(f"account {recorded.stream_id} is not open")
        if type(event) is AccountClosed:
            return None
        row.balance += event.direction * event.amount
        row.version = recorded.version
        return row
