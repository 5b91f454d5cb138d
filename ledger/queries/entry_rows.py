"""The rows of the projection `account_entries`, as a question at a point sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from ledger.domain.instant import LATEST
from ledger.errors import DamagedLedger, LockTimeout, StorageFailure
from ledger.eventstore.records import Head
from ledger.eventstore.store import head_at
from ledger.eventstore.tables import TablesInSql
from ledger.projections.apart import folded_apart
from ledger.queries.exact_sums import sum_of, total
from ledger.queries.source import Point, Source

TABLE: Final = "account_entries"
KNOWN: Final = "known_from <= ? AND known_until > ?"
"""What is known at a position, which is bound twice."""


class EntryRows(NamedTuple):
    """The table, and how far it has to be read.

    Whatever is appended meanwhile, a question that asks for what is `KNOWN` at ``position`` sees
    the same rows, so that a long answer can be read page by page with nothing held.

    Attributes:
        tables: where the table is.
        position: what counts was recorded by then.
        head: the end of the log that the answer comes from.
    """

    tables: TablesInSql
    position: int
    head: Head

    @property
    def known(self) -> tuple[int, int]:
        """What is bound to `KNOWN`."""
        return self.position, self.position

    def ask(self, sql: str, bindings: Sequence[str | int | None] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.tables.ask(sql, bindings)


@contextmanager
def entry_rows(source: Source, point: Point, *, write: bool = True) -> Iterator[EntryRows]:
    """The entries as far as they are recorded now, or as they were known at a point.

    The table is caught up first. Where the ledger cannot be written, the log is folded into one
    apart, which is gone with the block.

    Args:
        write: False to leave the ledger as it is, as if it could not be written.

    Raises:
        ProjectionFailed, UnreadableEvent, DamagedLedger: the table cannot be caught up.
    """
    (projection,) = source.projector.on_demand
    with ExitStack() as stack:
        tables = source.store.tables
        kept = isinstance(tables, TablesInSql) and _caught_up(source, write)
        with source.store.transaction(read_only=True):
            seen = source.projector.status(projection).checkpoint if kept else 0
            head = head_at(source.store, seen) if kept else source.store.head()
        if head is None:
            raise DamagedLedger(
                f"the projection {projection.name} has seen more events than the log has",
                advice="make it again from the log",
                projection=projection.name,
            )
        if not kept:
            tables = stack.enter_context(folded_apart(source.store, projection, head.position))
        assert isinstance(tables, TablesInSql)
        known = head.position if point.known_position is None else point.known_position
        yield EntryRows(tables, min(known, head.position), head)


def _caught_up(source: Source, write: bool) -> bool:
    """Catch the table up; False where the ledger cannot be written now, or is not to be."""
    (projection,) = source.projector.on_demand
    status = source.projector.status(projection)
    if not write:
        return not (status.outdated or status.lag or not status.version)
    try:
        if status.outdated:
            source.store.tables.create(projection.table)
        if status.outdated or status.lag or not status.version:
            source.projector.catch_up(projection)
    except (StorageFailure, LockTimeout):
        return False
    return True


_BALANCES: Final = f"""
    SELECT counted.account_id, balance_high, balance_low, currency, decimals, latest, closed
    FROM (
        SELECT account_id, {{balance}},
            max(version) AS latest, max(2 * version + closes) AS closed
        FROM {TABLE}
        WHERE {KNOWN} AND effective_at <= ? {{bounds}}
        GROUP BY account_id
    ) AS counted
    JOIN {TABLE} AS opening
        ON opening.account_id = counted.account_id AND opening.version = 1
            AND {KNOWN} AND +opening.effective_at <= ?
    ORDER BY counted.account_id
"""
"""What an opening says is looked up by its key: asking every row for it takes longer, and so does
the other index, which the sign before the time keeps away."""
_WITHIN: Final = "AND account_id >= ? AND account_id < ?"


class HeldThen(NamedTuple):
    """What an account held at a point, in minor units, and its version then."""

    account_id: str
    balance: int
    currency: str
    decimals: int
    version: int


def balances_at(rows: EntryRows, as_of: int | None, prefix: str = "") -> Iterator[HeldThen]:
    """What each account held that was open, by account.

    Args:
        as_of: µs UTC; None for all that is recorded.
        prefix: only accounts whose ids start with it.
    """
    point = (*rows.known, LATEST if as_of is None else as_of)
    bounds = starting_with(prefix) if prefix else ()
    within = _WITHIN if prefix else ""
    bindings = (*point, *bounds, *point)
    try:
        found = rows.ask(_balances(within, wide=False), bindings)
    except DamagedLedger:  # as which it is told that a sum is beyond 64 bits
        found = rows.ask(_balances(within, wide=True), bindings)
    for account_id, high, low, *held, closed in found:
        if not (closed or 0) % 2:
            yield HeldThen(account_id, total(high, low), *held)


def _balances(within: str, *, wide: bool) -> str:
    """The query of `balances_at`.

    Args:
        wide: entries of one moment may be added in an order in which a balance that is near 2**63
            is beyond it on the way.
    """
    return _BALANCES.format(balance=sum_of("amount", wide=wide, name="balance"), bounds=within)


def starting_with(prefix: str) -> tuple[str, str]:
    """The bounds of the account ids that start with a prefix: the first, and one after the last."""
    return prefix, f"{prefix}\U0010ffff"
