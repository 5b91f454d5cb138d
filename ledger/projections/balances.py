"""The projection `account_balances`: what each open account holds."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.events import AccountOpened, Event, signed_amount
from ledger.eventstore.records import RecordedEvent
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

    def fold_all(self, rows: Rows[BalanceRow], events: Iterable[DecodedEvent]) -> None:
        for recorded, event in events:
            row = rows[recorded.stream_id]
            if event.direction and row is not None:  # most events are of this kind
                row.balance += signed_amount(event)
                row.version = recorded.version
            else:
                rows[recorded.stream_id] = self.fold_row(row, event, recorded)

    def fold_row(
        self, row: BalanceRow | None, event: Event, recorded: RecordedEvent
    ) -> BalanceRow | None:
        if isinstance(event, AccountOpened):
            return BalanceRow(
                recorded.stream_id, event.initial_balance, event.currency, recorded.version
            )
        if row is None:
            raise ValueError(f"account {recorded.stream_id} is not open")
        return None

    def expected_row(
        self, account: BankAccount, events: Iterable[DecodedEvent]
    ) -> BalanceRow | None:
        state = account.state
        if state.closed_at is not None:
            return None
        return BalanceRow(account.stream_id, state.balance, state.currency, account.version)
