"""Balances added up by the parts of the accounts' ids: ``club:bank:giro`` is part of ``club:bank``,
and that of ``club``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.eventstore.records import Head
from ledger.queries.balances import BalanceReport


class BranchBalance(msgspec.Struct, frozen=True):
    """What all accounts of a branch held at a point in one currency.

    A branch in several currencies has one of these for each; currencies are never added up, nor is
    one with other decimals.

    Attributes:
        path: the beginning that the ids have in common, or a whole id.
        depth: of the path; 0 for its first part.
        balance_minor: minor units, the sum of all accounts; it may be beyond 2**63.
        accounts: how many there are of the currency, with that of the very path.
        own_balance_minor: minor units, what the account of the very path holds; None where there
            is none in the currency.
        as_of_us, known_us, known_position: as of the balances.
    """

    path: str
    depth: int
    balance_minor: int
    currency: str
    decimals: int
    accounts: int
    own_balance_minor: int | None
    head: Head
    as_of_us: int | None = None
    known_us: int | None = None
    known_position: int | None = None

    @property
    def balance(self) -> Money:
        """What all accounts of the branch held."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def own_balance(self) -> Money | None:
        """What the account of the very path held; None where there is none."""
        if self.own_balance_minor is None:
            return None
        return Money(self.own_balance_minor, self.currency, self.decimals)

    @property
    def as_of(self) -> datetime | None:
        """The moment up to which what happened counts (UTC); None for *now*."""
        return to_datetime(self.as_of_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)


_Path = tuple[str, ...]
_Unit = tuple[str, int]


class _Sum(msgspec.Struct, gc=False):
    balance: int = 0
    accounts: int = 0
    own: int | None = None


def added_up(reports: Sequence[BalanceReport]) -> list[BranchBalance]:
    """Every branch that has one of some accounts, each followed by its parts, by name.

    Args:
        reports: all of one point.
    """
    sums: dict[_Path, dict[_Unit, _Sum]] = {}
    for report in reports:
        parts = tuple(report.account_id.split(":"))
        unit = report.currency, report.decimals
        for length in range(1, len(parts) + 1):
            found = sums.setdefault(parts[:length], {}).setdefault(unit, _Sum())
            found.balance += report.balance_minor
            found.accounts += 1
        found.own = report.balance_minor
    return [
        BranchBalance(
            ":".join(parts),
            len(parts) - 1,
            found.balance,
            currency,
            decimals,
            found.accounts,
            found.own,
            reports[0].head,
            reports[0].as_of_us,
            reports[0].known_us,
            reports[0].known_position,
        )
        for parts, units in sorted(sums.items())
        for (currency, decimals), found in sorted(units.items())
    ]


def totals(reports: Iterable[BalanceReport]) -> list[Money]:
    """What accounts hold together, in each currency and its decimals."""
    sums: dict[_Unit, int] = {}
    for report in reports:
        unit = report.currency, report.decimals
        sums[unit] = sums.get(unit, 0) + report.balance_minor
    return [Money(total, *unit) for unit, total in sorted(sums.items())]
