"""What differs between two positions, as questions to the rows of `account_entries`.

A row that is *new* is known at the later position and was not at the earlier one; the *old* row of
the same event, if there is one, is what was known of it before. What a row adds to a figure counts
only once its effective time has come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from ledger.queries.entry_rows import TABLE, EntryRows

PAGE: Final = 1_000
"""Rows that are read at once."""

IdRange = tuple[str, str]
"""Account ids from the first, which belongs to it, up to the second, which does not."""

_LOW: Final = 2**31
"""Sums are made of two halves each, so that none of them ever exceeds 64 bits."""

_CHANGED_ACCOUNTS: Final = f"""
    SELECT DISTINCT account_id FROM {TABLE}
    WHERE known_from > ? AND known_from <= ? AND account_id >= ? AND account_id < ?
        AND version > 0
    ORDER BY account_id LIMIT {PAGE}
"""


def _sums(amount: str) -> str:
    return f"sum(({amount}) >> 31), sum(({amount}) & {_LOW - 1})"


def _known(alias: str = "") -> str:
    return f"{alias}known_from <= ? AND {alias}known_until > ?"


def _figure(of: str) -> str:
    return f"""{_sums(f"CASE WHEN {of} THEN amount ELSE 0 END")},
        max(CASE WHEN {of} AND version = 1 THEN currency END),
        max(CASE WHEN {of} AND version = 1 THEN decimals END),
        max(CASE WHEN {of} THEN version END),
        max(CASE WHEN {of} THEN 2 * version + closes END)"""


_FIGURES: Final = f"""
    SELECT {_figure("known_then")}, {_figure("known_now")}
    FROM (
        SELECT version, amount, currency, decimals, closes,
            {_known()} AS known_then, {_known()} AS known_now
        FROM {TABLE}
        WHERE account_id = ? AND effective_at <= ?
    ) AS known
"""

_OLD_AMOUNT: Final = "CASE WHEN old.effective_at <= ? THEN old.amount ELSE 0 END"
_NEW_AMOUNT: Final = "CASE WHEN new.effective_at <= ? THEN new.amount ELSE 0 END"
_LEFT_OUT: Final = "new.undone = 1 AND old.version IS NULL AND undone.version IS NULL"
"""Both the entry and its reversal are new, and they are of one moment."""

_CHANGES: Final = f"""
    FROM {TABLE} AS new
    LEFT JOIN {TABLE} AS old ON old.account_id = new.account_id AND old.version = new.version
        AND {_known("old.")}
    LEFT JOIN {TABLE} AS undone ON new.undone = 1 AND undone.account_id = new.account_id
        AND undone.version = new.reverses AND {_known("undone.")}
    LEFT JOIN {TABLE} AS other ON other.account_id = new.account_id
        AND other.version = coalesce(new.reverses, new.reversed_by) AND {_known("other.")}
    WHERE new.account_id = ? AND new.known_from > ? AND new.known_from <= ? AND new.known_until > ?
        AND (new.effective_at <= ? OR old.effective_at <= ?)
        AND new.event_type NOT IN ('EntryAmended', 'OpeningAmended')
        AND (old.version IS NULL OR (new.reverses IS NULL AND (
            new.amount <> old.amount OR new.effective_at <> old.effective_at
            OR new.currency <> old.currency OR new.decimals <> old.decimals
            OR new.description <> old.description OR new.tags <> old.tags
            OR new.receipts <> old.receipts)))
"""

_COLUMNS: Final = (
    "version",
    "event_type",
    "amount",
    "currency",
    "decimals",
    "effective_at",
    "recorded_at",
    "position",
    "known_from",
    "description",
    "counterparty",
    "tags",
    "receipts",
    "actor",
    "erased",
    "reverses",
    "reversed_by",
    "undone",
)
_BEFORE: Final = (
    "amount",
    "currency",
    "decimals",
    "effective_at",
    "description",
    "tags",
    "receipts",
)


_OTHER: Final = ("event_type", "effective_at", "description", "counterparty", "erased")

_AMENDED_AT: Final = f"""
    SELECT DISTINCT known_from FROM {TABLE}
    WHERE account_id = ? AND version = ? AND known_from > position AND known_from <= ?
    ORDER BY known_from
"""


class OtherEnd(NamedTuple):
    """What a reversal reverses; of a reversed entry, its reversal."""

    event_type: str
    effective_at: int
    description: str
    counterparty: str | None
    erased: int


class OldRow(NamedTuple):
    """What was known of an event before."""

    amount: int
    currency: str
    decimals: int
    effective_at: int
    description: str
    tags: str
    receipts: str


class ChangedRow(msgspec.Struct, gc=False):
    """An event of an account that is known otherwise, or was not known before.

    Attributes:
        old_part, new_part: what it added to the figure before, and what it adds now (minor units).
        left_out: whether it and its reversal, or what it reverses, came and went.
        known_from: the position since which it is known so; the others are as in `EntryRow`.
        before: what was known of it before; None where it was not recorded yet.
        other: what it reverses, or what reverses it.
    """

    old_part: int
    new_part: int
    left_out: int
    version: int
    event_type: str
    amount: int
    currency: str
    decimals: int
    effective_at: int
    recorded_at: int
    position: int
    known_from: int
    description: str
    counterparty: str | None
    tags: str
    receipts: str
    actor: str
    erased: int
    reverses: int | None
    reversed_by: int | None
    undone: int
    before: OldRow | None
    other: OtherEnd | None


_PAGE_OF_CHANGES: Final = f"""
    SELECT {_OLD_AMOUNT} AS old_part, {_NEW_AMOUNT} AS new_part, {_LEFT_OUT} AS left_out,
        {", ".join(f"new.{column}" for column in _COLUMNS)},
        {", ".join(f"old.{column}" for column in _BEFORE)},
        {", ".join(f"other.{column}" for column in _OTHER)}
    {_CHANGES} {{which}}
        AND (new.effective_at, new.version) > (?, ?)
    ORDER BY new.effective_at, new.version LIMIT {PAGE}
"""

_MOVING: Final = f"AND ({_OLD_AMOUNT}) <> ({_NEW_AMOUNT})"
_NOT_MOVING: Final = f"AND ({_OLD_AMOUNT}) = ({_NEW_AMOUNT})"

_SUM_OF_CHANGES: Final = f"""
    SELECT {_sums(_OLD_AMOUNT)}, {_sums(_NEW_AMOUNT)}
    {_CHANGES} AND NOT ({_LEFT_OUT})
"""


class RawFigure(NamedTuple):
    """A figure in minor units; without a currency where the account was not open yet."""

    amount: int
    currency: str | None
    decimals: int
    version: int
    is_open: bool


class Stretch(NamedTuple):
    """What was recorded after one position of a log and up to another, as far as it is effective.

    Attributes:
        after, to: the two positions.
        as_of: µs UTC.
    """

    rows: EntryRows
    after: int
    to: int
    as_of: int

    def changed_accounts(self, ranges: Sequence[IdRange]) -> Iterator[str]:
        """The ids of the accounts that anything was recorded of, in order.

        Args:
            ranges: in order, without overlaps.
        """
        for first, end in ranges:
            page: list[tuple[Any, ...]] = [()] * PAGE
            while len(page) == PAGE:
                page = self.rows.ask(_CHANGED_ACCOUNTS, (self.after, self.to, first, end))
                for (account_id,) in page:
                    yield account_id
                if page:
                    first = f"{page[-1][0]}\0"

    def figures(self, account_id: str) -> tuple[RawFigure, RawFigure]:
        """What an account held as far as was known at the one position, and at the other."""
        positions = (self.after, self.after, self.to, self.to)
        (row,) = self.rows.ask(_FIGURES, (*positions, account_id, self.as_of))
        return _raw_figure(*row[:6]), _raw_figure(*row[6:])

    def first_changes(self, account_id: str) -> list[ChangedRow]:
        """The first page of all that changed of an account; less than a page is all."""
        return self._page(account_id, "", *_BEFORE_ALL)

    def changes(self, account_id: str, *, moving: bool) -> Iterator[ChangedRow]:
        """All that changed of an account and moves its figure, or all that does not."""
        which, place = (_MOVING if moving else _NOT_MOVING), _BEFORE_ALL
        while True:
            page = self._page(account_id, which, *place)
            yield from page
            if len(page) < PAGE:
                return
            place = page[-1].effective_at, page[-1].version

    def sum_of_changes(self, account_id: str) -> int:
        """What all of them add to the figure, in minor units."""
        bindings = (*(self.as_of,) * 4, *self._bindings(account_id))
        ((old_high, old_low, new_high, new_low),) = self.rows.ask(_SUM_OF_CHANGES, bindings)
        return _whole(new_high, new_low) - _whole(old_high, old_low)

    def _page(self, account_id: str, which: str, effective: int, version: int) -> list[ChangedRow]:
        parts = (self.as_of, self.as_of)
        bindings = (*parts, *self._bindings(account_id), *(parts if which else ()))
        found = self.rows.ask(_PAGE_OF_CHANGES.format(which=which), (*bindings, effective, version))
        own = 3 + len(_COLUMNS)
        end = own + len(_BEFORE)
        return [
            ChangedRow(
                *[
                    *row[:own],
                    None if row[own] is None else OldRow(*row[own:end]),
                    None if row[end] is None else OtherEnd(*row[end:]),
                ]
            )
            for row in found
        ]

    def amended_at(self, account_id: str, version: int) -> list[int]:
        """The positions since which an entry is known otherwise: those of its amendments, and of
        its reversal."""
        return [
            position for (position,) in self.rows.ask(_AMENDED_AT, (account_id, version, self.to))
        ]

    def _bindings(self, account_id: str) -> tuple[str | int, ...]:
        after, to = self.after, self.to
        moments = (self.as_of, self.as_of)
        return (after, after, after, after, to, to, account_id, after, to, to, *moments)


_BEFORE_ALL: Final = (-(2**63), 0)


def _whole(high: int | None, low: int | None) -> int:
    return (high or 0) * _LOW + (low or 0)


def _raw_figure(
    high: int | None,
    low: int | None,
    currency: str | None,
    decimals: int | None,
    version: int | None,
    closed: int | None,
) -> RawFigure:
    is_open = not (closed or 0) % 2
    return RawFigure(_whole(high, low), currency, decimals or 0, version or 0, is_open)
