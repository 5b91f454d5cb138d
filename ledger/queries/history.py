"""Histories: an account's entries up to a point, in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ledger.commands.corrected_entries import Elsewhere
from ledger.commands.repository import LoadedAccount, fold_decoded
from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.events import (
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryReversed,
    Movement,
)
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.domain.receipts import Receipt
from ledger.eventstore.codec import decode_events
from ledger.eventstore.metadata import actor_in
from ledger.eventstore.records import Head, RecordedEvent
from ledger.projections.projection import DecodedEvent
from ledger.queries.account_details import AccountDetails, details_of
from ledger.queries.links import Links, amended_version, is_opening
from ledger.queries.source import Point, Source, check_there, check_version, last_version


class HistoryEntry(msgspec.Struct, frozen=True, gc=False):
    """One event of an account as a line of its history.

    What is said of an entry is what stands after its amendments.

    Attributes:
        what: what people call it, with its counterparty.
        amount_minor: signed minor units. Of an amended opening it is what the amendment adds, or
            all of the new initial balance where the account is kept in another unit from then on.
        balance_minor: minor units, after it, in the order that the entries stand in.
        effective_us, recorded_us: µs UTC.
        counterparty: the other account of a transfer.
        actor: who recorded it.
        erased: whether its description was.
        currency, decimals: of its amount and balance.
        event: as it was recorded.
        reverses: the version of the entry that it undoes; so too the others, None where there is
            no such version.
        amended_by: the versions of all its amendments.
        corrects: the version of the entry that it takes the place of.
        withdraws: the version of a confirmation.
        confirmed_minor: the balance that a confirmation says, in minor units.
        corrects_elsewhere: the entry of another account that it takes the place of.
        corrected_elsewhere: the entry of another account that takes its place.
    """

    version: int
    event_type: str
    what: str
    amount_minor: int
    balance_minor: int
    description: str
    effective_us: int
    recorded_us: int
    counterparty: str | None
    backdated: bool
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]
    actor: str
    erased: bool
    currency: str
    decimals: int
    event: Any
    reverses: int | None = None
    reversed_by: int | None = None
    amends: int | None = None
    amended_by: tuple[int, ...] = ()
    corrects: int | None = None
    corrected_by: int | None = None
    withdraws: int | None = None
    withdrawn_by: int | None = None
    confirmed_minor: int | None = None
    corrects_elsewhere: Elsewhere | None = None
    corrected_elsewhere: Elsewhere | None = None

    @property
    def amount(self) -> Money:
        """What it adds, negative for money out; see ``amount_minor``."""
        return Money(self.amount_minor, self.currency, self.decimals)

    @property
    def balance(self) -> Money:
        """What the account held after it, in the order that the entries stand in."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def confirmed(self) -> Money | None:
        """The balance that a confirmation says; None of what is none."""
        if self.confirmed_minor is None:
            return None
        return Money(self.confirmed_minor, self.currency, self.decimals)

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.effective_us)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded_us)


class HistoryReport(msgspec.Struct, frozen=True):
    """An account at a point, and the entries that led there.

    Attributes:
        version: of the last event that counts.
        entries: in recorded order; the last ones, where there was a limit.
        omitted: how many earlier entries a limit left out.
        head: the end of the log that all this comes from.
        as_of_us, known_us: µs UTC; None for *now*.
    """

    account_id: str
    state: AccountDetails
    version: int
    entries: tuple[HistoryEntry, ...]
    omitted: int
    head: Head
    as_of_us: int | None = None
    known_us: int | None = None
    known_position: int | None = None

    @property
    def as_of(self) -> datetime | None:
        """The moment up to which what happened counts (UTC); None for *now*."""
        return to_datetime(self.as_of_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)


def history_of(
    source: Source,
    account_id: str,
    point: Point,
    *,
    at_version: int | None = None,
    limit: int | None = None,
) -> HistoryReport:
    """The entries of an account that count at a point, and its state then.

    Args:
        at_version: count versions up to this one.
        limit: give only the last so many entries; however long the stream is, no more of it is read
            than they need.

    Raises:
        NoSuchAccount: there is none, or there was none then.
        InvalidOption: it has no such version.
    """
    store = source.store

    with store.transaction(read_only=True):
        head = store.head()
        if at_version is not None:
            check_version(source, account_id, at_version)
        to_version = last_version(source, account_id, point, at_version)
        loaded = LoadedAccount(BankAccount(account_id))
        if limit is not None:
            loaded = source.repository.from_snapshot(
                account_id, to_version=to_version, as_of=point.as_of
            )
        account, base = loaded.account, loaded.snapshot_version
        events = store.read_stream(
            account_id, after_version=base, to_version=to_version, effective_to=point.as_of
        )
        counted = list(decode_events(events))
        fold_decoded(account, counted)
        check_there(source, account, point)
        count = base + len(counted)
        missing = 0 if limit is None else min(limit - len(counted), base)
        if missing > 0:
            # All that a snapshot covers counts, so the rest is simply what comes before.
            earlier = store.read_stream(account_id, after_version=base - missing, to_version=base)
            counted = [*decode_events(earlier), *counted]
        if limit is not None:
            counted = counted[max(len(counted) - limit, 0) :]
        links = Links(counted, store, point.as_of)
        beginning = _beginning(source, account, counted, point)
    return HistoryReport(
        account_id,
        details_of(account_id, account.state),
        account.version,
        tuple(_entries_of(counted, account.state, beginning, links)),
        count - len(counted),
        head,
        *point,
    )


class Opening(NamedTuple):
    """An opening's balance in minor units, and what it is counted in."""

    balance: int
    currency: str
    decimals: int


def _beginning(
    source: Source, account: BankAccount, counted: Sequence[DecodedEvent], point: Point
) -> Opening:
    """The opening that stood before the first of some events, which lead to an account."""
    opening = next((each for each in counted if is_opening(each[1])), None)
    state = account.state
    if opening is not None:
        recorded, event = opening
        before = source.repository.load_at(
            account.stream_id, to_version=recorded.version - 1, as_of=point.as_of
        ).account
        if not before.version:
            return Opening(0, event.currency, event.decimals)
        state = before.state
    return Opening(state.initial_balance, state.currency, state.decimals)


def _entries_of(
    events: Sequence[DecodedEvent], final: AccountState, opening: Opening, links: Links
) -> list[HistoryEntry]:
    """Entries with running balances, which are counted back from the balance after the last.

    Args:
        opening: the one that stood before the first of them.
    """
    openings = [opening]
    amounts = []
    for _, event in events:
        amounts.append(event.signed_amount)
        if is_opening(event):
            openings.append(Opening(event.initial_balance, event.currency, event.decimals))
            amounts[-1] = openings[-1].balance - openings[-2].balance
    balance = final.balance - sum(amounts)
    entries = []
    stands = iter(openings)
    opening = next(stands)
    for (recorded, event), amount in zip(events, amounts, strict=True):
        balance += amount
        shown = amount
        if is_opening(event):
            before, opening = opening, next(stands)
            shown = opening.balance if opening[1:] != before[1:] else amount
        entries.append(entry_of(recorded, event, shown, balance, opening, links))
    return entries


def entry_of(
    recorded: RecordedEvent,
    event: Any,
    amount: int,
    balance: int,
    unit: Opening | AccountState,
    links: Links,
) -> HistoryEntry:
    """An event as a line.

    Args:
        amount, balance: minor units.
        unit: has the currency that they are in, and its decimals.
    """
    version = recorded.version
    if version not in links.linked and isinstance(event, Movement):  # nearly all of them
        return HistoryEntry(
            version,
            recorded.event_type,
            event.what,
            amount,
            balance,
            event.words,
            recorded.effective_at,
            recorded.recorded_at,
            event.counterparty,
            recorded.backdated,
            event.tags,
            event.receipts,
            actor_in(recorded.metadata),
            recorded.erased,
            unit.currency,
            unit.decimals,
            event,
        )
    told = links.told(recorded, event)
    kind = type(event)
    return HistoryEntry(
        version,
        recorded.event_type,
        event.what,
        amount,
        balance,
        told.description,
        recorded.effective_at,
        recorded.recorded_at,
        event.counterparty,
        recorded.backdated,
        told.tags,
        told.receipts,
        actor_in(recorded.metadata),
        told.erased,
        unit.currency,
        unit.decimals,
        event,
        event.reverses if kind is EntryReversed else None,
        links.reversed_by.get(version),
        amended_version(event),
        links.amended_by(version),
        links.corrects.get(version),
        links.corrected_by.get(version),
        event.confirms if kind is ConfirmationWithdrawn else None,
        links.withdrawn_by.get(version),
        event.balance if kind is BalanceConfirmed else None,
        links.corrects_elsewhere.get(version),
        links.corrected_elsewhere.get(version),
    )
