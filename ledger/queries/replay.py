"""Replays: an account folded again from its first event, and whether all agree with the result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ledger.commands.repository import fold
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import stream_version
from ledger.projections.balances import BalanceRow
from ledger.projections.projection import StreamProjection
from ledger.projections.projector import BALANCES, SUMMARIES
from ledger.projections.summaries import SummaryRow
from ledger.queries.account_details import AccountDetails, details_in, details_of
from ledger.queries.source import Source, check_exists, check_there, check_version


class ReplayStep(NamedTuple):
    """One event, and the state before and after it."""

    recorded: RecordedEvent
    event: Event
    before: AccountDetails | None
    after: AccountDetails

    @property
    def version(self) -> int:
        """Of the event."""
        return self.recorded.version

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.recorded.effective_at)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded.recorded_at)

    @property
    def amount(self) -> Money:
        """What it adds to the balance; see ``amount_minor``."""
        return Money(self.amount_minor, self.after.currency, self.after.decimals)

    @property
    def amount_minor(self) -> int:
        """What it adds to the balance, in signed minor units.

        Where the account is kept in another unit from then on, that is the whole balance.
        """
        before, after = self.before, self.after
        if before is None or (before.currency, before.decimals) != (after.currency, after.decimals):
            return after.balance_minor
        return after.balance_minor - before.balance_minor


class Agreement(msgspec.Struct, frozen=True):
    """Whether the ways to a state lead to the same one.

    Attributes:
        fold: from event 1, without a snapshot.
        snapshot: from the newest usable snapshot on; None where there is none.
        snapshot_version: of that snapshot.
        projection: from the summary projection; None where the replay stopped earlier than that is,
            the projection lags, or it does not have the account.
        projected_balance_minor: from the balance projection, in minor units; None likewise, and 0
            for a closed account, which has left it.
        disagreements: what says something else than the fold: ``snapshot``, or the name of a
            projection.
        compared: the names of the projections that were compared with it.
    """

    account_id: str
    version: int
    fold: AccountDetails
    snapshot: AccountDetails | None
    snapshot_version: int | None
    projection: AccountDetails | None
    projected_balance_minor: int | None
    projection_lag: int
    disagreements: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()

    @property
    def projected_balance(self) -> Money | None:
        """What the balance projection has; see ``projected_balance_minor``."""
        held = self.projected_balance_minor
        return None if held is None else Money(held, self.fold.currency, self.fold.decimals)

    @property
    def holds(self) -> bool:
        """Whether they do."""
        return not self.disagreements


def replay(source: Source, account_id: str, to_version: int | None) -> Iterator[ReplayStep]:
    """Fold an account from its event 1, without a snapshot, step by step.

    Raises:
        NoSuchAccount: there is none.
        InvalidOption: it has no such version.
    """
    if to_version is not None:
        check_version(source, account_id, to_version)
    check_exists(source, account_id)
    account = BankAccount(account_id)
    for recorded in source.store.read_stream(account_id, to_version=to_version):
        before = details_of(account_id, account.state) if account.version else None
        fold(account, [recorded])
        after = details_of(account_id, account.state)
        yield ReplayStep(recorded, decode_event(recorded), before, after)


def agreement_on(source: Source, account_id: str, to_version: int | None) -> Agreement:
    """Whether fold, snapshot and projection say the same of an account.

    Raises:
        NoSuchAccount: there is none.
        InvalidOption: it has no such version.
    """
    if to_version is not None:
        check_version(source, account_id, to_version)
    store, repository = source.store, source.repository
    with store.transaction(read_only=True):
        folded = repository.load_at(account_id, to_version=to_version, use_snapshot=False)
        check_there(source, folded.account)
        short = repository.load_at(account_id, to_version=to_version)
        lag, rows, differing = 0, dict[str, msgspec.Struct | None](), list[str]()
        if folded.account.version == stream_version(store, account_id):
            lag = max(source.projector.lag(each) for each in (BALANCES, SUMMARIES))
            for projection in _comparable(source):
                found = _row(source, projection, account_id)
                events = ((each, decode_event(each)) for each in store.read_stream(account_id))
                if found != projection.expected_row(folded.account, events):
                    differing.append(projection.name)
                rows[projection.name] = found
    state = folded.account.state
    if short.snapshot_version and short.account.state != state:
        differing.insert(0, "snapshot")
    summary, balance = rows.get(SUMMARIES.name), rows.get(BALANCES.name)
    projected_balance = balance.balance if isinstance(balance, BalanceRow) else None
    if BALANCES.name in rows and balance is None and state.closed_at is not None:
        projected_balance = 0
    return Agreement(
        account_id,
        folded.account.version,
        details_of(account_id, state),
        details_of(account_id, short.account.state) if short.snapshot_version else None,
        short.snapshot_version or None,
        details_in(summary) if isinstance(summary, SummaryRow) else None,
        projected_balance,
        lag,
        tuple(differing),
        tuple(rows),
    )


def _comparable(source: Source) -> list[StreamProjection[Any]]:
    """The projections with a row for each account that are up to date."""
    return [
        projection
        for projection in source.projector.projections
        if isinstance(projection, StreamProjection)
        and not (status := source.projector.status(projection)).outdated
        and not status.lag
    ]


def _row(source: Source, projection: StreamProjection[Any], account_id: str) -> Any:
    return next(source.store.tables.rows(projection.table, [account_id]), None)
