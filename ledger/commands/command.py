"""The five intents, as data: what a person typed or a script piped, before any rule has seen it.

Amounts are mostly still decimal texts, since only the account knows its currency; ``at`` is the
effective time (µs UTC), or None for now.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ledger.domain.money import Money


class Command(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What all commands share."""

    name: ClassVar[str]
    at: int | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of the accounts it changes."""
        raise NotImplementedError(type(self))


class OneAccountCommand(Command, frozen=True, gc=False):
    """A command to a single account."""

    account_id: str

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.account_id,)


class OpenAccount(OneAccountCommand, frozen=True, gc=False):
    name = "open"

    owner: str
    currency: str = "USD"
    initial_balance: str | Money = "0"


class Deposit(OneAccountCommand, frozen=True, gc=False):
    name = "deposit"

    amount: str | Money
    description: str = ""


class Withdraw(OneAccountCommand, frozen=True, gc=False):
    name = "withdraw"

    amount: str | Money
    description: str = ""


class CloseAccount(OneAccountCommand, frozen=True, gc=False):
    name = "close"

    reason: str = ""


class Transfer(Command, frozen=True, gc=False):
    name = "transfer"

    from_account: str
    to_account: str
    amount: str | Money
    description: str = ""

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.from_account, self.to_account)
