"""Control totals: what came in less what went out is what the accounts hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.domain.account_state import AccountState
from ledger.domain.currency import DECIMALS
from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    EntryReversed,
    Movement,
    OpeningAmended,
)
from ledger.verification.findings import ControlTotals, Finding, amount_text
from ledger.verification.transfers import ImportedSide

Unit = tuple[str, int | None]
"""A currency and its decimals; None where nobody says what it has."""


class Totals(dict[Unit, ControlTotals]):
    """The totals of each currency."""

    def __missing__(self, unit: Unit) -> ControlTotals:
        currency, decimals = unit
        total = self[unit] = ControlTotals(currency, decimals=decimals)
        return total

    def count(self, events: Iterable[tuple[AccountEvent, int]]) -> None:
        """Count what events of accounts moved, each with the decimals of its account."""
        for event, decimals in events:
            if isinstance(event, Movement):
                total, amount = self[event.currency, decimals], event.amount
                if event.between_accounts:
                    if event.direction < 0:
                        total.sent_minor += amount
                    else:
                        total.received_minor += amount
                elif event.direction < 0:
                    total.money_out_minor += amount
                else:
                    total.money_in_minor += amount
            elif isinstance(event, AccountOpened):
                self[event.currency, decimals].money_in_minor += event.initial_balance
            elif isinstance(event, EntryReversed):
                self._take_back(self[event.currency, decimals], event)

    def _take_back(self, total: ControlTotals, event: EntryReversed) -> None:
        """Count the reverse of a deposit, of a withdrawal, or of one side of a transfer."""
        if event.transfer_id is None:
            if event.amount < 0:
                total.money_in_minor += event.amount
            else:
                total.money_out_minor -= event.amount
        elif event.amount < 0:
            total.received_minor += event.amount
        else:
            total.sent_minor -= event.amount

    def change_opening(self, before: AccountState, event: OpeningAmended) -> None:
        """Count an opening in the place of the one that stood in an account's state before."""
        self[before.currency, before.decimals].money_in_minor -= before.initial_balance
        self[event.currency, event.decimals].money_in_minor += event.initial_balance

    def count_alone(self, sides: Iterable[ImportedSide]) -> None:
        """Count sides of transfers that have no other side as money that came in or went out."""
        for side in sides:
            total = self[side.currency, DECIMALS.get(side.currency)]
            if side.sent:
                total.sent_minor -= side.amount
                total.money_out_minor += side.amount
            else:
                total.received_minor -= side.amount
                total.money_in_minor += side.amount

    def add(self, others: Mapping[Unit, ControlTotals]) -> None:
        """Add what others have counted."""
        for unit, other in others.items():
            total = self[unit]
            for field in ControlTotals.AMOUNTS:
                setattr(total, field, getattr(total, field) + getattr(other, field))


def uneven_totals(totals: Iterable[ControlTotals]) -> Iterator[Finding]:
    """The currencies in which the books do not balance."""
    for total in totals:
        currency, decimals = total.currency, total.decimals
        if total.sent_minor != total.received_minor:
            yield Finding(
                check="totals",
                message=f"transfers in {currency}: the amount sent is not the amount received",
                expected=f"{amount_text(total.sent_minor, currency, decimals)} received",
                found=f"{amount_text(total.received_minor, currency, decimals)} received",
            )
        held = total.carried_over_minor + total.money_in_minor - total.money_out_minor
        if held != total.balances_minor:
            yield Finding(
                check="totals",
                message=f"money in less money out is not the sum of the balances in {currency}",
                expected=amount_text(held, currency, decimals),
                found=amount_text(total.balances_minor, currency, decimals),
            )
