"""Events as they are understood today, with amounts and times that people use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.events import OpeningAmended
from ledger.domain.instant import to_datetime
from ledger.domain.money import MAX_MINOR_UNITS, Money
from ledger.eventstore.metadata import actor_in, parse_object
from ledger.eventstore.records import RecordedEvent


class LedgerEvent(msgspec.Struct, frozen=True, gc=False):
    """An event of the log, lifted to its type's current version.

    Attributes:
        recorded: the event as it is stored, byte for byte, with integer times.
        event: what happened, as one of the types in `ledger.events`. Its own amounts are minor
            units and its times µs UTC; `amount` and `amounts` have them as `Money`.
        currency, decimals: of its amounts, as its account was kept when it was recorded; None where
            it has no amounts.
    """

    recorded: RecordedEvent
    event: Any
    currency: str | None = None
    decimals: int | None = None

    @property
    def position(self) -> int:
        """Its 1-based, gapless place in the whole log."""
        return self.recorded.position

    @property
    def event_id(self) -> str:
        """Its UUID, which is made of its hash."""
        return self.recorded.event_id

    @property
    def event_type(self) -> str:
        """The name of its type, such as ``MoneyDeposited``."""
        return self.recorded.event_type

    @property
    def stream_id(self) -> str:
        """The stream that it is in: an account's id, or that of the book."""
        return self.recorded.stream_id

    @property
    def account_id(self) -> str | None:
        """The account that it is an event of; None for one of the book."""
        recorded = self.recorded
        is_account = recorded.aggregate_type == BankAccount.aggregate_type
        return recorded.stream_id if is_account else None

    @property
    def version(self) -> int:
        """Its 1-based place in its stream."""
        return self.recorded.version

    @property
    def effective_us(self) -> int:
        """When it happened, in µs UTC."""
        return self.recorded.effective_at

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.recorded.effective_at)

    @property
    def recorded_us(self) -> int:
        """When it was recorded, in µs UTC."""
        return self.recorded.recorded_at

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded.recorded_at)

    @property
    def actor(self) -> str:
        """Who gave the command, as it said; empty where that cannot be read."""
        return actor_in(self.recorded.metadata)

    @property
    def metadata(self) -> dict[str, Any]:
        """The actor, the command, its run, and the other things noted with it."""
        return parse_object(self.recorded.metadata)

    @property
    def hash(self) -> bytes:
        """Its link of the hash chain: 32 bytes."""
        return self.recorded.hash

    @property
    def erased(self) -> bool:
        """Whether its free text was erased."""
        return self.recorded.erased

    @property
    def amount(self) -> Money | None:
        """What it adds to the balance, negative for money out; None where it moves no money.

        What an amended opening adds depends on the one before it, and is not said here.
        """
        event = self.event
        if self.currency is None or self.decimals is None or isinstance(event, OpeningAmended):
            return None
        moved = event.signed_amount
        if not moved and "amount" not in event.amount_fields:
            return None
        return Money(moved, self.currency, self.decimals)

    @property
    def amounts(self) -> dict[str, Money | None]:
        """The amounts that it holds, by field; None for what it leaves as it was, and for an
        overdraft limit without end."""
        currency, decimals = self.currency, self.decimals
        if currency is None or decimals is None:
            return {}
        held = {field: getattr(self.event, field) for field in self.event.amount_fields}
        return {
            field: None
            if value is None or (field == "overdraft_limit" and value == MAX_MINOR_UNITS)
            else Money(value, currency, decimals)
            for field, value in held.items()
        }
