"""What a verification finds, and what it says."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.money import format_minor_units
from ledger.errors import LedgerError
from ledger.eventstore.records import Head

CHECKS: Final = {
    "medium": "SQLite's own checks",
    "head": "the head noted before",
    "positions": "positions without gaps",
    "hash_chain": "hash chain",
    "recorded_times": "recorded times never run back",
    "streams": "every account has events",
    "versions": "versions without gaps",
    "backdated": "backdated marks",
    "unreadable": "every event can be read",
    "rules": "every event was allowed",
    "transfers": "both sides of transfers",
    "idempotency": "idempotency keys",
    "snapshot": "snapshots equal the fold",
    "projection": "projections equal the fold",
    "totals": "control totals",
}
"""The codes of the checks, in the order they are shown, and what each looks at."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where.

    Attributes:
        check: a key of `CHECKS`.
        position: of the event; None where it is about none.
        account_id: None where it is about none.
        expected, found: for people; None where there is nothing to compare.
        derived: of the medium: whether it is about something made from the log.
    """

    check: str
    message: str
    position: int | None = None
    account_id: str | None = None
    expected: str | None = None
    found: str | None = None
    derived: bool = False


class ControlTotals(msgspec.Struct):
    """What moved in one currency, in minor units.

    Attributes:
        money_in: initial balances and deposits. So is the receiving side of a transfer whose other
            side an older world's log did not have.
        money_out: withdrawals, and such sending sides.
        sent, received: by transfers between accounts.
        balances: the sum of what all accounts hold.
    """

    currency: str
    money_in: int = 0
    money_out: int = 0
    sent: int = 0
    received: int = 0
    balances: int = 0

    def add(self, other: ControlTotals) -> None:
        self.money_in += other.money_in
        self.money_out += other.money_out
        self.sent += other.sent
        self.received += other.received
        self.balances += other.balances


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification says of a ledger, up to the head it had when it began.

    Attributes:
        looked_at: for each check (a key of `CHECKS`) how many things it looked at.
        events, accounts, snapshots, idempotency_keys: how many there are.
        totals: by currency.
        findings: all that is wrong, by position.
        notes: what is not wrong and good to know, such as a projection that lags.
    """

    head: Head
    events: int
    accounts: int
    snapshots: int
    idempotency_keys: int
    looked_at: dict[str, int]
    totals: tuple[ControlTotals, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def amount_text(minor_units: int, currency: str) -> str:
    """An amount as a decimal, even where a changed file names no currency that exists."""
    try:
        return f"{format_minor_units(minor_units, currency)} {currency}"
    except LedgerError:
        return f"{minor_units} minor units of {currency!a}"


def span_text(first: int, last: int) -> str:
    """Positions or versions from one to another, in words."""
    return str(first) if first == last else f"{first} to {last}"
