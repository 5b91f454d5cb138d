"""Exporting a ledger to a text, and what the ledger says that the text must agree with."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO

from ledger import Ledger
from ledger.exchange.exports import Exported
from ledger.queries.finding.found import FoundEntry

Held = dict[str, tuple[Decimal, str]]
"""What each account holds that is not empty, and in which currency."""


@dataclass
class Export:
    """What was exported."""

    text: str
    told: Exported
    period: dict[str, int | None] = field(default_factory=dict)


def exported(
    ledger: Ledger, to: str, begin: int | None = None, end: int | None = None, *accounts: str
) -> Export:
    """Export a period (µs UTC)."""
    period = {"from_time": begin, "to_time": end}
    out = StringIO(newline="")
    told = ledger.export(to, out, accounts=accounts, from_time=begin, to_time=end)
    return Export(out.getvalue(), told, period)


def held(ledger: Ledger, end: int | None) -> Held:
    """As `ledger balance` says."""
    return {
        each.account_id: (Decimal(str(each.balance).split()[0]), each.currency)
        for each in ledger.balances(as_of=end)
        if each.balance_minor
    }


def entries(ledger: Ledger, period: dict[str, int | None]) -> dict[str, FoundEntry]:
    """The entries that lists show, by account and version."""
    found = ledger.find(**period)  # type: ignore[arg-type] # of all its options two are these
    return {f"{each.account_id} {each.version}": each for each in found}
