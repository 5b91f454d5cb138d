"""Control totals: what came in, less what went out, is what the accounts hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.verification.findings import ControlTotals, Finding, amount_text


def uneven_totals(totals: Iterable[ControlTotals]) -> Iterator[Finding]:
    """The currencies in which the books do not come out even."""
    for total in totals:
        currency = total.currency
        if total.sent != total.received:
            yield Finding(
                check="totals",
                message=f"transfers in {currency} sent and received differ",
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
