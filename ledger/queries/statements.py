"""Statements: what happened to an account in a period, in the order in which it happened."""

from __future__ import annotations

import msgspec

from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.errors import DamagedLedger, InvalidOption, moment, second
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import Head
from ledger.queries.history import HistoryEntry, entries_of
from ledger.queries.source import Point, Source, account_at


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

    Both balances are loaded as any balance is, and the entries are read one by one; the statement
    is only given if the entries lead from one balance to the other.

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
            f"{second(to_time)}",
            advice="give the earlier time first",
            **{"from": format_instant(from_time), "to": format_instant(to_time)},
        )
    store = source.store
    opening_balance, snapshot_version, before = 0, 0, None
    with store.transaction(read_only=True):
        head = store.head()
        closing = account_at(source, account_id, point).account
        # Nothing later than the last version that counts at the end counts anywhere in the period.
        if from_time is not None:
            before = from_time - 1
            opening = source.repository.load_at(
                account_id, to_version=closing.version, as_of=before
            )
            snapshot_version = opening.snapshot_version
            if opening.account.version:
                opening_balance = opening.account.state.balance
        # The opening's snapshot has nothing of the period, so all of that is in later versions.
        events = sorted(
            store.read_stream(
                account_id,
                after_version=snapshot_version,
                to_version=closing.version,
                effective_after=before,
                effective_to=to_time,
            ),
            key=lambda event: (event.effective_at, event.version),
        )
    state = closing.state
    entries = entries_of(((event, decode_event(event)) for event in events), state.balance)
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
