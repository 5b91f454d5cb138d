"""An account with its past: its state as a fold, and what it was at any moment since.

Its rules are `ledger.domain.account.BankAccount`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from ledger.domain.account_path import Change, PathPoint, only_adds_up, path_by_sums, path_of
from ledger.domain.account_state import FOLD_REVISION, AccountState, fold
from ledger.domain.aggregate import (
    BEFORE_ALL_TIMES,
    Aggregate,
    Dated,
    EventsAfter,
    unknown_past,
)
from ledger.domain.events import AccountEvent
from ledger.domain.money import MAX_MINOR_UNITS
from ledger.errors import NoSuchAccount


class AccountWithPast(Aggregate[AccountState, AccountEvent], has_rules=False):
    """An account without its rules."""

    event_types = get_args(AccountEvent)
    state_type = AccountState
    fold_revision = FOLD_REVISION

    __slots__ = ("_ceiling",)

    def __init__(
        self,
        stream_id: str,
        state: AccountState | None = None,
        version: int = 0,
        events_after: EventsAfter[AccountEvent] = unknown_past,
    ) -> None:
        super().__init__(stream_id, state, version, events_after)
        self._ceiling: int | None = None
        """No balance was ever higher (minor units); over all balances where it was ever closed, and
        None where its past was not looked at."""

    @property
    def state(self) -> AccountState:
        """The state at the version reached.

        Raises:
            NoSuchAccount: no event has been applied.
        """
        if self._state is None:
            raise NoSuchAccount(
                f"there is no account {self.stream_id!a}",
                advice="check the id, or open the account first",
                account_id=self.stream_id,
            )
        return self._state

    @property
    def highest_effective_at(self) -> int:
        return self.state.last_activity

    def apply(self, event: AccountEvent, effective_at: int) -> None:
        self._state = fold(self._state, event, effective_at)
        self.version += 1
        if self._ceiling is not None:
            amount = max(event.signed_amount, 0)
            self._ceiling = self._ceiling + amount if only_adds_up((event,)) else None

    def history(self) -> list[Dated[AccountEvent]]:
        """All its events, in version order."""
        events = self._events_after(self.stream_id, BEFORE_ALL_TIMES, self.version)
        return sorted(events, key=lambda dated: dated.version)

    def highest_ever(self) -> int:
        """What no balance was ever above (minor units); over all balances if it was ever closed.

        A credit to the past is compared with it, where the path would be read for each.
        """
        if self._ceiling is None:
            points = path_of(self.history(), BEFORE_ALL_TIMES)
            ever_closed = any(point.closed_at is not None for point in points)
            highest = max((point.balance for point in points), default=0)
            self._ceiling = MAX_MINOR_UNITS + 1 if ever_closed else highest
        return self._ceiling

    def path(self, since: int, new: Sequence[Change] = ()) -> list[PathPoint]:
        """What it was at a moment (µs UTC), and at each later one became; where it was open.

        Args:
            new: events to come, with their effective times.
        """
        state = self._state
        if state is not None and only_adds_up([event for _, event in new]):
            later = (
                list(self._events_after(self.stream_id, since, self.version))
                if since < state.last_activity
                else []
            )
            if only_adds_up([event for _, _, event in later]):
                return path_by_sums(state, since, later, new)
        history = self.history() if self.version else []
        to_come = (Dated(self.version + n, *change) for n, change in enumerate(new, 1))
        return path_of([*history, *to_come], since)
