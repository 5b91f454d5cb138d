"""Histories: an account's entries up to a point, in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.commands.repository import LoadedAccount, fold_decoded
from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.receipts import Receipt
from ledger.eventstore.codec import decode_events
from ledger.eventstore.metadata import actor_in
from ledger.eventstore.records import Head
from ledger.projections.projection import DecodedEvent
from ledger.queries.source import Point, Source, check_there, check_version, last_version


class HistoryEntry(msgspec.Struct, frozen=True, gc=False):
    """One event of an account as a line of its history.

    Attributes:
        what: what people call it, with its counterparty.
        amount: signed minor units.
        balance: minor units, after it, in the order that the entries stand in.
        counterparty: the other account of a transfer.
        actor: who recorded it.
        erased: whether its description was.
    """

    version: int
    event_type: str
    what: str
    amount: int
    balance: int
    description: str
    effective_at: int
    recorded_at: int
    counterparty: str | None
    backdated: bool
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]
    actor: str
    erased: bool


class HistoryReport(msgspec.Struct, frozen=True):
    """An account at a point, and the entries that led there.

    Attributes:
        version: of the last event that counts.
        entries: in recorded order; the last ones, where there was a limit.
        omitted: how many earlier entries a limit left out.
        head: the end of the log that all this comes from.
        as_of, known_at: µs UTC; None for *now*.
    """

    account_id: str
    state: AccountState
    version: int
    entries: tuple[HistoryEntry, ...]
    omitted: int
    head: Head
    as_of: int | None = None
    known_at: int | None = None
    known_position: int | None = None


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
    return HistoryReport(
        account_id,
        account.state,
        account.version,
        tuple(entries_of(counted, account.state.balance)),
        count - len(counted),
        head,
        *point,
    )


def entries_of(decoded: Iterable[DecodedEvent], final_balance: int) -> list[HistoryEntry]:
    """Entries with running balances, which are counted back from the balance after the last."""
    decoded = list(decoded)
    balance = final_balance - sum(event.signed_amount for _, event in decoded)
    entries = []
    for recorded, event in decoded:
        amount = event.signed_amount
        balance += amount
        entries.append(
            HistoryEntry(
                recorded.version,
                recorded.event_type,
                event.what,
                amount,
                balance,
                event.words,
                recorded.effective_at,
                recorded.recorded_at,
                event.counterparty,
                recorded.backdated,
                getattr(event, "tags", None) or {},
                getattr(event, "receipts", None) or (),
                actor_in(recorded.metadata),
                recorded.erased,
            )
        )
    return entries
