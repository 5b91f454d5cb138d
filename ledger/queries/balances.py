"""What accounts hold, and what can be said of them in a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from ledger.domain.money import Money
from ledger.errors import DamagedLedger
from ledger.eventstore.records import Head
from ledger.eventstore.store import head_at
from ledger.projections.balances import BalanceRow
from ledger.projections.folding import AnyProjection
from ledger.projections.projector import BALANCES, SUMMARIES
from ledger.projections.summaries import SummaryRow
from ledger.queries.source import NOW, Point, Source, account_at


class BalanceReport(msgspec.Struct, frozen=True):
    """What an account held at a point. ``as_of`` and ``known_at`` are None for *now*.

    ``head`` is the end of the log that the figures come from.
    """

    account_id: str
    balance: Money
    version: int
    head: Head
    as_of: int | None = None
    known_at: int | None = None
    known_position: int | None = None


class AccountReport(SummaryRow, gc=False):
    """An account's summary, and the end of the log that it comes from."""

    head: Head


def balance_of(source: Source, account_id: str, point: Point) -> BalanceReport:
    """What an account holds, or held.

    Raises:
        NoSuchAccount: there is none, or there was none then.
    """
    with source.store.transaction(read_only=True):
        head = source.store.head()
        account = account_at(source, account_id, point).account
    state = account.state
    return BalanceReport(
        account_id,
        Money(state.balance, state.currency, state.decimals),
        account.version,
        head,
        *point,
    )


def balances_of_all(source: Source, point: Point) -> list[BalanceReport]:
    """What every account holds or held that is or was open, by id.

    Raises:
        ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
    """
    store = source.store
    if point == NOW:
        with store.transaction(read_only=True):
            head = _head_seen_by(source, BALANCES)
            rows = cast(Iterator[BalanceRow], store.tables.rows(BALANCES.table))
            return [
                BalanceReport(
                    row.account_id,
                    Money(row.balance, row.currency, row.decimals),
                    row.version,
                    head,
                )
                for row in rows
                if row.is_open
            ]
    from ledger.queries.entry_rows import balances_at, entry_rows  # the past of all is seldom asked

    with entry_rows(source, point) as entries:
        return [
            BalanceReport(account_id, Money(*money), version, entries.head, *point)
            for account_id, *money, version in balances_at(entries, point.as_of)
        ]


def accounts_with_status(source: Source, status: str) -> list[AccountReport]:
    """The summaries of all accounts of a status (``active``, ``closed`` or ``all``), by id.

    Raises:
        ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
    """
    with source.store.transaction(read_only=True):
        head = _head_seen_by(source, SUMMARIES)
        return [
            AccountReport(**msgspec.structs.asdict(row), head=head)
            for row in cast(Iterator[SummaryRow], source.store.tables.rows(SUMMARIES.table))
            if status in ("all", row.status)
        ]


def _head_seen_by(source: Source, projection: AnyProjection) -> Head:
    """The end of the log that a projection's figures come from: it may lag."""
    lag, head = source.projector.lag(projection), source.store.head()
    seen = head_at(source.store, head.position - lag) if lag else head
    if seen is None:
        raise DamagedLedger(
            f"the projection {projection.name} has seen {head.position - lag} events, and "
            f"the log has {head.position}: its end was cut off, or the projection changed",
            advice="find out what is wrong with the file",
        )
    return seen
