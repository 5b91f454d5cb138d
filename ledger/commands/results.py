"""What commands answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.events import AccountOpened, OpeningAmended
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.eventstore.records import RecordedEvent

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent


class AccountFigures(msgspec.Struct, frozen=True, gc=False):
    """An account right after a command.

    Attributes:
        balance_minor: in minor units of ``currency``, which has so many ``decimals``.
        confirmed_until_us: the latest moment (µs UTC) that a balance was ever confirmed for.
    """

    account_id: str
    balance_minor: int
    currency: str
    version: int
    decimals: int
    confirmed_until_us: int | None = None

    @property
    def balance(self) -> Money:
        """What it holds."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def confirmed_until(self) -> datetime | None:
        """The latest moment that a balance was ever confirmed for (UTC)."""
        return to_datetime(self.confirmed_until_us)


class WriteResult(msgspec.Struct, frozen=True):
    """What a command did.

    Attributes:
        command: its name.
        accounts: the accounts it changed, as they were right after it; of a transfer the sender
            first, of what puts something right the one that it names; none
            for what is about the ledger as a whole.
        recorded: the events, as they are stored.
        produced: the same events as the domain knows them.
        replayed: whether an earlier command with the same idempotency key did it.
    """

    command: str
    accounts: tuple[AccountFigures, ...]
    recorded: tuple[RecordedEvent, ...]
    produced: tuple[Event, ...]
    replayed: bool = False

    @property
    def events(self) -> tuple[LedgerEvent, ...]:
        """What was recorded."""
        units = {each.account_id: (each.currency, each.decimals) for each in self.accounts}
        return tuple(
            _with_unit(recorded, event, *units.get(recorded.stream_id, (None, None)))
            for recorded, event in zip(self.recorded, self.produced, strict=True)
        )

    @property
    def transfer_id(self) -> str | None:
        """The id of the transfer that it made; None where it made none."""
        first: Any = self.produced[0]
        return getattr(first, "transfer_id", None)

    @property
    def account_id(self) -> str:
        """The first of the accounts."""
        return self.accounts[0].account_id

    @property
    def balance(self) -> Money:
        """What the first of the accounts holds."""
        return self.accounts[0].balance

    @property
    def version(self) -> int:
        """The version of the first of the accounts."""
        return self.accounts[0].version


def _with_unit(
    recorded: RecordedEvent, event: Event, currency: str | None, decimals: int | None
) -> LedgerEvent:
    """An event with what its account is kept in after the command, unless it says so itself."""
    from ledger.commands.ledger_events import LedgerEvent  # the command line asks for none

    if isinstance(event, (AccountOpened, OpeningAmended)):
        return LedgerEvent(recorded, event, event.currency, event.decimals)
    return LedgerEvent(recorded, event, *((currency, decimals) if event.amount_fields else ()))


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
            self.events += len(result.recorded)
