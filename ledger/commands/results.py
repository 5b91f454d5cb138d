"""What commands answer. Amounts are `Money`."""

from __future__ import annotations

import msgspec

from ledger.domain.money import Money
from ledger.errors import LedgerError
from ledger.eventstore.records import RecordedEvent


class AccountFigures(msgspec.Struct, frozen=True):
    """An account right after a command."""

    account_id: str
    balance: Money
    version: int


class WriteResult(msgspec.Struct, frozen=True):
    """What a command did.

    Attributes:
        accounts: the accounts it changed, as they were right after it; of a transfer the sender
            first.
        transfer_id: of a transfer.
        events: as recorded.
        replayed: whether an earlier command with the same idempotency key did it.
    """

    command: str
    accounts: tuple[AccountFigures, ...]
    events: tuple[RecordedEvent, ...]
    transfer_id: str | None = None
    replayed: bool = False

    @property
    def account_id(self) -> str:
        return self.accounts[0].account_id

    @property
    def balance(self) -> Money:
        return self.accounts[0].balance

    @property
    def version(self) -> int:
        return self.accounts[0].version


class BatchReport(msgspec.Struct):
    """What a batch did.

    Attributes:
        commands: how many were carried out.
        replayed: how many of those had been done before under their key.
        events: how many were recorded.
        refused: how many lines were not carried out.
    """

    commands: int = 0
    replayed: int = 0
    events: int = 0
    refused: int = 0

    def count(self, outcome: WriteResult | LedgerError) -> None:
        """Add what became of one line."""
        if isinstance(outcome, LedgerError):
            self.refused += 1
            return
        self.commands += 1
        if outcome.replayed:
            self.replayed += 1
        else:
            self.events += len(outcome.events)
