"""Statements: what happened to an account in a period, in the order in which it happened."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ledger.commands.repository import LoadedAccount, fold_decoded
from ledger.domain.account_state import AccountState
from ledger.domain.events import (
    AccountClosed,
    AccountReopened,
    BalanceConfirmed,
    EntryReversed,
    Movement,
)
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money, format_minor_units
from ledger.errors import DamagedLedger
from ledger.eventstore.codec import decode_event, decode_events
from ledger.eventstore.records import Head, RecordedEvent
from ledger.projections.projection import DecodedEvent
from ledger.queries.history import HistoryEntry, entry_of
from ledger.queries.links import OPENING, Links
from ledger.queries.source import Point, Source, check_period, check_there, last_version


class Statement(msgspec.Struct, frozen=True):
    """The entries of an account in a period, between the balances before and after it.

    Attributes:
        from_us, to_us: the period (µs UTC), both ends included; None where it has no such end.
        known_us: only what was known by then (µs UTC) counts, which is the log up to
            ``known_position``; None for all.
        opening_balance_minor: minor units, before the period; 0 where the account was not open yet.
        entries: by effective time, those of one instant by version and confirmations last; their
            balances run in this order.
        total_in_minor, total_out_minor: minor units, neither negative; an initial balance comes in.
        closing_balance_minor: minor units: the opening balance and ``total_in_minor`` less
            ``total_out_minor``.
        head: the end of the log that all this comes from.
        left_out: how many entries were left out, each together with its reversal of the same
            moment; nothing else counts them.
        closed_us: µs UTC, since when the account was closed at the end of the period; None where it
            was open.
    """

    account_id: str
    owner: str
    currency: str
    decimals: int
    opening_balance_minor: int
    entries: tuple[HistoryEntry, ...]
    total_in_minor: int
    total_out_minor: int
    closing_balance_minor: int
    head: Head
    from_us: int | None = None
    to_us: int | None = None
    known_us: int | None = None
    known_position: int | None = None
    left_out: int = 0
    closed_us: int | None = None

    @property
    def opening_balance(self) -> Money:
        """What the account held before the period."""
        return Money(self.opening_balance_minor, self.currency, self.decimals)

    @property
    def total_in(self) -> Money:
        """What came in."""
        return Money(self.total_in_minor, self.currency, self.decimals)

    @property
    def total_out(self) -> Money:
        """What went out, not negative."""
        return Money(self.total_out_minor, self.currency, self.decimals)

    @property
    def closing_balance(self) -> Money:
        """What the account held at the end of the period."""
        return Money(self.closing_balance_minor, self.currency, self.decimals)

    @property
    def from_time(self) -> datetime | None:
        """The first instant of the period (UTC); None where it has none."""
        return to_datetime(self.from_us)

    @property
    def to_time(self) -> datetime | None:
        """The last instant of the period (UTC); None where it has none."""
        return to_datetime(self.to_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)

    @property
    def closed_at(self) -> datetime | None:
        """Since when the account was closed at the end of the period (UTC); None where open."""
        return to_datetime(self.closed_us)

    @property
    def changed_confirmations(self) -> frozenset[int]:
        """The versions of confirmations that no longer hold: the balance was changed since."""
        opened = next((each.effective_us for each in self.entries if each.version == OPENING), 0)
        return frozenset(
            each.version
            for each in self.entries
            if each.confirmed_minor not in (None, each.balance_minor)
            or (each.confirmed_minor is not None and each.effective_us < opened)
        )


def statement_of(
    source: Source,
    account_id: str,
    point: Point,
    *,
    from_time: int | None = None,
) -> Statement:
    """The statement of an account for a period.

    Its lines are what moved money and stands, the opening as it was last amended, closings, and
    confirmations that stand. Both balances are folded as any balance is, each from its own newest
    snapshot, and the statement is only given if the entries lead from one to the other. The stream
    is read once for all three.

    Args:
        point: at its end: as of the last instant of the period.
        from_time: the first instant of the period (µs UTC); None for as early as there is anything.

    Raises:
        InvalidOption: the period ends before it begins.
        NoSuchAccount: there is none, or there was none at the end of the period.
        DamagedLedger: the entries do not lead from one balance to the other.
    """
    to_time = point.as_of
    check_period(from_time, to_time)
    store, repository = source.store, source.repository

    def read(after_version: int) -> list[DecodedEvent]:
        stream = store.read_stream(
            account_id,
            after_version=after_version,
            to_version=to_version,
            effective_to=to_time,
        )
        return list(decode_events(stream))

    opening: LoadedAccount | None = None
    opening_balance, covered = 0, 0
    opened: RecordedEvent | None = None
    with store.transaction(read_only=True):
        head = store.head()
        to_version = last_version(source, account_id, point)
        closing = repository.from_snapshot(account_id, to_version=to_version, as_of=to_time)
        if from_time is not None:
            opening = repository.from_snapshot(
                account_id, to_version=to_version, as_of=from_time - 1
            )
            # That snapshot has nothing of the period, so all of it is in later versions.
            covered = min(opening.snapshot_version, closing.snapshot_version)
        events = read(covered)
        _fold_on(closing, events)
        check_there(source, closing.account, point)
        state = closing.account.state
        if opening is not None and from_time is not None and state.opened_at < from_time:
            _fold_on(opening, [each for each in events if each[0].effective_at < from_time])
            opening_balance = opening.account.state.balance
            events = [each for each in events if each[0].effective_at >= from_time]
        else:
            if covered:  # the opening was moved into the period
                events = read(0)
            opened = next(store.read_stream(account_id, to_version=OPENING))
        links = Links(events, store, to_time)
    kept, left_out = _that_stand(events, links, from_time)
    entries = _lines(kept, links, opening_balance, state, opened)
    total_in = sum(entry.amount_minor for entry in entries if entry.amount_minor > 0)
    total_out = -sum(entry.amount_minor for entry in entries if entry.amount_minor < 0)
    if opening_balance + total_in - total_out != state.balance:
        first, moved, last = (
            format_minor_units(minor_units, state.decimals)
            for minor_units in (opening_balance, total_in - total_out, state.balance)
        )
        raise DamagedLedger(
            f"the entries of account {account_id} come to {moved} {state.currency}, and do not "
            f"lead from its opening balance of {first} to its closing balance of {last}",
            advice="see whether its snapshots agree with a replay from its first event",
            account_id=account_id,
            opening_balance=first,
            closing_balance=last,
            currency=state.currency,
        )
    return Statement(
        account_id,
        state.owner,
        state.currency,
        state.decimals,
        opening_balance,
        tuple(entries),
        total_in,
        total_out,
        state.balance,
        head,
        from_time,
        to_time,
        point.known_at,
        point.known_position,
        left_out,
        state.closed_at,
    )


def _that_stand(
    events: list[DecodedEvent], links: Links, from_time: int | None
) -> tuple[list[DecodedEvent], int]:
    """The events that are lines, but for the opening, and how many entries are left out."""
    moments = {recorded.version: recorded.effective_at for recorded, _ in events}
    kept, undone, left_out = list[DecodedEvent](), set[int](), 0
    closed: RecordedEvent | None = None
    for recorded, event in events:
        version, at = recorded.version, recorded.effective_at
        match event:
            case _ if from_time is not None and at < from_time:
                continue  # of an account that was opened later: nothing of it stands
            case Movement():
                if moments.get(links.reversed_by.get(version, 0)) == at:
                    left_out += 1
                    continue
            case EntryReversed():
                if moments.get(event.reverses) == at:
                    continue
            case BalanceConfirmed():
                if version in links.withdrawn_by:
                    continue
            case AccountClosed():
                closed = recorded
            case AccountReopened():
                if closed is not None and closed.effective_at == at:
                    undone |= {closed.version, version}
            case _:
                continue
        kept.append((recorded, event))
    return [each for each in kept if each[0].version not in undone], left_out


def _lines(
    kept: list[DecodedEvent],
    links: Links,
    balance: int,
    state: AccountState,
    opened: RecordedEvent | None,
) -> list[HistoryEntry]:
    """The lines in their order, after the balance before them.

    Args:
        state: at the end.
        opened: the opening as it was recorded, where it belongs to the period.
    """
    if opened is not None:
        opened = msgspec.structs.replace(opened, effective_at=state.opened_at)
        kept.append((opened, decode_event(opened)))
    lines = []
    for recorded, event in sorted(kept, key=_place):
        amount = state.initial_balance if recorded is opened else event.signed_amount
        balance += amount
        lines.append(entry_of(recorded, event, amount, balance, state, links))
    return lines


def _place(line: DecodedEvent) -> tuple[int, bool, int]:
    """By time; a confirmation is of all that happened by its moment."""
    recorded, event = line
    return recorded.effective_at, type(event) is BalanceConfirmed, recorded.version


def _fold_on(loaded: LoadedAccount, events: list[DecodedEvent]) -> None:
    """Fold into an account what its snapshot does not cover."""
    covered = loaded.snapshot_version
    fold_decoded(loaded.account, [each for each in events if each[0].version > covered])
