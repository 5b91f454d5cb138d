from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.balance_timeline import BalanceTimeline

movements = st.lists(st.tuples(st.integers(1, 9), st.integers(-20, 20)), max_size=15)


def test_a_path_without_movements_is_one_point() -> None:
    assert BalanceTimeline.starting(5, 100).points == ((5, 100),)


def test_movements_count_in_the_order_of_time() -> None:
    path = BalanceTimeline.starting(5, 100, [(9, -30), (7, 20), (8, -50)])
    assert path.points == ((5, 100), (7, 120), (8, 70), (9, 40))


def test_movements_of_one_moment_are_one_point() -> None:
    path = BalanceTimeline.starting(5, 10, [(7, -30), (6, 1), (7, 30)])
    assert path.points == ((5, 10), (6, 11), (7, 11))


def test_the_first_moment_that_does_not_cover_an_amount_is_found() -> None:
    path = BalanceTimeline(((5, 100), (7, 40), (8, 90), (9, 30)))
    assert path.first_below(30) is None
    assert path.first_below(31) == (9, 30)
    assert path.first_below(40) == (9, 30)
    assert path.first_below(41) == (7, 40)
    assert path.first_below(101) == (5, 100)


@pytest.mark.parametrize(("points", "lowest"), [(((5, 7),), 7), (((5, 9), (6, 2), (7, 4)), 2)])
def test_the_lowest_balance_is_the_most_that_can_leave(
    points: tuple[tuple[int, int], ...], lowest: int
) -> None:
    assert BalanceTimeline(points).lowest == lowest


@settings(deadline=None)
@given(st.integers(0, 50), movements)
def test_a_path_is_the_sum_of_what_came_by_each_moment(
    balance: int, movements: list[tuple[int, int]]
) -> None:
    path = BalanceTimeline.starting(0, balance, iter(movements))
    assert path.points == tuple(
        (moment, balance + sum(amount for at, amount in movements if at <= moment))
        for moment in sorted({0} | {at for at, _ in movements})
    )


@settings(deadline=None)
@given(st.integers(0, 50), movements, st.integers(-5, 60))
def test_first_below_is_the_earliest_balance_under_the_amount(
    balance: int, movements: list[tuple[int, int]], amount: int
) -> None:
    path = BalanceTimeline.starting(0, balance, movements)
    short = [point for point in sorted(path.points) if point[1] < amount]
    assert path.first_below(amount) == (short[0] if short else None)
    assert (path.lowest >= amount) == (not short)
