"""What accounts held, summed up from the table of entries and checked against the fold.

The table is made for speed, so no figure from it is shown unchecked. What the entries of each
account add up to by now is compared with its balance, which every command folds on its own. For a
moment of the past, accounts are folded from the log: all where they are few, else those that held
the most. The first costs one look at each account, the second one look at each of a few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, cast

from ledger.domain.money import MAX_MINOR_UNITS
from ledger.errors import DamagedLedger
from ledger.eventstore.store import version_at
from ledger.projections.balances import BalanceRow
from ledger.projections.projector import BALANCES
from ledger.queries.account_sets import AccountSet
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.source import Point, Source, was_there

_FOLDED: Final = 10
"""Accounts that are folded for a moment of the past."""


class Held(NamedTuple):
    """What an account held before and at the end of a period, in minor units of one currency.

    It has a second currency only where its opening was amended to it after entries were reversed.
    """

    account_id: str
    currency: str
    decimals: int
    before: int
    after: int


class CheckedSums(NamedTuple):
    """Sums that agree with the fold.

    Attributes:
        held: by account and currency, for all accounts of the set that are known.
        wide: whether a sum over all of them may be beyond 64 bits.
    """

    held: list[Held]
    wide: bool


def sum_of(expression: str, *, wide: bool = True) -> str:
    """Two columns of a query that are an exact sum, which `total` puts together.

    An integer sum of SQL has 64 bits, and SQLite refuses to go beyond.

    Args:
        wide: whether the sum may be beyond them.
    """
    if not wide:
        return f"0, sum({expression})"
    return f"sum(({expression}) >> 32), sum(({expression}) & 4294967295)"


def total(high: int | None, low: int | None) -> int:
    """The sum from its two columns; 0 for no rows."""
    return ((high or 0) << 32) + (low or 0)


def checked_sums(
    source: Source,
    entries: EntryRows,
    accounts: AccountSet,
    *,
    first: int | None = None,
    last: int | None = None,
) -> CheckedSums:
    """What each account held before and at the end of a period.

    Args:
        first, last: of the period (µs UTC), both included; None where it has no such end.

    Raises:
        DamagedLedger: the entries of an account do not add up to what the fold gives. It names the
            account.
        ProjectionOutdated: there are no balances to compare with; they have to be made again.
    """
    seen, balances = _balances_now(source, entries, accounts)
    moments: list[tuple[str, tuple[Any, ...]]] = [(KNOWN, (seen, seen))]
    if last is not None or entries.position != seen:
        until, bound = ("", ()) if last is None else (" AND effective_at <= ?", (last,))
        moments.append((KNOWN + until, (*entries.known, *bound)))
    if first is not None:
        moments.append((f"{KNOWN} AND effective_at < ?", (*entries.known, first)))
    among, ids = accounts.condition("account_id")
    sums = ", ".join(sum_of(f"CASE WHEN {when} THEN amount ELSE 0 END") for when, _ in moments)
    bindings = [value for _, bound in moments for value in bound * 2]
    largest, rows = 0, 0
    held, now = list[Held](), dict[str, int]()
    for account_id, currency, decimals, most, least, count, *halves in entries.ask(
        f"SELECT account_id, currency, decimals, max(amount), min(amount), count(*), {sums} "
        f"FROM {TABLE} WHERE {among} AND currency <> '' GROUP BY account_id, currency, decimals",
        (*bindings, *ids),
    ):
        totals = [total(*halves[place : place + 2]) for place in range(0, len(halves), 2)]
        now[account_id] = now.get(account_id, 0) + totals[0]
        before = totals.pop() if first is not None else 0
        held.append(Held(account_id, currency, decimals, before, totals[-1]))
        largest, rows = max(largest, most, -least), rows + count
    for account_id, balance in balances.items():
        if now.get(account_id, 0) != balance:
            raise do_not_add_up(account_id)
    _check_past(source, entries, held, first, last)
    return CheckedSums(held, largest * rows > MAX_MINOR_UNITS)


def do_not_add_up(account_id: str) -> DamagedLedger:
    """The error of a table whose rows of an account are not what the log has."""
    return DamagedLedger(
        f"the entries of account {account_id} do not add up to its balance",
        advice="make the table of entries again from the log",
        account_id=account_id,
        projection=TABLE,
    )


def _balances_now(
    source: Source, entries: EntryRows, accounts: AccountSet
) -> tuple[int, dict[str, int]]:
    """The balances that commands keep up, and the position at which the entries must give them.

    Accounts to which something was appended since the entries were caught up are left out.
    """
    store = source.store
    with store.transaction(read_only=True):
        seen = store.head().position - source.projector.lag(BALANCES)
        since = {
            event.stream_id
            for event in store.read_all(after_position=entries.head.position)
            if event.position <= seen
        }
        rows = cast(Iterator[BalanceRow], store.tables.rows(BALANCES.table))
        found = {
            row.account_id: row.balance
            for row in rows
            if accounts.has(row.account_id) and row.account_id not in since
        }
    return min(seen, entries.head.position), found


def _check_past(
    source: Source, entries: EntryRows, held: Iterable[Held], first: int | None, last: int | None
) -> None:
    moments = []
    if last is not None or entries.position < entries.head.position:
        moments.append((last, "after"))
    if first is not None:
        moments.append((first - 1, "before"))
    for as_of, side in moments:
        sums: dict[str, int] = {}
        for each in held:
            sums[each.account_id] = sums.get(each.account_id, 0) + getattr(each, side)
        most = sorted(sums, key=lambda account_id: (-abs(sums[account_id]), account_id))[:_FOLDED]
        for account_id in most:
            if _folded(source, entries, account_id, as_of) != sums[account_id]:
                raise do_not_add_up(account_id)


def _folded(source: Source, entries: EntryRows, account_id: str, as_of: int | None) -> int:
    version = version_at(source.store, account_id, entries.position)
    if not version:
        return 0
    account = source.repository.load_at(account_id, to_version=version, as_of=as_of).account
    return account.state.balance if was_there(account, Point(as_of)) else 0
