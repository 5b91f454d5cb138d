"""What a verification finds, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Literal, Self

import msgspec

from ledger.domain.currency import DECIMALS
from ledger.domain.money import Money, format_minor_units
from ledger.errors import in_zone, moment
from ledger.eventstore.records import Head, RecordedEvent

CHECKS: Final = {
    "medium": "the file itself",
    "head": "the head noted earlier",
    "positions": "positions without gaps",
    "hash_chain": "hash chain",
    "recorded_times": "recorded times in order",
    "book": "the book comes first",
    "archive": "what is kept of the archive",
    "archive_files": "files of the archive",
    "streams": "accounts and book are not empty",
    "unknown_type": "kinds of accounts",
    "versions": "versions without gaps",
    "backdated": "backdated marks",
    "unreadable": "every change can be read",
    "rules": "every change follows the rules",
    "transfers": "both sides of transfers",
    "erasure": "erased texts",
    "idempotency": "idempotency keys",
    "snapshot": "snapshots match the log",
    "projection": "projections match the log",
    "totals": "control totals",
    "receipts": "receipts in the folder",
}
"""The codes of the checks in the order in which they are shown, and what each looks at."""

_INSTANTS: Final = frozenset(("opened_at", "last_activity", "closed_at"))
"""Fields of states and rows that hold µs UTC."""


NotedHead = Literal["", "present", "of_source", "missing"]
"""``of_source`` is one of the ledger that this one was migrated from; the first note says more."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where.

    While it is looked for, its texts hold instants as `moment` writes them.

    Attributes:
        check: a key of `CHECKS`.
        position: of the event; None where it is not about one event.
        account_id: of the stream; None where it is not about one stream.
        expected, found: for people; None where there is nothing to compare.
        derived: whether it is about a part of the file that can be rebuilt from the log.
        projection: the name of the projection it is about; empty where it is about none.
    """

    check: str
    message: str
    position: int | None = None
    account_id: str | None = None
    expected: str | None = None
    found: str | None = None
    derived: bool = False
    projection: str = ""

    @classmethod
    def at(
        cls,
        event: RecordedEvent,
        check: str,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
    ) -> Self:
        """Something that is wrong with one event."""
        return cls(
            check=check,
            message=message,
            position=event.position,
            account_id=str(event.stream_id),  # a damaged file may hold anything there
            expected=expected,
            found=found,
        )

    def show_times(self, show: Callable[[int], str]) -> Finding:
        """The same, with the times in its texts as a function shows instants (µs UTC)."""
        texts = self.message, self.expected, self.found
        if not any(text and "\0" in text for text in texts):
            return self
        message, expected, found = (text and in_zone(text, show) for text in texts)
        return msgspec.structs.replace(self, message=message or "", expected=expected, found=found)


class ControlTotals(msgspec.Struct):
    """What moved in one currency, in minor units.

    Attributes:
        money_in_minor: initial balances, deposits, and receiving sides of transfers whose sending
            side is missing from a log of the older world.
        money_out_minor: withdrawals, and such sending sides.
        sent_minor, received_minor: by transfers between accounts.
        balances_minor: the sum of the balances of all accounts.
        decimals: of the currency.
        carried_over_minor: what the accounts held at the end of an archive that was not looked at.
    """

    AMOUNTS: ClassVar[tuple[str, ...]] = (
        "money_in_minor",
        "money_out_minor",
        "sent_minor",
        "received_minor",
        "balances_minor",
        "carried_over_minor",
    )

    currency: str
    money_in_minor: int = 0
    money_out_minor: int = 0
    sent_minor: int = 0
    received_minor: int = 0
    balances_minor: int = 0
    decimals: int | None = None
    carried_over_minor: int = 0

    @property
    def money_in(self) -> Money | None:
        """What came in; None where nobody says what decimals the currency has."""
        return self._money(self.money_in_minor)

    @property
    def money_out(self) -> Money | None:
        """What went out; None where nobody says what decimals the currency has."""
        return self._money(self.money_out_minor)

    @property
    def sent(self) -> Money | None:
        """What transfers sent; None where nobody says what decimals the currency has."""
        return self._money(self.sent_minor)

    @property
    def received(self) -> Money | None:
        """What transfers brought; None where nobody says what decimals the currency has."""
        return self._money(self.received_minor)

    @property
    def balances(self) -> Money | None:
        """What all accounts hold; None where nobody says what decimals the currency has."""
        return self._money(self.balances_minor)

    @property
    def carried_over(self) -> Money | None:
        """What was carried over from an archive that was not looked at; likewise."""
        return self._money(self.carried_over_minor)

    def _money(self, minor_units: int) -> Money | None:
        decimals = DECIMALS.get(self.currency) if self.decimals is None else self.decimals
        return None if decimals is None else Money(minor_units, self.currency, decimals)


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a verification, up to the head that the log had when it began.

    Attributes:
        looked_at: for each check (a key of `CHECKS`) how many things it looked at.
        events, accounts, snapshots, idempotency_keys: how many there are.
        totals: by currency.
        findings: everything that is wrong, by position.
        notes: what is worth knowing and not wrong, such as a projection that lags.
        noted_head: what became of the head noted earlier; empty where none was given.
        archived: the position up to which the log is in an archive; 0 where it has none.
        archive_looked_at: whether the archive was verified with the rest; else ``events`` and
            ``totals`` are about what comes after it.
        archive_folder: where all of the archive is, as the ledger remembers it; empty where it is
            not all there.
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
    noted_head: NotedHead = ""
    archived: int = 0
    archive_looked_at: bool = False
    archive_folder: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def amount_text(minor_units: int, currency: str, decimals: int | None = None) -> str:
    """An amount as a decimal; where nobody says what decimals it has, in minor units."""
    if decimals is None:
        decimals = DECIMALS.get(currency)
    if decimals is None:
        return f"{minor_units} minor units of {currency!a}"
    return f"{format_minor_units(minor_units, decimals)} {currency}"


def span_text(first: int, last: int) -> str:
    """Positions or versions from one to another, in words."""
    return str(first) if first == last else f"{first} to {last}"


def field_text(values: msgspec.Struct, field: str) -> str:
    """A field of an aggregate's state or of a projection's row, for people."""
    value = getattr(values, field)
    if field == "balance" and isinstance(value, int) and hasattr(values, "currency"):
        return amount_text(value, values.currency, getattr(values, "decimals", None))
    if field in _INSTANTS and isinstance(value, int):
        return moment(value)
    return "none" if value is None else str(value)
