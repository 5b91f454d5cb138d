"""Long answers from `account_entries`, page by page in the order in which the entries happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger.domain.instant import EARLIEST, LATEST
from ledger.errors import ErasedMeanwhile
from ledger.projections.entries import AccountEntries
from ledger.queries.account_sets import AccountSet
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
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
OTHER_DESCRIPTION: Final = len(_COLUMNS)
"""Where the one is of what a row reverses, or is reversed by; None where there is none such."""

_OTHER: Final = (
    f"FROM {TABLE} AS other WHERE other.account_id = {TABLE}.account_id "
    f"AND other.version = coalesce({TABLE}.reverses, {TABLE}.reversed_by) AND {KNOWN}"
)
"""The other one of an entry and its reversal, found by its key."""


class EntryPages:
    """The rows that meet the conditions of a question; its text is left to be looked for exactly.

    Args:
        rows: as far as the table is to be read.
        accounts: whose entries are wanted.
    """

    def __init__(
        self, source: Source, rows: EntryRows, wanted: Wanted, accounts: AccountSet
    ) -> None:
        self._source = source
        self._rows = rows
        self._first = EARLIEST if wanted.from_us is None else wanted.from_us
        self._last = LATEST if wanted.point.as_of is None else wanted.point.as_of
        self._accounts = accounts
        self._conditions = [*wanted.conditions, *map(self._of_a_pair, wanted.of_a_pair)]
        # Only a text is looked for exactly, so that nothing else needs the other one's.
        self._other = f"(SELECT other.description {_OTHER})" if wanted.needle else "NULL"
        self._known_other = rows.known if wanted.needle else ()
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
            f"SELECT {', '.join(_COLUMNS)}, {self._other} FROM {TABLE} WHERE {met.sql} "
            f"ORDER BY {plus}effective_at{descending}, account_id{descending}, version{descending} "
            f"LIMIT {PAGE}"
        )
        with self._source.store.transaction(read_only=True):
            if self._checkpoint() < self._seen:
                raise ErasedMeanwhile(
                    "the entries were made anew while they were read",
                    advice="nothing was lost; ask again",
                )
            return self._rows.ask(sql, (*self._known_other, *met.bindings))

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
        if not self._accounts.is_all:
            # The index gives the order only where it is not led by the account.
            column = "account_id" if scanning else "(account_id || '')"
            conditions.append(Condition(*self._accounts.condition(column)))
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
        if not self._accounts.is_all:
            return False
        within = f"SELECT 1 FROM {TABLE} WHERE effective_at BETWEEN ? AND ? LIMIT ?"
        counted = f"SELECT count(*) FROM ({within}) AS found"
        ((count,),) = self._rows.ask(counted, (self._first, self._last, _FEW))
        return int(count) < _FEW

    def _of_a_pair(self, condition: Condition) -> Condition:
        """Holds of an entry and its reversal where a condition holds of either."""
        sql, bindings = condition
        return Condition(
            f"({sql} OR coalesce(reverses, reversed_by) IS NOT NULL "
            f"AND EXISTS (SELECT 1 {_OTHER} AND {sql}))",
            (*bindings, *self._rows.known, *bindings),
        )

    def _checkpoint(self) -> int:
        checkpoint = self._rows.tables.checkpoints().get(AccountEntries.name)
        return 0 if checkpoint is None else checkpoint.position


def _no_index(scanning: bool) -> str:
    """What keeps a column before which it stands from choosing an index."""
    return "+" if scanning else ""
