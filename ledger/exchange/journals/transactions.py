"""Entries as transactions: each with the account that its money came from, or went to.

A transfer has two entries, which are one transaction. They happened at the same moment, so the
first of them is kept until the other one comes, and no longer than that moment. Where the same
amount moved twice between two accounts at one moment, both have recorded it in the same order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
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
from ledger.domain.receipts import Receipt
from ledger.exchange.journals.names import Names
from ledger.exchange.journals.parts import Amount, Category, Confirmation, Posting, Transaction
from ledger.queries.exported_entries import ExportedRow

OPENING: Final = "Equity:Opening-Balances"
TRANSFERS: Final = "Equity:Transfers"
CATEGORY: Final = "category"
"""The tag whose value becomes an account."""

_INCOME: Final = "Income"
_EXPENSES: Final = "Expenses"

_KINDS: Final = {
    kind.__name__: word
    for kind, word in (
        (AccountOpened, "opening"),
        (MoneyDeposited, "deposit"),
        (MoneyWithdrawn, "withdrawal"),
        (TransferSent, "transfer"),
        (TransferReceived, "transfer"),
        (EntryReversed, "reversal"),
    )
}

_receipts: Final = msgspec.json.Decoder(tuple[Receipt, ...]).decode
_tags: Final = lru_cache(maxsize=1_000)(msgspec.json.Decoder(dict[str, str]).decode)

Part = Category | Transaction | Confirmation


class Transactions:
    """Makes transactions of entries, which come in the order in which they happened.

    Args:
        units: the currency of each account, and its decimals.
        held: what accounts hold before the first entry.

    Attributes:
        entries: how many were taken.
        left_out: how many were not, each together with its reversal of the same moment.
        changed: how many confirmations no longer hold.
    """

    def __init__(
        self, names: Names, units: Mapping[str, tuple[str, int]], held: Mapping[str, Amount]
    ) -> None:
        self._names = names
        self._units = units
        self._held = {account_id: amount.minor for account_id, amount in held.items()}
        self._moment: int | None = None
        self._waiting: dict[tuple[Any, ...], deque[ExportedRow]] = {}
        self._confirmations: list[ExportedRow] = []
        self._used: set[str] = set()
        self.entries = 0
        self.left_out = 0
        self.changed = 0
        for root in (_INCOME, _EXPENSES):  # before a category of that name
            names.category(root, "")

    def take(self, row: ExportedRow) -> Iterator[Part]:
        """Give what is complete once this row is there."""
        if row.effective_us != self._moment:
            yield from self.finish()
            self._moment = row.effective_us
        if row.confirmed is not None:
            if not row.withdrawn:
                self._confirmations.append(row)
            return
        if row.undone:
            self.left_out += row.reverses is None
            return
        self.entries += 1
        self._held[row.account_id] = self._held.get(row.account_id, 0) + row.amount
        if row.counterparty not in self._units:
            yield from self._alone(row)
            return
        other = self._other_side(row)
        if other is None:
            return
        sent, received = (row, other) if row.amount < 0 else (other, row)
        yield self._transfer(sent, received)

    def finish(self) -> Iterator[Part]:
        """Give what belongs to the moment of the last row and is still to come."""
        for rows in self._waiting.values():
            for row in rows:
                yield from self._alone(row)
        self._waiting.clear()
        for row in self._confirmations:
            yield self._confirmation(row)
        self._confirmations.clear()

    def _other_side(self, row: ExportedRow) -> ExportedRow | None:
        """The other side of a transfer, if it came before; else this one waits for it."""
        accounts = (row.account_id, row.counterparty)
        sides = accounts if row.amount < 0 else accounts[::-1]
        amount = abs(row.amount)
        waiting = self._waiting.get((sides, amount, row.counterparty))
        if waiting:
            return waiting.popleft()
        key = (sides, amount, row.account_id)
        self._waiting.setdefault(key, deque()).append(row)
        return None

    def _transfer(self, sent: ExportedRow, received: ExportedRow) -> Transaction:
        postings = self._posting(sent), self._posting(received)
        first = min(sent, received, key=lambda row: row.position)
        return self._transaction(first, (sent, received), postings, _tags(sent.tags))

    def _alone(self, row: ExportedRow) -> Iterator[Part]:
        tags = _tags(row.tags)
        if row.event_type == AccountOpened.__name__:
            name = OPENING
            yield from self._use(name)
        elif row.counterparty is not None:
            name = TRANSFERS
            yield from self._use(name)
        else:
            category = tags.get(CATEGORY, "")
            name = self._names.category(_INCOME if _came_in(row) else _EXPENSES, category)
            yield from self._use(name, category)
            tags = {key: value for key, value in tags.items() if key != CATEGORY}
        posting = self._posting(row)
        postings = (posting, Posting(name, posting.amount.less()))
        yield self._transaction(row, (row,), postings, tags)

    def _use(self, name: str, category: str = "") -> Iterator[Part]:
        """The account, where it was not used before."""
        if name not in self._used:
            self._used.add(name)
            yield Category(name, category)

    def _posting(self, row: ExportedRow) -> Posting:
        amount = Amount(row.amount, *self._units[row.account_id])
        return Posting(self._names.account(row.account_id), amount, _entry(row, row.version))

    def _transaction(
        self,
        first: ExportedRow,
        sides: tuple[ExportedRow, ...],
        postings: tuple[Posting, ...],
        tags: dict[str, str],
    ) -> Transaction:
        told = next((each for each in sides if not each.erased), first)
        reverses = [_entry(each, each.reverses) for each in sides if each.reverses]
        reversed_by = [_entry(each, each.reversed_by) for each in sides if each.reversed_by]
        kind = _KINDS.get(first.event_type, first.event_type)
        return Transaction(
            day=first.day,
            position=first.position,
            kind=kind,
            description=told.description or ("opening balance" if kind == "opening" else ""),
            actor=first.actor,
            effective_us=first.effective_us,
            recorded_us=first.recorded_us,
            postings=postings,
            tags=tags,
            receipts=receipts_of(sides[0]),
            transfer_id=first.transfer_id,
            reverses=tuple(reverses),
            reversed_by=tuple(reversed_by),
            links=tuple(reverses)
            or tuple(_entry(each, each.version) for each in sides if each.reversed_by),
        )

    def _confirmation(self, row: ExportedRow) -> Confirmation:
        unit = self._units[row.account_id]
        confirmed = Amount(row.confirmed or 0, *unit)
        held = Amount(self._held.get(row.account_id, 0), *unit)
        self.changed += confirmed != held
        return Confirmation(
            day=row.day,
            position=row.position,
            kind="confirmation",
            description=row.description,
            actor=row.actor,
            effective_us=row.effective_us,
            recorded_us=row.recorded_us,
            account_id=row.account_id,
            entry=_entry(row, row.version),
            name=self._names.account(row.account_id),
            confirmed=confirmed,
            held=held,
        )


def receipts_of(row: ExportedRow) -> tuple[str, ...]:
    """The receipts of an entry, each as ``SIZE:SHA256``."""
    if row.receipts == "[]":
        return ()
    return tuple(f"{each.size}:{each.sha256}" for each in _receipts(row.receipts))


def _came_in(row: ExportedRow) -> bool:
    """Whether it is money in, or undoes money in."""
    if row.amount:
        return (row.amount > 0) == (row.reverses is None)
    return row.event_type == MoneyDeposited.__name__


def _entry(row: ExportedRow, version: int | None) -> str:
    return f"{row.account_id} {version}"
