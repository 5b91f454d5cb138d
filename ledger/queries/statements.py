"""Statements: what happened to an account in a period, in the order in which it happened."""

from __future__ import annotations

import msgspec

from ledger.commands.repository import LoadedAccount, fold_decoded
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.errors import DamagedLedger, InvalidOption, moment
from ledger.eventstore.codec import decode_events
from ledger.eventstore.records import Head
from ledger.projections.projection import DecodedEvent
from ledger.queries.history import HistoryEntry, entries_of
from ledger.queries.source import Point, Source, check_there, last_version


class Statement(msgspec.Struct, frozen=True):
    """The entries of an account in a period, between the balances before and after it.

    Attributes:
        from_time, to_time: the period (µs UTC), both ends included; None where it has no such end.
        known_at: only what was known by then (µs UTC) counts, which is the log up to
            ``known_position``; None for all.
        opening_balance: minor units, before the period; 0 where the account was not open yet.
        entries: by effective time, those of one instant by version; their balances run in this
            order.
        total_in, total_out: minor units, neither negative; an initial balance comes in.
        closing_balance: minor units: the opening balance and ``total_in`` less ``total_out``.
        head: the end of the log that all this comes from.
    """

    account_id: str
    owner: str
    currency: str
    decimals: int
    opening_balance: int
    entries: tuple[HistoryEntry, ...]
    total_in: int
    total_out: int
    closing_balance: int
    head: Head
    from_time: int | None = None
    to_time: int | None = None
    known_at: int | None = None
    known_position: int | None = None


def statement_of(
    source: Source,
    account_id: str,
    point: Point,
    *,
    from_time: int | None = None,
) -> Statement:
    """The statement of an account for a period.

    Both balances are folded as any balance is, each from its own newest snapshot, and the statement
    is only given if the entries lead from one to the other. The stream is read once for all three.

    Args:
        point: at its end: as of the last instant of the period.
        from_time: the first instant of the period (µs UTC); None for as early as there is anything.

    Raises:
        InvalidOption: the period ends before it begins.
        NoSuchAccount: there is none, or there was none at the end of the period.
        DamagedLedger: the entries do not lead from one balance to the other.
    """
    to_time = point.as_of
    if from_time is not None and to_time is not None and from_time > to_time:
        raise InvalidOption(
            f"the period ends before it begins: {moment(from_time)} is later than "
            f"{moment(to_time)}",
            advice="give the earlier time first",
            **{"from": format_instant(from_time), "to": format_instant(to_time)},
        )
    repository, opening, opening_balance = source.repository, None, 0
    with source.store.transaction(read_only=True):
        head = source.store.head()
        to_version = last_version(source, account_id, point)
        closing = repository.from_snapshot(account_id, to_version=to_version, as_of=to_time)
        covered = 0
        if from_time is not None:
            opening = repository.from_snapshot(
                account_id, to_version=to_version, as_of=from_time - 1
            )
            # That snapshot has nothing of the period, so all of it is in later versions.
            covered = min(opening.snapshot_version, closing.snapshot_version)
        stream = source.store.read_stream(
            account_id, after_version=covered, to_version=to_version, effective_to=to_time
        )
        events = list(decode_events(stream))
        _fold_on(closing, events)
        check_there(source, closing.account, point)
    if opening is not None and from_time is not None:
        early = [each for each in events if each[0].effective_at < from_time]
        events = [each for each in events if each[0].effective_at >= from_time]
        _fold_on(opening, early)
        if opening.account.version:
            opening_balance = opening.account.state.balance
    state = closing.account.state
    events.sort(key=lambda each: each[0].effective_at)  # which leaves those of one instant in order
    entries = entries_of(events, state.balance)
    total_in = sum(entry.amount for entry in entries if entry.amount > 0)
    total_out = -sum(entry.amount for entry in entries if entry.amount < 0)
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
    )


def _fold_on(loaded: LoadedAccount, events: list[DecodedEvent]) -> None:
    """Fold into an account what its snapshot does not cover."""
    covered = loaded.snapshot_version
    fold_decoded(loaded.account, [each for each in events if each[0].version > covered])
