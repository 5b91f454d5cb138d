"""Control totals: what came in less what went out is what the accounts hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.domain.events import AccountEvent, AccountOpened, Movement
from ledger.verification.findings import ControlTotals, Finding, amount_text
from ledger.verification.transfers import ImportedSide


class Totals(dict[str, ControlTotals]):
    """The totals of each currency, by its code."""

    def __missing__(self, currency: str) -> ControlTotals:
        total = self[currency] = ControlTotals(currency)
        return total

    def count(self, events: Iterable[AccountEvent]) -> None:
        """Count what events of accounts moved."""
        for event in events:
            if isinstance(event, Movement):
                total, amount = self[event.currency], event.amount
                if event.between_accounts:
                    if event.direction < 0:
                        total.sent += amount
                    else:
                        total.received += amount
                elif event.direction < 0:
                    total.money_out += amount
                else:
                    total.money_in += amount
            elif isinstance(event, AccountOpened):
                self[event.currency].money_in += event.initial_balance

    def count_alone(self, sides: Iterable[ImportedSide]) -> None:
        """Count sides of transfers that have no other side as money that came in or went out."""
        for side in sides:
            total = self[side.currency]
            if side.sent:
                total.sent -= side.amount
                total.money_out += side.amount
            else:
                total.received -= side.amount
                total.money_in += side.amount

    def add(self, others: Mapping[str, ControlTotals]) -> None:
        """Add what others have counted."""
        for currency, other in others.items():
            total = self[currency]
            for field in ("money_in", "money_out", "sent", "received", "balances"):
                setattr(total, field, getattr(total, field) + getattr(other, field))


def uneven_totals(totals: Iterable[ControlTotals]) -> Iterator[Finding]:
    """The currencies in which the books do not balance."""
    for total in totals:
        currency = total.currency
        if total.sent != total.received:
            yield Finding(
                check="totals",
                message=f"transfers in {currency}: the amount sent is not the amount received",
                expected=f"{amount_text(total.sent, currency)} received",
                found=f"{amount_text(total.received, currency)} received",
            )
        held = total.money_in - total.money_out
        if held != total.balances:
            yield Finding(
                check="totals",
                message=f"money in less money out is not the sum of the balances in {currency}",
                expected=amount_text(held, currency),
                found=amount_text(total.balances, currency),
            )
