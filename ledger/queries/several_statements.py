"""The statements of several accounts, one at a time, and what moved in all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from ledger.domain.events import EntryReversed
from ledger.domain.money import Money
from ledger.errors import NoSuchAccount
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import event_at
from ledger.queries.chosen_accounts import check_each
from ledger.queries.history import HistoryEntry
from ledger.queries.source import Point, Source, account_at, account_ids, check_period
from ledger.queries.statements import Statement, statement_of


class PeriodTotal(msgspec.Struct):
    """What several accounts of one currency held and moved in a period.

    Attributes:
        decimals: of the currency; accounts with others have a total of their own.
        accounts: how many.
        opening_balance_minor, closing_balance_minor: minor units, which may be beyond 2**63.
        total_in_minor, total_out_minor: minor units, neither negative, without what moved between
            these accounts.
        between_minor: minor units that moved between them, each transfer counted once.
    """

    currency: str
    decimals: int
    accounts: int = 0
    opening_balance_minor: int = 0
    total_in_minor: int = 0
    total_out_minor: int = 0
    closing_balance_minor: int = 0
    between_minor: int = 0

    @property
    def opening_balance(self) -> Money:
        """What the accounts held before the period."""
        return Money(self.opening_balance_minor, self.currency, self.decimals)

    @property
    def total_in(self) -> Money:
        """What came in from elsewhere."""
        return Money(self.total_in_minor, self.currency, self.decimals)

    @property
    def total_out(self) -> Money:
        """What went out to elsewhere, not negative."""
        return Money(self.total_out_minor, self.currency, self.decimals)

    @property
    def closing_balance(self) -> Money:
        """What the accounts held at the end of the period."""
        return Money(self.closing_balance_minor, self.currency, self.decimals)

    @property
    def between(self) -> Money:
        """What moved between the accounts."""
        return Money(self.between_minor, self.currency, self.decimals)


class Statements(Iterator[Statement]):
    """The statements of accounts for a period, of one state of the ledger.

    One is made when it is asked for, and none is kept. An account of which there was none in the
    period, or that was closed all the time, is left out unless it was named.

    Attributes:
        head: the end of the log that all of them come from.
        known_us: only what was known by then (µs UTC) counts; None for all.
        totals: by currency, of those that were given so far.

    Raises:
        InvalidOption: the period ends before it begins.
        NoSuchAccount: there is none of an id, or there was none then, or none below a prefix.
    """

    def __init__(
        self, source: Source, point: Point, from_time: int | None, chosen: Iterable[str] | None
    ) -> None:
        check_period(from_time, point.as_of)
        self.head, self.known_us = source.store.head(), point.known_at
        self._source, self._point, self._from_time = source, point, from_time
        known = self.head.position if point.known_position is None else point.known_position
        self._fixed = point._replace(known_position=known)
        choice = {"": True} if chosen is None else check_each(source, chosen)
        self._named = {each for each, is_prefix in choice.items() if not is_prefix}
        self._accounts: dict[str, None] = {}
        for each, is_prefix in choice.items():
            self._accounts.update(
                dict.fromkeys(account_ids(source, each) if is_prefix else (each,))
            )
            if not is_prefix and len(choice) > 1:  # refused before others are given
                account_at(source, each, self._fixed)
        self._left = iter(self._accounts)
        self._totals: dict[tuple[str, int], PeriodTotal] = {}

    @property
    def totals(self) -> list[PeriodTotal]:
        return [self._totals[unit] for unit in sorted(self._totals)]

    def __next__(self) -> Statement:
        for account_id in self._left:
            found = self._statement(account_id)
            if found is not None:
                self._count(found)
                return found
        raise StopIteration

    def _statement(self, account_id: str) -> Statement | None:
        """The one of an account; None where it is left out."""
        try:
            found = statement_of(self._source, account_id, self._fixed, from_time=self._from_time)
        except NoSuchAccount:
            if account_id in self._named:
                raise
            return None
        begin, closed = self._from_time, found.closed_us
        was_closed = begin is not None and closed is not None and closed < begin
        if was_closed and account_id not in self._named:
            return None
        return msgspec.structs.replace(
            found, head=self.head, known_position=self._point.known_position
        )

    def _count(self, found: Statement) -> None:
        unit = found.currency, found.decimals
        total = self._totals.get(unit)
        if total is None:
            total = self._totals[unit] = PeriodTotal(*unit)
        total.accounts += 1
        total.opening_balance_minor += found.opening_balance_minor
        total.closing_balance_minor += found.closing_balance_minor
        for entry in found.entries:
            amount = entry.amount_minor
            if amount and self._other_side(found.account_id, entry) in self._accounts:
                total.between_minor += max(amount, 0)
            elif amount > 0:
                total.total_in_minor += amount
            else:
                total.total_out_minor -= amount

    def _other_side(self, account_id: str, entry: HistoryEntry) -> str | None:
        """The other account of a transfer, or of one that is reversed."""
        event = entry.event
        if type(event) is EntryReversed and event.transfer_id is not None:
            reversed_entry = event_at(self._source.store, account_id, event.reverses)
            if reversed_entry is not None:
                event = decode_event(reversed_entry)
        return getattr(event, "counterparty", None)
