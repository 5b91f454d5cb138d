"""Finding entries in all accounts, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from ledger.domain.events import (
    AccountOpened,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.domain.receipts import Receipt
from ledger.errors import InvalidOption
from ledger.queries.account_sets import account_set
from ledger.queries.entry_rows import EntryRows, entry_rows
from ledger.queries.finding.conditions import Wanted
from ledger.queries.finding.entry_pages import (
    COUNTERPARTY,
    DESCRIPTION,
    OTHER_DESCRIPTION,
    REVERSES,
    UNDONE,
    EntryPages,
    Key,
)
from ledger.queries.finding.folded_texts import folded
from ledger.queries.finding.unknown_names import Unknown, unknown_names
from ledger.queries.source import Source, account_ids

_LABELS: Final = {
    kind.__name__: kind.label
    for kind in (
        AccountOpened,
        EntryReversed,
        MoneyDeposited,
        MoneyWithdrawn,
        TransferReceived,
        TransferSent,
    )
}
_TRANSFERS: Final = {TransferSent.__name__: "to", TransferReceived.__name__: "from"}

_OPENING: Final = 1

_receipts: Final = msgspec.json.Decoder(tuple[Receipt, ...]).decode
_tags: Final = lru_cache(maxsize=1_000)(msgspec.json.Decoder(dict[str, str]).decode)


class FoundEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry as it was known: what is said of it is what stands after its amendments.

    Attributes:
        version: of the entry in its account.
        position: of its event in the log.
        amount_minor: signed minor units of ``currency``, which has so many ``decimals``.
        effective_us, recorded_us: µs UTC; of an opening, when the account is open from.
        counterparty: the other account of a transfer, and of its reversal.
        tags: of a reversal, those of what it reverses.
        actor: who recorded it.
        backdated: whether it was recorded after an entry of a later time.
        erased: whether its description was.
        reverses, reversed_by: versions; None where there is no such entry.
    """

    account_id: str
    version: int
    position: int
    event_type: str
    amount_minor: int
    currency: str
    decimals: int
    description: str
    effective_us: int
    recorded_us: int
    counterparty: str | None
    tags: dict[str, str]
    receipts: tuple[Receipt, ...]
    actor: str
    backdated: bool
    erased: bool
    reverses: int | None
    reversed_by: int | None

    @property
    def what(self) -> str:
        """What people call it, with its counterparty."""
        label = _LABELS.get(self.event_type, self.event_type)
        way = _TRANSFERS.get(self.event_type)
        return f"{label} {way} {self.counterparty}" if way else label

    @property
    def amount(self) -> Money:
        """What it adds, negative for money out."""
        return Money(self.amount_minor, self.currency, self.decimals)

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.effective_us)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded_us)


class Sums(msgspec.Struct, frozen=True):
    """What some entries of a currency come to, in minor units.

    Attributes:
        decimals: of the currency.
        initial_minor: what accounts were opened with, negative where they owe more.
        total_in_minor, total_out_minor: what came from elsewhere and went there, neither negative.
        moved_in_minor, moved_out_minor: what came from and went to accounts that were looked
            through, too, neither negative. They differ where only one side of a transfer was found.
        count: of all these entries.
    """

    currency: str
    decimals: int
    initial_minor: int
    total_in_minor: int
    total_out_minor: int
    moved_in_minor: int
    moved_out_minor: int
    count: int

    @property
    def initial(self) -> Money:
        """What accounts were opened with."""
        return Money(self.initial_minor, self.currency, self.decimals)

    @property
    def total_in(self) -> Money:
        """What came in from elsewhere."""
        return Money(self.total_in_minor, self.currency, self.decimals)

    @property
    def total_out(self) -> Money:
        """What went out to elsewhere, not negative."""
        return Money(self.total_out_minor, self.currency, self.decimals)

    @property
    def moved_in(self) -> Money:
        """What came from the other accounts that were looked through."""
        return Money(self.moved_in_minor, self.currency, self.decimals)

    @property
    def moved_out(self) -> Money:
        """What went to them, not negative."""
        return Money(self.moved_out_minor, self.currency, self.decimals)


class Found:
    """The entries that were found: to be gone through once, while the ledger is open.

    They are read as they are gone through, so that any number of them takes little memory; what is
    recorded meanwhile is not among them. All but the first attributes are complete at the end.

    Attributes:
        head: the end of the log that they come from.
        from_us, to_us: the period (µs UTC), both ends included; None where it has no such end.
        known_us: only what was known by then (µs UTC) counts, which is the log up to
            ``known_position``; None for all.
        unknown_accounts: of what was asked for, what no account's id is or starts with.
        left_out: how many entries were left out, each together with its reversal of the same
            moment; nothing else counts them.
        has_earlier: whether a limit left earlier ones out.
        unknown: tags and actors that were asked for and that no entry has; an actor, or a tag that
            the entries were to have, is only looked for where nothing was found.
    """

    def __init__(
        self, source: Source, wanted: Wanted, *, with_reversed: bool, limit: int | None
    ) -> None:
        if limit is not None and limit < 0:
            raise InvalidOption(
                f"there cannot be at most {limit} entries", advice="give a limit of 0 or more"
            )
        self._wanted = wanted
        self._with_reversed = with_reversed
        self._limit = limit
        self._sums: dict[tuple[str, int], list[int]] = {}
        self.from_us, self.to_us = wanted.from_us, wanted.point.as_of
        self.known_us, self.known_position = wanted.point.known_at, wanted.point.known_position
        self.left_out = 0
        self.has_earlier = False
        self.unknown: tuple[Unknown, ...] = ()
        self.unknown_accounts = tuple(
            each for each in wanted.accounts if not account_ids(source, each)
        )
        self._accounts = account_set(source, wanted.accounts, check=False)
        # What is opened is closed after the last entry, or when nobody wants more of them.
        stack = ExitStack()
        rows = stack.enter_context(entry_rows(source, wanted.point))
        self.head = rows.head
        self._entries = self._read(stack, rows, EntryPages(source, rows, wanted, self._accounts))

    def __iter__(self) -> Iterator[FoundEntry]:
        return self._entries

    @property
    def sums(self) -> list[Sums]:
        """What the entries up to here come to, by currency."""
        return [Sums(*unit, *sums) for unit, sums in sorted(self._sums.items())]

    @property
    def count(self) -> int:
        """How many entries there were up to here."""
        return sum(each.count for each in self.sums)

    @property
    def from_time(self) -> datetime | None:
        """The first instant of the period (UTC); None where it has none."""
        return to_datetime(self.from_us)

    @property
    def to_time(self) -> datetime | None:
        """The last instant of the period (UTC); None where it has none."""
        return to_datetime(self.to_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)

    def _read(self, stack: ExitStack, rows: EntryRows, pages: EntryPages) -> Iterator[FoundEntry]:
        with stack:
            after = None if self._limit is None else self._before_the_last(pages, self._limit)
            moment: tuple[int, str] | None = None
            pairs = set[int]()
            for row in () if self._limit == 0 else self._with_the_text(pages.rows(after)):
                if self._is_left_out(row):
                    if moment != row[:2]:
                        moment, pairs = row[:2], set()
                    entry = row[REVERSES] or row[2]
                    self.left_out += entry not in pairs
                    pairs.add(entry)
                    continue
                yield self._entry(row)
            self.unknown = unknown_names(rows, self._wanted, anything_found=bool(self._sums))

    def _before_the_last(self, pages: EntryPages, limit: int) -> Key | None:
        """What the last so many entries come after; None where there are no more than those."""
        first: Key | None = None
        found = 0
        for row in self._with_the_text(pages.rows(backwards=True)):
            if self._is_left_out(row):
                continue
            if found == limit:
                self.has_earlier = True
                break
            found += 1
            first = (row[0], row[1], row[2] - 1)
        return first if self.has_earlier else None

    def _is_left_out(self, row: tuple[Any, ...]) -> bool:
        return bool(row[UNDONE]) and not self._with_reversed

    def _with_the_text(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Those of which the description or the other account's id holds the text, and what they
        reverse or are reversed by: half of such a pair would be a wrong sum."""
        needle = self._wanted.needle
        if not needle:
            return rows
        return (
            row
            for row in rows
            if needle in folded(row[DESCRIPTION])
            or any(
                row[place] is not None and needle in folded(row[place])
                for place in (COUNTERPARTY, OTHER_DESCRIPTION)
            )
        )

    def _entry(self, row: tuple[Any, ...]) -> FoundEntry:
        """A row as an entry, which is added to the sums."""
        (
            effective_us,
            account_id,
            version,
            position,
            amount,
            currency,
            decimals,
            _,
            event_type,
            counterparty,
            description,
            tags,
            receipts,
            actor,
            recorded_us,
            backdated,
            erased,
            reverses,
            reversed_by,
            _,
        ) = row
        sums = self._sums.get((currency, decimals))
        if sums is None:
            sums = self._sums[currency, decimals] = [0] * 6
        if version == _OPENING:
            sums[0] += amount
        else:
            moved = counterparty is not None and self._accounts.has(counterparty)
            sums[(3 if moved else 1) + (amount < 0)] += abs(amount)
        sums[-1] += 1
        return FoundEntry(
            account_id,
            version,
            position,
            event_type,
            amount,
            currency,
            decimals,
            description,
            effective_us,
            recorded_us,
            counterparty,
            {} if tags == "{}" else dict(_tags(tags)),
            () if receipts == "[]" else _receipts(receipts),
            actor,
            bool(backdated),
            bool(erased),
            reverses,
            reversed_by,
        )
