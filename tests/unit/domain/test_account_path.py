from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.account_path import PathPoint, only_adds_up, path_by_sums, path_of
from ledger.domain.account_state import AccountState, fold
from ledger.domain.aggregate import Dated
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    AccountReopened,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
)
from ledger.domain.money import MAX_MINOR_UNITS

History = Sequence[Dated[AccountEvent]]


def opened(at: int, balance: int = 0, limit: int = 0) -> Dated[AccountEvent]:
    return Dated(1, at, AccountOpened("a", "USD", 2, balance, limit, "Ana"))


movements = st.lists(
    st.tuples(st.integers(2, 9), st.integers(-20, 20).filter(bool)), max_size=12
).map(
    lambda drawn: [
        Dated(
            version,
            moment,
            MoneyDeposited(amount, "USD") if amount > 0 else MoneyWithdrawn(-amount, "USD"),
        )
        for version, (moment, amount) in enumerate(drawn, 2)
    ]
)
changes = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.sampled_from(
            [
                MoneyDeposited(5, "USD"),
                MoneyWithdrawn(7, "USD"),
                EntryReversed(2, 4, "USD"),
                AccountAmended(overdraft_limit=30),
                AccountAmended(overdraft_limit=0),
                AccountAmended(owner="Bo"),
                AccountClosed(),
                AccountReopened(),
                OpeningAmended("a", "USD", 2, 12, 1, 3, "Ana"),
                OpeningAmended("a", "USD", 2, 0, 4, 0, "Ana"),
            ]
        ),
    ),
    max_size=10,
).map(lambda drawn: [Dated(version, *change) for version, change in enumerate(drawn, 2)])


def folded(history: History, moment: int) -> AccountState | None:
    """The fold, in version order, of what is effective by a moment."""
    state = None
    for _, effective_at, event in sorted(history):
        if effective_at <= moment:
            state = fold(state, event, effective_at)
    return state if state is not None and moment >= state.opened_at else None


def test_a_path_without_events_is_one_point() -> None:
    state = AccountState("Ana", "USD", 2, 100, 0, 1, 1, overdraft_limit=7)
    assert list(path_by_sums(state, 5, []) or ()) == [PathPoint(5, 100, 7)]


@settings(deadline=None)
@given(movements, st.integers(2, 9))
def test_sums_and_the_whole_history_come_to_one_path(before: History, since: int) -> None:
    history = [opened(1, 50), *before]
    state = None
    for _, effective_at, event in history:
        state = fold(state, event, effective_at)
    assert state is not None
    later = [each for each in before if each.effective_at > since]
    sums = list(path_by_sums(state, since, later) or ())
    assert sums == path_of(history, since)
    assert [point.moment for point in sums] == sorted(
        {since, *(each.effective_at for each in later)}
    )


@settings(deadline=None, max_examples=400)
@given(changes, st.integers(1, 9))
def test_each_point_is_the_fold_of_what_is_effective_by_then(later: History, since: int) -> None:
    history = [opened(1, 50, 2), *later]
    points = {point.moment: point for point in path_of(history, since)}
    for moment in range(since, 11):
        state = folded(history, moment)
        if state is None:  # where it is not open, there is no point
            assert moment not in points
            continue
        point = points[max(each for each in points if each <= moment)]
        assert (point.balance, point.limit, point.closed_at) == (
            state.balance,
            state.overdraft_limit,
            state.closed_at,
        )


def test_a_state_is_right_within_its_own_limit() -> None:
    assert PathPoint(1, -7, 7).is_right
    assert not PathPoint(1, -8, 7).is_right
    assert PathPoint(1, MAX_MINOR_UNITS, 0).is_right
    assert not PathPoint(1, MAX_MINOR_UNITS + 1, 0).is_right
    assert PathPoint(1, 0, 7, closed_at=1).is_right
    assert not PathPoint(1, 1, 7, closed_at=1).is_right
    assert not PathPoint(1, -1, 7, closed_at=1).is_right


def test_what_changes_more_than_the_balance_is_known() -> None:
    assert only_adds_up([MoneyDeposited(1, "USD"), EntryReversed(2, -1, "USD")])
    assert not only_adds_up([AccountAmended(overdraft_limit=1)])
    assert not only_adds_up([AccountClosed()])
    assert not only_adds_up([OpeningAmended("a", "USD", 2, 0, 1)])
    state = AccountState("Ana", "USD", 2, 100, 0, 1, 9, overdraft_limit=7)
    assert path_by_sums(state, 5, [Dated(2, 9, AccountAmended(overdraft_limit=7))]) is None
