"""Questions in SQL, with tables of the past that no view can have: they take two moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from ledger.commands.known import position_known_by
from ledger.domain.aggregate import ERASED
from ledger.domain.instant import LATEST, format_instant
from ledger.domain.money import format_minor_units
from ledger.errors import InvalidQuery, InvalidUsage
from ledger.eventstore.sql_views import AnswersSql, SqlAnswer, SqlFunction, Value
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows, balances_at, entry_rows
from ledger.queries.source import Point, Source

TIMEOUT: Final = 30.0
"""Seconds of work, unless said otherwise."""

_MOMENTS: Final = ("as_of", "known_at")

_BALANCES: Final = ("account", "balance", "currency", "version", "balance_minor", "decimals")
_ENTRIES: Final = (
    "date",
    "account",
    "version",
    "kind",
    "amount",
    "balance",
    "currency",
    "counterparty",
    "description",
    "tags",
    "receipts",
    "actor",
    "reversed",
    "reverses",
    "reversed_by",
    "effective_at",
    "recorded_at",
    "amount_minor",
    "balance_minor",
    "decimals",
    "backdated",
    "erased",
    "position",
)
"""As the view `entries` has them."""

_KINDS: Final = {
    "AccountOpened": "opening",
    "MoneyDeposited": "deposit",
    "MoneyWithdrawn": "withdrawal",
    "EntryReversed": "reversal",
}

_PAGE: Final = 5_000
_ROWS: Final = f"""
    SELECT account_id, effective_at, version, day, event_type, amount, currency, decimals,
        counterparty, description, tags, receipts, actor, undone, reverses, reversed_by,
        recorded_at, backdated, erased, position
    FROM {TABLE}
    WHERE {KNOWN} AND effective_at <= ? AND is_entry = 1
        AND (account_id, effective_at, version) > (?, ?, ?)
    ORDER BY account_id, effective_at, version LIMIT {_PAGE}
"""


def ask_sql(
    source: Source, query: str, timeout: float = TIMEOUT
) -> AbstractContextManager[SqlAnswer]:
    """Run one query over the views of a ledger, and over its past.

    Raises:
        InvalidUsage: the ledger's store has no such views.
        InvalidQuery: see `AnswersSql`.
    """
    if not isinstance(source.store, AnswersSql):
        raise InvalidUsage(
            "this ledger is kept where it cannot be asked in SQL",
            advice="ask the server itself, or make a copy in a file",
        )
    past = _Past(source)
    functions = (
        SqlFunction("balances", _MOMENTS, _BALANCES, past.balances),
        SqlFunction("entries_at", _MOMENTS, _ENTRIES, past.entries),
    )
    return source.store.answer_sql(query, functions, timeout=timeout)


class _Past:
    """Tables of what was so at a moment, as it was known at another one."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def balances(self, position: int, moments: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        """The accounts that were open then."""
        point = self._point(position, moments)
        with entry_rows(self._source, point) as rows:
            for held in balances_at(rows, point.as_of):
                yield (
                    held.account_id,
                    format_minor_units(held.balance, held.decimals),
                    held.currency,
                    held.version,
                    held.balance,
                    held.decimals,
                )

    def entries(self, position: int, moments: Sequence[Value]) -> Iterator[tuple[Value, ...]]:
        """The entries that there were then, with what their accounts held after them."""
        point = self._point(position, moments)
        last = LATEST if point.as_of is None else point.as_of
        with entry_rows(self._source, point) as rows:
            account, held = "", 0
            for row in _pages(rows, last):
                held = row[5] + (held if row[0] == account else 0)
                account = row[0]
                yield _entry(row, held)

    def _point(self, position: int, moments: Sequence[Value]) -> Point:
        """The point that two texts mean, which knows no more than the query sees."""
        store, times = self._source.store, self._source.times
        if any(isinstance(each, bytes) for each in moments):
            raise InvalidQuery(
                "a blob is not a date or time",
                advice="write the time as a text in single quotes, such as '2026-02-14'",
            )
        as_of, known_at = (None if each is None else str(each) for each in moments)
        with store.transaction(read_only=True):
            known = times.period_end(known_at)
            seen = position if known is None else position_known_by(store, known)
            return Point(times.period_end(as_of), known, min(seen, position))


def _pages(rows: EntryRows, last: int) -> Iterator[tuple[Any, ...]]:
    after: tuple[Any, ...] = ("", 0, 0)
    while True:
        page = rows.ask(_ROWS, (*rows.known, last, *after))
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1][:3]


def _entry(row: tuple[Any, ...], held: int) -> tuple[Value, ...]:
    (
        account,
        effective_at,
        version,
        day,
        event_type,
        amount,
        currency,
        decimals,
        counterparty,
        description,
        tags,
        receipts,
        actor,
        undone,
        reverses,
        reversed_by,
        recorded_at,
        backdated,
        erased,
        position,
    ) = row
    return (
        day,
        account,
        version,
        _KINDS.get(event_type, "transfer"),
        format_minor_units(amount, decimals),
        format_minor_units(held, decimals),
        currency,
        counterparty,
        ERASED if erased else description,
        tags,
        receipts,
        actor,
        undone,
        reverses,
        reversed_by,
        format_instant(effective_at),
        format_instant(recorded_at),
        amount,
        held if -(2**63) <= held < 2**63 else None,
        decimals,
        backdated,
        erased,
        position,
    )
