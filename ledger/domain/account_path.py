"""The whole-path check: what an account was, and at each later moment became.

A withdrawal that happened in the past lowers every balance after it. Looking at today's balance
alone would let a backdated one through that overdraws the account in between. The same holds of all
that changes the past: a reversal, another opening, another limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ledger.domain.account_state import AccountState
from ledger.domain.aggregate import Dated
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)
from ledger.domain.money import MAX_MINOR_UNITS

Change = tuple[int, AccountEvent]
"""An event that is to come, after its effective time (µs UTC)."""

_ADDED_UP: Final = frozenset(
    (
        MoneyDeposited,
        MoneyWithdrawn,
        TransferSent,
        TransferReceived,
        EntryReversed,
        EntryAmended,
        BalanceConfirmed,
        ConfirmationWithdrawn,
        PersonalDataErased,
    )
)
"""Events that change nothing of an account's state but add to its balance, if anything."""


class PathPoint(NamedTuple):
    """An account at a moment (µs UTC), once all events of that moment have counted.

    Attributes:
        balance, limit: minor units; the balance may be as far below zero as the limit.
        closed_at: since when (µs UTC) it is closed; None where it is open.
    """

    moment: int
    balance: int
    limit: int
    closed_at: int | None = None

    @property
    def is_right(self) -> bool:
        """Whether the rules allow such a state."""
        if self.closed_at is not None and self.balance:
            return False
        return -self.limit <= self.balance <= MAX_MINOR_UNITS


def only_adds_up(events: Iterable[AccountEvent]) -> bool:
    """Whether all that events change is the balance."""
    return all(type(event) in _ADDED_UP for event in events)


def path_by_sums(
    state: AccountState, since: int, later: Iterable[Dated[AccountEvent]]
) -> Iterator[PathPoint] | None:
    """A path along which nothing but the balance changes; None where something else does.

    Args:
        state: the account now.
        since: the moment (µs UTC) that the path starts at.
        later: the account's events that are effective after it, in any order.
    """
    change_at: dict[int, int] = {}
    for _, moment, event in later:
        if type(event) not in _ADDED_UP:
            return None
        change_at[moment] = change_at.get(moment, 0) + event.signed_amount
    return _summed_up(state, since, change_at)


def _summed_up(
    state: AccountState, since: int, change_at: Mapping[int, int]
) -> Iterator[PathPoint]:
    limit, closed_at = state.overdraft_limit, state.closed_at
    balance = state.balance - sum(change_at.values())
    yield PathPoint(since, balance, limit, closed_at)
    for moment in sorted(change_at):
        balance += change_at[moment]
        yield PathPoint(moment, balance, limit, closed_at)


def path_of(history: Iterable[Dated[AccountEvent]], since: int) -> list[PathPoint]:
    """The path from a moment on, by all events of an account.

    What is effective by a moment counts in version order. Where the account is not open yet, the
    path has no point.

    Args:
        history: all events, those to come included, in any order.
        since: the moment (µs UTC) that the path starts at.
    """
    by_time = sorted(history, key=lambda dated: (dated.effective_at, dated.version))
    moments = {since, *(dated.effective_at for dated in by_time if dated.effective_at > since)}
    for _, _, event in by_time:
        if type(event) is OpeningAmended and event.opened_at > since:
            moments.add(event.opened_at)
    last = _Last()
    points, place = [], 0
    for moment in sorted(moments):
        while place < len(by_time) and by_time[place].effective_at <= moment:
            last.take(by_time[place])
            place += 1
        if last.opened_at is not None and moment >= last.opened_at:
            points.append(last.point(moment))
    return points


class _Last:
    """What counts of the events that were taken: of each kind the one with the highest version."""

    def __init__(self) -> None:
        self.opened_at: int | None = None
        self._moved = 0
        self._initial_balance = 0
        self._opening_limit = 0
        self._limit: int | None = None
        self._closed_at: int | None = None
        self._first_opening = self._last_opening = 0
        self._limit_version = self._closing_version = 0

    def take(self, dated: Dated[AccountEvent]) -> None:
        version, effective_at, event = dated
        match event:
            case AccountOpened() | OpeningAmended():
                if not 0 < self._first_opening < version:  # later ones leave the limit alone
                    self._first_opening = version
                    self._opening_limit = event.overdraft_limit
                if version > self._last_opening:
                    self._last_opening = version
                    self._initial_balance = event.initial_balance
                    amended = type(event) is OpeningAmended
                    self.opened_at = event.opened_at if amended else effective_at  # type: ignore[union-attr] # told by `amended`
            case AccountAmended():
                if event.overdraft_limit is not None and version > self._limit_version:
                    self._limit_version, self._limit = version, event.overdraft_limit
            case AccountClosed() | AccountReopened():
                if version > self._closing_version:
                    self._closing_version = version
                    closed = type(event) is AccountClosed
                    self._closed_at = effective_at if closed else None
            case _:
                self._moved += event.signed_amount

    def point(self, moment: int) -> PathPoint:
        limit = self._opening_limit if self._limit is None else self._limit
        return PathPoint(moment, self._moved + self._initial_balance, limit, self._closed_at)
