"""What accounts hold, and what can be said of them in a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.errors import DamagedLedger, InvalidOption
from ledger.eventstore.records import Head
from ledger.eventstore.store import head_at
from ledger.projections.balances import BalanceRow
from ledger.projections.folding import AnyProjection
from ledger.projections.projector import BALANCES, SUMMARIES
from ledger.projections.summaries import SummaryRow
from ledger.queries.account_details import AccountDetails
from ledger.queries.source import NOW, Point, Source, account_at, account_ids

if TYPE_CHECKING:
    from ledger.queries.account_sets import AccountSet
    from ledger.queries.entry_rows import EntryRows


class BalanceReport(msgspec.Struct, frozen=True):
    """What an account held at a point.

    Attributes:
        balance_minor: in minor units of ``currency``, which has so many ``decimals``.
        version: of the account then.
        head: the end of the log that the figures come from.
        as_of_us, known_us: µs UTC; None for *now*.
        known_position: the log up to this position was known then.
    """

    account_id: str
    balance_minor: int
    currency: str
    decimals: int
    version: int
    head: Head
    as_of_us: int | None = None
    known_us: int | None = None
    known_position: int | None = None

    @property
    def balance(self) -> Money:
        """What the account held."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def as_of(self) -> datetime | None:
        """The moment up to which what happened counts (UTC); None for *now*."""
        return to_datetime(self.as_of_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)


class AccountReport(AccountDetails, frozen=True):
    """An account now.

    Attributes:
        head: the end of the log that this comes from.
    """

    head: Head


def balance_of(source: Source, account_id: str, point: Point) -> BalanceReport:
    """What an account holds, or held.

    Raises:
        NoSuchAccount: there is none, or there was none then.
    """
    with source.store.transaction(read_only=True):
        head = source.store.head()
        account = account_at(source, account_id, point).account
    return _report(account, head, point)


def _report(account: BankAccount, head: Head, point: Point) -> BalanceReport:
    state = account.state
    return BalanceReport(
        account.stream_id,
        state.balance,
        state.currency,
        state.decimals,
        account.version,
        head,
        *point,
    )


def balances_of(
    source: Source, point: Point, chosen: Iterable[str] | None = None
) -> list[BalanceReport]:
    """What each account held at a point that was open, by id.

    Args:
        chosen: ids of accounts, of closed ones too, and prefixes. Their order is kept; those below
            a prefix are by id, and each is there once.

    Raises:
        NoSuchAccount: there is none of a name, or there was none then, or none below a prefix.
        ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
    """
    choice = {"": True} if chosen is None else _checked(source, chosen)
    if not any(choice.values()):
        with source.store.transaction(read_only=True):
            return [balance_of(source, account_id, point) for account_id in choice]
    if point == NOW:
        return _now(source, choice)
    from ledger.queries.entry_rows import entry_rows  # the past of all is seldom asked

    with entry_rows(source, point) as entries:
        return _then(source, point, choice, entries)


def _checked(source: Source, chosen: Iterable[str]) -> dict[str, bool]:
    """What is chosen, each once, and whether it is a prefix."""
    from ledger.queries.chosen_accounts import check_each

    return check_each(source, chosen)


def _now(source: Source, choice: Mapping[str, bool]) -> list[BalanceReport]:
    """What accounts hold, from the projection that has them all."""
    store, found = source.store, dict[str, BalanceReport]()
    with store.transaction(read_only=True):
        head = _head_seen_by(source, BALANCES)
        for each, is_prefix in choice.items():
            rows = store.tables.rows(BALANCES.table, None if is_prefix else [each])
            for row in cast(Iterator[BalanceRow], rows):
                if not is_prefix or (row.is_open and row.account_id.startswith(each)):
                    found[row.account_id] = BalanceReport(
                        row.account_id,
                        row.balance,
                        row.currency,
                        row.decimals,
                        row.version,
                        head,
                    )
    return list(found.values())


def _then(
    source: Source, point: Point, choice: Mapping[str, bool], entries: EntryRows
) -> list[BalanceReport]:
    """What accounts held: those below a prefix by their entries, and others one by one."""
    from ledger.queries.entry_rows import balances_at

    fixed = point._replace(known_position=entries.position)
    found = dict[str, BalanceReport]()
    for each, is_prefix in choice.items():
        if is_prefix:
            for held in balances_at(entries, point.as_of, each):
                found[held.account_id] = BalanceReport(*held, entries.head, *point)
        elif each not in found:
            account = account_at(source, each, fixed).account
            found[each] = _report(account, entries.head, point)
    return list(found.values())


def accounts_with_status(source: Source, status: str, prefix: str = "") -> list[AccountReport]:
    """The summaries of all accounts of a status (``active``, ``closed`` or ``all``), by id.

    Args:
        prefix: only the account of that id, or where there is none, those whose ids start so.

    Raises:
        InvalidOption: there is no such status.
        NoSuchAccount: there are accounts, and none of any status starts with the prefix.
        ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
    """
    if status not in ("active", "closed", "all"):
        raise InvalidOption(f"{status!a} is not a status", advice="use active, closed or all")
    with source.store.transaction(read_only=True):
        head = _head_seen_by(source, SUMMARIES)
        chosen = _chosen(source, prefix)
        found = [
            AccountReport(
                row.account_id,
                row.owner,
                row.currency,
                row.decimals,
                row.balance,
                row.transaction_count,
                row.opened_at,
                row.last_activity,
                row.closed_at,
                row.initial_balance,
                row.overdraft_limit,
                head,
            )
            for row in cast(Iterator[SummaryRow], source.store.tables.rows(SUMMARIES.table))
            if status in ("all", row.status) and (chosen is None or chosen.has(row.account_id))
        ]
        if prefix and not found and account_ids(source):
            from ledger.queries.chosen_accounts import check_prefix

            check_prefix(source, prefix)
        return found


def _chosen(source: Source, prefix: str) -> AccountSet | None:
    """Which accounts are asked about; None for all, so that most commands import no more for it."""
    if not prefix:
        return None
    from ledger.queries.account_sets import account_set

    return account_set(source, [prefix], check=False)


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
