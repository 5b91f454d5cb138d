"""An account with its past: its state as a fold, and what it was at any moment since.

Its rules are `ledger.domain.account.BankAccount`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, get_args

from ledger.domain.account_path import Change, PathPoint, path_by_sums, path_of
from ledger.domain.account_state import FOLD_REVISION, STATE_VERSION, AccountState, fold
from ledger.domain.aggregate import (
    BEFORE_ALL_TIMES,
    Aggregate,
    Dated,
    EventsAfter,
    unknown_past,
)
from ledger.domain.events import AccountEvent, OpeningAmended
from ledger.errors import NoSuchAccount

if TYPE_CHECKING:
    from ledger.domain.balance_path import BalancePath


class AccountWithPast(Aggregate[AccountState, AccountEvent], has_rules=False):
    """An account without its rules."""

    event_types = get_args(AccountEvent)
    state_type = AccountState
    fold_revision = FOLD_REVISION
    state_version = STATE_VERSION

    __slots__ = ("_path",)

    def __init__(
        self,
        stream_id: str,
        state: AccountState | None = None,
        version: int = 0,
        events_after: EventsAfter[AccountEvent] = unknown_past,
    ) -> None:
        super().__init__(stream_id, state, version, events_after)
        self._path: BalancePath | None = None
        """None where its past was not asked about, or not for long."""

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
        if self._path is not None and not self._path.take(event, effective_at):
            self._path = None

    def history(self) -> list[Dated[AccountEvent]]:
        """All its events, in version order."""
        events = self._events_after(self.stream_id, BEFORE_ALL_TIMES, self.version)
        return sorted(events, key=lambda dated: dated.version)

    def path_since(self, moment: int) -> BalancePath:
        """What it was at a moment (µs UTC), and at each later one became.

        It is held for the commands to come. Where one of them asks about an earlier moment, others
        may ask about still earlier ones; so the past is read twice as far back each time.
        """
        from ledger.domain.balance_path import BalancePath  # most commands are about now

        path = self._path
        if path is None or moment < path.since:
            since = moment
            if path is not None:
                opened_at, last = self.state.opened_at, self.state.last_activity
                since = min(moment, max(2 * moment - last, opened_at))
            path = self._path = BalancePath(self._points(since), since)
        path.ask(moment)
        return path

    def path_with(self, since: int, new: Sequence[Change]) -> BalancePath:
        """What it would be at a moment (µs UTC), and at each later one become, with more events.

        Args:
            new: those events, with their effective times.
        """
        if all(type(event) is not OpeningAmended for _, event in new):
            return self.path_since(since).with_events(new)
        from ledger.domain.balance_path import BalancePath

        to_come = (Dated(self.version + n, *change) for n, change in enumerate(new, 1))
        return BalancePath(path_of([*self.history(), *to_come], since), since)

    def _points(self, since: int) -> Iterable[PathPoint]:
        state = self.state
        if since >= state.last_activity:
            return [PathPoint(since, state.balance, state.overdraft_limit, state.closed_at)]
        points = path_by_sums(state, since, self._events_after(self.stream_id, since, self.version))
        return path_of(self.history(), since) if points is None else points
