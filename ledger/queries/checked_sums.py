"""What accounts held, summed up from the table of entries and checked against the fold.

The table is made for speed, so no figure from it is shown unchecked. What the entries of each
account add up to by now is compared with its balance, which every command folds on its own; where
that was put off, what the balances have not seen is folded here, and forgotten again. For a
moment of the past, accounts are folded from the log: all where they are few, else those that held
the most. The first costs one look at each account, the second one look at each of a few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from ledger.domain.book import BOOK_STREAM
from ledger.domain.instant import LATEST
from ledger.domain.money import MAX_MINOR_UNITS
from ledger.errors import DamagedLedger
from ledger.projections.balances import BalanceRow
from ledger.projections.folding import decoded, fold_into
from ledger.projections.projection import Rows
from ledger.projections.projector import BALANCES, CATCH_UP_BATCH
from ledger.queries.account_sets import AccountSet
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.exact_sums import sum_of, total
from ledger.queries.folded_balances import FOLDED, Moment, folded_balances
from ledger.queries.source import Source

_ROWS_OF_AN_EVENT: Final = 3
"""At most: its own, and those of an entry and its reversal that it amends."""


class Held(NamedTuple):
    """What an account held before and at the end of a period, in minor units of one currency.

    An account has a second currency only where its opening was amended after entries were reversed.
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
    seen = entries.head.position
    balances, since = _balances_now(source, entries, accounts)
    wide = _is_wide(entries)
    moments: list[tuple[str, tuple[int, ...]]] = [(KNOWN, (seen, seen))]
    if last is not None or entries.position != seen:
        until = LATEST if last is None else last
        moments.append((f"{KNOWN} AND effective_at <= ?", (*entries.known, until)))
    if first is not None:
        moments.append((f"{KNOWN} AND effective_at < ?", (*entries.known, first)))
    units = _units(entries, accounts)
    held, now = list[Held](), dict[str, int]()
    for account_id, *sums in _summed(entries, accounts, "account_id", moments, wide=wide):
        now[account_id] = sums[0]
        before = sums.pop() if first is not None else 0
        mine = units.get(account_id, ())
        if len(mine) == 1:
            held.append(Held(account_id, *mine[0], before, sums[-1]))
        elif mine:  # its currency was amended: its entries are in that of their time
            alone = AccountSet(ids=(account_id,))
            for whose, currency, decimals, *apart in _summed(
                entries, alone, "account_id, currency, decimals", moments, wide=wide
            ):
                if whose == account_id:
                    before = apart.pop() if first is not None else 0
                    held.append(Held(account_id, currency, decimals, before, apart[-1]))
    for account_id, row in balances.items():
        right = now.get(account_id, 0) == row.balance
        if not right or (row.currency, row.decimals) not in units.get(account_id, ()):
            raise do_not_add_up(account_id)
    for account_id in now.keys() - balances.keys() - since - {BOOK_STREAM}:
        raise do_not_add_up(account_id)  # there is no such account
    _check_past(source, entries, held, first, last)
    return CheckedSums(held, wide)


def do_not_add_up(account_id: str) -> DamagedLedger:
    """The error of a table whose rows of an account are not what the log has."""
    return DamagedLedger(
        f"the entries of account {account_id} do not add up to its balance",
        advice="make the table of entries again from the log",
        account_id=account_id,
        projection=TABLE,
    )


def _summed(
    entries: EntryRows,
    accounts: AccountSet,
    groups: str,
    moments: Sequence[tuple[str, tuple[int, ...]]],
    *,
    wide: bool,
) -> Iterator[tuple[Any, ...]]:
    """The sums of what counts at some moments, each an SQL condition with what is bound to it."""
    among, ids = accounts.condition("account_id")
    sums = ", ".join(
        sum_of(f"CASE WHEN {when} THEN amount ELSE 0 END", wide=wide) for when, _ in moments
    )
    bindings = [value for _, bound in moments for value in bound * (2 if wide else 1)]
    for row in entries.ask(
        f"SELECT {groups}, {sums} FROM {TABLE} WHERE {among} GROUP BY {groups}", (*bindings, *ids)
    ):
        keys, halves = row[: -2 * len(moments)], row[-2 * len(moments) :]
        yield (*keys, *(total(*halves[n : n + 2]) for n in range(0, len(halves), 2)))


def _units(entries: EntryRows, accounts: AccountSet) -> dict[str, list[tuple[str, int]]]:
    """The currencies of each account with their decimals: several only where they were amended."""
    among, ids = accounts.condition("account_id")
    units: dict[str, list[tuple[str, int]]] = {}
    for account_id, *unit in entries.ask(
        f"SELECT account_id, currency, decimals FROM {TABLE} WHERE version = 1 AND {among}", ids
    ):
        mine = units.setdefault(account_id, [])
        if tuple(unit) not in mine:
            mine.append((unit[0], unit[1]))
    return units


def _is_wide(entries: EntryRows) -> bool:
    """Whether there is an amount so large that a sum of all might be beyond 64 bits."""
    most_rows = _ROWS_OF_AN_EVENT * entries.head.position + 1
    limit = MAX_MINOR_UNITS // most_rows
    return bool(
        entries.ask(
            f"SELECT 1 FROM {TABLE} WHERE amount > ? OR amount < ? LIMIT 1", (limit, -limit)
        )
    )


def _balances_now(
    source: Source, entries: EntryRows, accounts: AccountSet
) -> tuple[dict[str, BalanceRow], set[str]]:
    """The balances that the entries must give.

    Those that have seen less than the entries are brought as far here. Accounts to which something
    was appended since the entries were caught up are left out, and given beside them.
    """
    store, until = source.store, entries.head.position
    with store.transaction(read_only=True):
        seen = store.head().position - source.projector.lag(BALANCES)
        since = {
            event.stream_id for event in store.read_all(after_position=until, to_position=seen)
        }
        found = Rows[BalanceRow]()
        for row in cast(Iterator[BalanceRow], store.tables.rows(BALANCES.table)):
            found[row.account_id] = row
        missed = store.read_all(after_position=seen, to_position=until, bare=True)
        while page := decoded(islice(missed, CATCH_UP_BATCH)):
            fold_into(found, BALANCES, page)
    balances = {
        row.account_id: row
        for row in found.values()
        if row is not None and accounts.has(row.account_id) and row.account_id not in since
    }
    return balances, since


def _check_past(
    source: Source, entries: EntryRows, held: Iterable[Held], first: int | None, last: int | None
) -> None:
    moments = []
    if last is not None or entries.position < entries.head.position:
        moments.append((last, "after"))
    if first is not None:
        moments.append((first - 1, "before"))
    found: dict[Moment, int] = {}
    for as_of, side in moments:
        sums: dict[str, int] = {}
        for each in held:
            sums[each.account_id] = sums.get(each.account_id, 0) + getattr(each, side)
        most = sorted(sums, key=lambda account_id: (-abs(sums[account_id]), account_id))[:FOLDED]
        found |= {Moment(account_id, as_of): sums[account_id] for account_id in most}
    folded = folded_balances(source, found, entries.position)
    for moment, held_then in found.items():
        if folded[moment] != held_then:
            raise do_not_add_up(moment.account_id)
