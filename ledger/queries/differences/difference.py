"""What two states of knowledge say of accounts, and what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ledger.commands.corrected_entries import Elsewhere
from ledger.commands.ledger_events import LedgerEvent
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.domain.receipts import Receipt
from ledger.eventstore.records import Head
from ledger.queries.differences.known_states import Lock

Side = Literal["from", "to"]
"""The state that has something which the other one does not have."""


class Figure(msgspec.Struct, frozen=True, gc=False):
    """What a state says of an account.

    Attributes:
        balance_minor: in minor units of ``currency``, which has so many ``decimals``.
        version: of the account then.
        status: ``active`` or ``closed``.
    """

    balance_minor: int
    currency: str
    decimals: int
    version: int
    status: str

    @property
    def balance(self) -> Money:
        """What the account held."""
        return Money(self.balance_minor, self.currency, self.decimals)


class Described(msgspec.Struct, frozen=True, gc=False):
    """What was said of an entry before it was amended, or of an opening.

    Attributes:
        amount_minor: signed minor units of ``currency``.
        effective_us: µs UTC.
    """

    amount_minor: int
    currency: str
    decimals: int
    effective_us: int
    description: str
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]


class Change(msgspec.Struct, frozen=True, gc=False):
    """Something that one state knows of an account and the other one does not, or knows otherwise.

    Attributes:
        side: which state has it.
        version, event_type: of the event in its account.
        what: what people call it, with its counterparty.
        effect_minor: what it adds to the figure (signed minor units); where the account is kept in
            another unit from then on, all of the new initial balance.
        amount_minor: the signed amount of the entry, in minor units.
        effective_us, recorded_us: µs UTC; of something amended, when that was recorded last.
        actor: who recorded it; likewise.
        position: where that stands in the log.
        reversed_what, reversed_description: of a reversal, the entry that it reverses, and its
            description; None where that was erased.
        amended_by: the versions of all its amendments, as far as they are known.
        before: how it stood before it was amended; None of what is simply new.
        corrects: the entry that it takes the place of.
        corrected_by: of a reversal, the entry that took the place of what it reverses.
        owner, owner_before: where they are another.
    """

    side: Side
    account_id: str
    version: int
    event_type: str
    what: str
    effect_minor: int
    amount_minor: int
    currency: str
    decimals: int
    description: str
    effective_us: int
    recorded_us: int
    position: int
    actor: str
    counterparty: str | None
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]
    erased: bool
    reverses: int | None = None
    reversed_by: int | None = None
    corrects: Elsewhere | None = None
    corrected_by: Elsewhere | None = None
    amended_by: tuple[int, ...] = ()
    before: Described | None = None
    owner: str | None = None
    owner_before: str | None = None
    reversed_what: str | None = None
    reversed_description: str | None = None

    @property
    def effect(self) -> Money:
        """What it adds to the figure."""
        return Money(self.effect_minor, self.currency, self.decimals)

    @property
    def amount(self) -> Money:
        """The amount of the entry, negative for money out."""
        return Money(self.amount_minor, self.currency, self.decimals)

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.effective_us)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded_us)


class AccountDifference(msgspec.Struct, frozen=True):
    """An account of which two states do not say the same.

    The figures are None where the account was not open yet.

    Attributes:
        before, after: what it held in the one state and in the other.
        common: what it held in the last state that both come from.
    """

    account_id: str
    before: Figure | None
    after: Figure | None
    common: Figure | None
    _changes: Callable[[bool], Iterator[Change]]

    @property
    def difference_minor(self) -> int | None:
        """What the figure became more (minor units); None between different units of money."""
        one, other = self.before, self.after
        if one and other and (one.currency, one.decimals) != (other.currency, other.decimals):
            return None
        return (other.balance_minor if other else 0) - (one.balance_minor if one else 0)

    @property
    def unit(self) -> tuple[str, int]:
        """The currency of the difference, and its decimals."""
        found = self.after or self.before or self.common
        return (found.currency, found.decimals) if found else ("", 0)

    @property
    def entries(self) -> Iterator[Change]:
        """What moves the figure, by when it happened; it adds up to the difference.

        Where each state has something that the other one has not, those of *from* come first; what
        they add is to be taken away.
        """
        return self._changes(True)

    @property
    def others(self) -> Iterator[Change]:
        """What moves no figure: amended texts, tags and receipts, openings, owners and the like."""
        return self._changes(False)


class State(msgspec.Struct, frozen=True):
    """A state of knowledge.

    Attributes:
        head: where the log ended then.
        path: of the other file that it is about; None for this ledger.
        time_us: the moment by which it was named (µs UTC); None where it was named otherwise.
        lock: the lock by which it was named; likewise.
        is_last: whether its ledger has nothing that came later.
    """

    head: Head
    path: str | None = None
    time_us: int | None = None
    lock: Lock | None = None
    is_last: bool = True


class Difference(msgspec.Struct):
    """What two states of knowledge say, and why that differs.

    Attributes:
        before, after: the two states.
        common: the end of what both have; that of the earlier one where the later continues it.
        as_of_us: what happened up to then counts (µs UTC); None for all.
        accounts: those that differ, by id, read one at a time.
        locks: what was locked and unlocked between, with the reasons, and whose it is.
        left_out: how many entries were seen so far that came between the two states and were
            reversed again at their own moment.
    """

    before: State
    after: State
    common: Head
    as_of_us: int | None
    accounts: Iterator[AccountDifference]
    locks: Sequence[tuple[Side, LedgerEvent]] = ()
    left_out: int = 0

    @property
    def as_of(self) -> datetime | None:
        """The moment up to which what happened counts (UTC); None for all."""
        return to_datetime(self.as_of_us)

    @property
    def relation(self) -> Literal["same", "continued", "behind", "apart"]:
        """How the second state follows from the first: it is the same, continues it, lacks its
        end, or went another way."""
        one, other, common = (
            each.position for each in (self.before.head, self.after.head, self.common)
        )
        if common == one:
            return "same" if common == other else "continued"
        return "behind" if common == other else "apart"
