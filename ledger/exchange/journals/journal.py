"""A part of a ledger as a journal: transactions in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ledger.exchange.exports import Exported, Extract
from ledger.exchange.journals.names import Names, Spelling
from ledger.exchange.journals.parts import Amount, Category, Confirmation, Transaction
from ledger.exchange.journals.transactions import Transactions
from ledger.queries.account_sets import AccountSet
from ledger.queries.entry_rows import EntryRows, balances_at
from ledger.queries.exported_entries import accounts_until, chosen_set, entries_between

_ONE_DAY: Final = timedelta(days=1)


class Journal:
    """What a journal says, in its order; to be gone through once.

    Args:
        rows: of the position that the extract is of.
        spelling: which names the program allows.

    Attributes:
        accounts: all that there were at the end of the period, as they were opened.
        first_day: no day in the journal is before it.
        opening_day: the day of the balances that the journal begins with; None where it begins
            with the first entry.
        opening, closing: what each account held before the period and at its end.
        closing_day: the day of the latter; complete at the end.
    """

    def __init__(self, part: Extract, rows: EntryRows, spelling: Spelling) -> None:
        self.part = part
        chosen = chosen_set(part.accounts)
        self.accounts = accounts_until(part.source, rows, part.to_us, chosen)
        self.names = Names(spelling)
        self.name_of = {
            each.account_id: self.names.account(each.account_id) for each in self.accounts
        }
        self._units = {each.account_id: (each.currency, each.decimals) for each in self.accounts}
        self.opening: dict[str, Amount] = {}
        self.opening_day: str | None = None
        if part.from_us is not None:
            self.opening = self._held(rows, part.from_us - 1)
            self.opening_day = self._day_before(part.from_us)
        days = [each.opened_on for each in self.accounts]
        if self.opening and self.opening_day is not None:
            days.append(self.opening_day)
        self.first_day = min(days, default="1970-01-01")
        self.closing_day = max(days, default=self.first_day)
        self.closing = self._held(rows, part.to_us)
        for account_id, unit in self._units.items():
            self.closing.setdefault(account_id, Amount(0, *unit))
        self._entries = self._read(rows, chosen)
        self._transactions = Transactions(self.names, self._units, self.opening)

    def __iter__(self) -> Iterator[Category | Transaction | Confirmation]:
        return self._entries

    @property
    def commodities(self) -> dict[str, int]:
        """The currencies and units of the accounts, each with the most decimals of any."""
        found: dict[str, int] = {}
        for currency, decimals in self._units.values():
            found[currency] = max(decimals, found.get(currency, 0))
        return dict(sorted(found.items()))

    def told(self) -> tuple[str, ...]:
        """What the journal does not have, or not as it was recorded; known once all was read."""
        done, notes = self._transactions, []
        if done.left_out:
            one = done.left_out == 1
            notes.append(
                f"{done.left_out} {'entry that was' if one else 'entries that were'} reversed "
                f"{'is' if one else 'are'} left out"
            )
        if done.changed:
            one = done.changed == 1
            notes.append(
                f"{done.changed} confirmed {'balance does' if one else 'balances do'} not hold any "
                f"more, and {'is' if one else 'are'} only noted"
            )
        return tuple(notes)

    def exported(self, notes: tuple[str, ...]) -> Exported:
        """What was exported, once all of it was."""
        return Exported(
            entries=self._transactions.entries,
            accounts=len(self.accounts),
            head=self.part.head,
            from_us=self.part.from_us,
            to_us=self.part.to_us,
            notes=(*notes, *self.told()),
        )

    def _held(self, rows: EntryRows, as_of: int | None) -> dict[str, Amount]:
        return {
            each.account_id: Amount(each.balance, each.currency, each.decimals)
            for each in balances_at(rows, as_of)
            if each.account_id in self._units
        }

    def _read(
        self, rows: EntryRows, chosen: AccountSet
    ) -> Iterator[Category | Transaction | Confirmation]:
        part = self.part
        for row in entries_between(part.source, rows, part.from_us, part.to_us, chosen):
            self.closing_day = max(self.closing_day, row.day)
            yield from self._transactions.take(row)
        yield from self._transactions.finish()
        if part.to_us is not None and part.to_us <= part.made_us:
            self.closing_day = str(part.zone.day_of(part.to_us))

    def _day_before(self, instant: int) -> str:
        day = self.part.zone.day_of(instant)
        return str(day if day == date.min else day - _ONE_DAY)


def next_day(day: str) -> str | None:
    """The day after one; None where there is none."""
    found = date.fromisoformat(day)
    return None if found == date.max else str(found + _ONE_DAY)
