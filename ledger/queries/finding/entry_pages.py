"""Long answers from `account_entries`, page by page in the order in which the entries happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger.domain.book import BOOK_STREAM
from ledger.domain.instant import EARLIEST, LATEST
from ledger.errors import ErasedMeanwhile
from ledger.eventstore.store import stream_version
from ledger.projections.entries import AccountEntries
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows, starting_with
from ledger.queries.finding.conditions import Condition, Wanted
from ledger.queries.source import Source

PAGE: Final = 5_000
"""Rows of which no more are in memory at a time."""

_FEW: Final = 4 * PAGE
"""Of so many rows each can be looked up by the index, faster than all others are passed over."""

_WORTH_SORTING: Final = 10 * PAGE
"""Rows of which each page is sorted out of the whole table, rather than following the index."""

Key = tuple[int, str, int]
"""Effective time, account and version, by which entries are in order."""

_COLUMNS: Final = (
    "effective_at",
    "account_id",
    "version",
    "position",
    "amount",
    "currency",
    "decimals",
    "undone",
    "event_type",
    "counterparty",
    "description",
    "tags",
    "receipts",
    "actor",
    "recorded_at",
    "backdated",
    "erased",
    "reverses",
    "reversed_by",
)
UNDONE, COUNTERPARTY, DESCRIPTION, REVERSES = map(
    _COLUMNS.index, ("undone", "counterparty", "description", "reverses")
)
"""Where these columns are in a row."""


class EntryPages:
    """The rows that meet the conditions of a question; its text is left to be looked for exactly.

    Args:
        rows: as far as the table is to be read.
    """

    def __init__(self, source: Source, rows: EntryRows, wanted: Wanted) -> None:
        self._source = source
        self._rows = rows
        self._first = EARLIEST if wanted.from_us is None else wanted.from_us
        self._last = LATEST if wanted.point.as_of is None else wanted.point.as_of
        self._accounts = [self._account(each) for each in wanted.accounts]
        self._conditions = wanted.conditions
        self._seen = self._checkpoint()

    def rows(
        self, after: Key | None = None, *, backwards: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of `_COLUMNS`, in order or the other way round.

        Args:
            after: only what comes after it.

        Raises:
            ErasedMeanwhile: the table was emptied since the first page was read.
        """
        scanning = not self._has_few()
        may_be_many = scanning
        while True:
            page = self._page(after, scanning=scanning, backwards=backwards)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1][:3]
            if may_be_many:
                scanning = self._count(after, backwards=backwards) <= _WORTH_SORTING
                may_be_many = False

    def _page(self, after: Key | None, *, scanning: bool, backwards: bool) -> list[tuple[Any, ...]]:
        """The next rows.

        Few rows that meet the conditions are found the fastest by passing over the whole table, or
        over the accounts, and sorting those; many by following the index in their order.
        """
        met = self._met(after, scanning=scanning, backwards=backwards)
        plus, descending = _no_index(scanning), " DESC" if backwards else ""
        sql = (
            f"SELECT {', '.join(_COLUMNS)} FROM {TABLE} WHERE {met.sql} "
            f"ORDER BY {plus}effective_at{descending}, account_id{descending}, version{descending} "
            f"LIMIT {PAGE}"
        )
        with self._source.store.transaction(read_only=True):
            if self._checkpoint() < self._seen:
                raise ErasedMeanwhile(
                    "the entries were made anew while they were read",
                    advice="nothing was lost; ask again",
                )
            return self._rows.ask(sql, met.bindings)

    def _count(self, after: Key, *, backwards: bool) -> int:
        met = self._met(after, scanning=True, backwards=backwards)
        counted = f"SELECT count(*) FROM {TABLE} WHERE {met.sql}"
        ((count,),) = self._rows.ask(counted, met.bindings)
        return int(count)

    def _met(self, after: Key | None, *, scanning: bool, backwards: bool) -> Condition:
        """The condition for the rows after one."""
        plus = _no_index(scanning)
        first, last = self._first, self._last
        if after is not None:
            first, last = (first, after[0]) if backwards else (after[0], last)
        conditions = [
            Condition(KNOWN, self._rows.known),
            Condition(f"{plus}is_entry = 1"),
            Condition(f"{plus}effective_at BETWEEN ? AND ?", (first, last)),
            *self._conditions,
        ]
        if self._accounts:
            conditions.append(_any_of(each[0 if scanning else 1] for each in self._accounts))
        if after is not None:
            beyond = "<" if backwards else ">"
            conditions.append(
                Condition(f"({plus}effective_at, account_id, version) {beyond} (?, ?, ?)", after)
            )
        return Condition(
            " AND ".join(condition.sql for condition in conditions),
            tuple(each for condition in conditions for each in condition.bindings),
        )

    def _has_few(self) -> bool:
        """Whether the period holds so few rows that it is worth following the index."""
        if self._accounts:
            return False
        within = f"SELECT 1 FROM {TABLE} WHERE effective_at BETWEEN ? AND ? LIMIT ?"
        counted = f"SELECT count(*) FROM ({within}) AS some"
        ((count,),) = self._rows.ask(counted, (self._first, self._last, _FEW))
        return int(count) < _FEW

    def _account(self, prefix: str) -> tuple[Condition, Condition]:
        """The condition for an account, or those whose ids start so: for scanning, and for the
        index, which only gives the order where it is not led by the account."""
        if is_account(self._source, prefix):
            return Condition("account_id = ?", (prefix,)), Condition(
                "account_id || '' = ?", (prefix,)
            )
        return (
            Condition("account_id >= ? AND account_id < ?", starting_with(prefix)),
            Condition("substr(account_id, 1, ?) = ?", (len(prefix), prefix)),
        )

    def _checkpoint(self) -> int:
        checkpoint = self._rows.tables.checkpoints().get(AccountEntries.name)
        return 0 if checkpoint is None else checkpoint.position


def _no_index(scanning: bool) -> str:
    """What keeps a column before which it stands from choosing an index."""
    return "+" if scanning else ""


def is_account(source: Source, account_id: str) -> bool:
    """Whether there is an account of exactly that id."""
    return account_id != BOOK_STREAM and stream_version(source.store, account_id) > 0


def _any_of(conditions: Iterator[Condition]) -> Condition:
    listed = list(conditions)
    return Condition(
        f"({' OR '.join(f'({each.sql})' for each in listed)})",
        tuple(binding for each in listed for binding in each.bindings),
    )
