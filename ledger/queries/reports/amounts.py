"""What a report adds up, asked of the table of entries."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ledger.domain.instant import EARLIEST, LATEST
from ledger.errors import DamagedLedger
from ledger.queries.account_sets import AccountSet
from ledger.queries.checked_sums import do_not_add_up
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.exact_sums import sum_of, total
from ledger.queries.reports.groupings import ACCOUNT, Grouping, Parts, label
from ledger.times.book_zone import BookZone

_SUMS: Final = 4

Currency = tuple[str, int]
"""A currency and its decimals, which are never added up with another's."""
Path = tuple[str | None, ...]
"""What a group is called, by grouping; None for entries without the tag."""


class Amounts:
    """What the entries of a group add up to, in signed minor units."""

    __slots__ = ("came_in", "entries", "initial", "transfers", "went_out")

    def __init__(
        self,
        entries: int = 0,
        initial: int = 0,
        came_in: int = 0,
        went_out: int = 0,
        transfers: int = 0,
    ) -> None:
        self.initial = initial
        self.came_in = came_in
        self.went_out = went_out
        self.transfers = transfers
        self.entries = entries

    def add(self, other: Amounts) -> None:
        self.initial += other.initial
        self.came_in += other.came_in
        self.went_out += other.went_out
        self.transfers += other.transfers
        self.entries += other.entries

    @property
    def net(self) -> int:
        """By how much they change what is held."""
        return self.initial + self.came_in + self.went_out + self.transfers


class Summed(NamedTuple):
    """All that a report adds up.

    Attributes:
        cells: by currency, the smallest groups.
        first, last: the instants (µs UTC) of the first and the last one that counts; None for none.
        left_out: how many entries are left out, each together with its reversal.
    """

    cells: dict[Currency, dict[Path, Amounts]]
    first: int | None
    last: int | None
    left_out: int


class Asked(NamedTuple):
    """What is to be added up: the entries of some accounts in a period, both ends included."""

    accounts: AccountSet
    by: tuple[Grouping, ...]
    first: int | None
    last: int | None


def summed(entries: EntryRows, asked: Asked, zone: BookZone, *, wide: bool) -> Summed:
    """Add the entries up.

    By account, an opening counts though it moves no money, so that the account is seen.

    Args:
        wide: whether a sum may be beyond 64 bits.

    Raises:
        DamagedLedger: an entry is kept under a day that is not its own.
    """
    parts = Parts.for_groupings(asked.by)
    sql, bindings = _query(entries, asked, parts, wide)
    cells: dict[Currency, dict[Path, Amounts]] = {}
    ends: list[int] = []
    for row in entries.ask(sql, bindings):
        *keys, currency, decimals, count, first, last = row[: -2 * _SUMS]
        part = keys.pop(0) if parts else ""
        if parts:
            _check_days(entries, zone, parts, part, first, last)
            ends += [first, last]
        path = tuple(label(each.name, part) if each.is_period else keys.pop(0) for each in asked.by)
        amounts = Amounts(count, *_sums(row))
        group = cells.setdefault((currency, decimals), {})
        if path in group:
            group[path].add(amounts)
        else:
            group[path] = amounts
    first, last = min(ends, default=None), max(ends, default=None)
    return Summed(cells, first, last, _left_out(entries, asked))


def _sums(row: tuple[Any, ...]) -> list[int]:
    """Initial balances, what came in, what went out, and transfers within the set."""
    halves = row[-2 * _SUMS :]
    return [total(*halves[n : n + 2]) for n in range(0, 2 * _SUMS, 2)]


def _left_out(entries: EntryRows, asked: Asked) -> int:
    when, moments = _when(entries, asked.first, asked.last)
    among, ids = asked.accounts.condition("account_id")
    ((count,),) = entries.ask(
        f"SELECT count(*) FROM {TABLE} "
        f"WHERE {KNOWN} AND undone = 1 AND reverses IS NULL{when} AND {among}",
        (*entries.known, *moments, *ids),
    )
    return int(count)


def net_by_account(entries: EntryRows, asked: Asked, *, wide: bool) -> dict[str, int]:
    """By how much each account changed in the period, in minor units."""
    by_account = asked._replace(by=(Grouping(ACCOUNT),))
    sql, bindings = _query(entries, by_account, None, wide)
    net: dict[str, int] = {}
    for row in entries.ask(sql, bindings):
        net[row[0]] = net.get(row[0], 0) + sum(_sums(row))
    return net


def currencies_of(entries: EntryRows, asked: Asked) -> list[Currency]:
    """Those of all accounts that were opened by the end of the period."""
    among, ids = asked.accounts.condition("account_id")
    last = LATEST if asked.last is None else asked.last
    rows = entries.ask(
        f"SELECT DISTINCT currency, decimals FROM {TABLE} "
        f"WHERE {KNOWN} AND version = 1 AND effective_at <= ? AND {among}",
        (*entries.known, last, *ids),
    )
    return [(currency, decimals) for currency, decimals in rows]


def _query(
    entries: EntryRows, asked: Asked, parts: Parts | None, wide: bool
) -> tuple[str, list[str | int | None]]:
    keys, bindings = list[str](), list[str | int | None]()
    counted = "(is_entry = 1 OR version = 1)" if Grouping(ACCOUNT) in asked.by else "+is_entry = 1"
    if parts:
        keys.append(f"substr(day, 1, {parts.length})")
    for each in asked.by:
        if each.tag is not None:
            keys.append("tags ->> ?")
            bindings.append(each.tag)
        elif each.name == ACCOUNT:
            keys.append("account_id")
    within, ids = asked.accounts.condition("counterparty")
    among, own_ids = asked.accounts.condition("account_id")
    when, moments = _when(entries, asked.first, asked.last)
    moved = f"version > 1 AND NOT coalesce({within}, FALSE)" if ids else "counterparty IS NULL"
    sums = ", ".join(
        sum_of(f"CASE WHEN {kind} THEN amount ELSE 0 END", wide=wide)
        for kind in (
            "version = 1",
            f"amount > 0 AND version > 1 AND {moved}",
            f"amount < 0 AND {moved}",
            within,
        )
    )
    twice = 2 if wide else 1
    groups = "".join(f"{key}, " for key in keys)
    places = "".join(f"{place}, " for place in range(1, len(keys) + 1))
    ends = "min(effective_at), max(effective_at)" if parts else "NULL, NULL"
    sql = f"""
        SELECT {groups}currency, decimals, sum(is_entry), {ends}, {sums}
        FROM {TABLE}
        WHERE {KNOWN} AND undone = 0 AND {counted}{when} AND {among}
        GROUP BY {places}currency, decimals
    """
    return sql, [*bindings, *ids * (3 * twice), *entries.known, *moments, *own_ids]


def _when(entries: EntryRows, first: int | None, last: int | None) -> tuple[str, tuple[int, ...]]:
    """SQL that keeps to the period.

    By an index it is faster only where the period is a small part of the whole, since every row
    has to be fetched then: a plus before the column keeps a database from using it.
    """
    if first is None and last is None:
        return "", ()
    bounds = EARLIEST if first is None else first, LATEST if last is None else last
    ((within, everything),) = entries.ask(
        f"SELECT (SELECT count(*) FROM {TABLE} WHERE effective_at >= ? AND effective_at <= ?), "
        f"(SELECT count(*) FROM {TABLE})",
        bounds,
    )
    column = "effective_at" if within * 20 < everything else "+effective_at"
    return f" AND {column} >= ? AND {column} <= ?", bounds


def _check_days(
    entries: EntryRows, zone: BookZone, parts: Parts, part: str, first: int, last: int
) -> None:
    """See that the entries of a part of time happened in it."""
    try:
        days = parts.days(part)
        begin, end = zone.day_start(days[0]), zone.day_end(days[1])
    except ValueError:
        begin, end = 1, 0
    if begin <= first and last <= end:
        return
    found = entries.ask(
        f"SELECT account_id FROM {TABLE} WHERE {KNOWN} AND substr(day, 1, {parts.length}) = ? "
        "AND NOT (effective_at >= ? AND effective_at <= ?) ORDER BY account_id LIMIT 1",
        (*entries.known, part, begin, end),
    )
    raise _on_another_day(found[0][0] if found else "")


def _on_another_day(account_id: str) -> DamagedLedger:
    error = do_not_add_up(account_id)
    error.message = f"an entry of account {account_id} is kept under a day that is not its own"
    return error
