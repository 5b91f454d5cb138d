"""What commands answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.money import Money
from ledger.eventstore.records import RecordedEvent


class AccountFigures(msgspec.Struct, frozen=True, gc=False):
    """An account right after a command; the balance is in minor units.

    Attributes:
        confirmed_until: the latest moment (µs UTC) that a balance was ever confirmed for.
    """

    account_id: str
    minor_units: int
    currency: str
    version: int
    decimals: int
    confirmed_until: int | None = None

    @property
    def balance(self) -> Money:
        return Money(self.minor_units, self.currency, self.decimals)


class WriteResult(msgspec.Struct, frozen=True):
    """What a command did.

    Attributes:
        command: its name.
        accounts: the accounts it changed, as they were right after it; of a transfer the sender
            first, of what puts something right the one that it names; none
            for what is about the ledger as a whole.
        events: as recorded.
        produced: the same events as the domain knows them.
        replayed: whether an earlier command with the same idempotency key did it.
    """

    command: str
    accounts: tuple[AccountFigures, ...]
    events: tuple[RecordedEvent, ...]
    produced: tuple[Event, ...]
    replayed: bool = False

    @property
    def transfer_id(self) -> str | None:
        """Of a transfer."""
        first: Any = self.produced[0]
        return getattr(first, "transfer_id", None)

    @property
    def account_id(self) -> str:
        return self.accounts[0].account_id

    @property
    def balance(self) -> Money:
        return self.accounts[0].balance

    @property
    def version(self) -> int:
        return self.accounts[0].version


def named_first(command: object, account_ids: Iterable[str]) -> list[str]:
    """Accounts that a command changed, each once: the one that it names before the others."""
    named = getattr(command, "account", "")
    return sorted(dict.fromkeys(account_ids), key=lambda each: each != named)


def figures(account: BankAccount) -> AccountFigures:
    """An account's figures as it is now."""
    state = account.state
    return AccountFigures(
        account.stream_id,
        state.balance,
        state.currency,
        account.version,
        state.decimals,
        state.confirmed_until,
    )


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

    def count(self, result: WriteResult) -> None:
        """Add what a command did."""
        self.commands += 1
        if result.replayed:
            self.replayed += 1
        else:
            self.events += len(result.events)
