"""The smallest books that show what a rule of the naive model must say."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.naive_book import Book
from tests.support.naive_intents import Intent, Refused
from tests.support.naive_lives import SECOND, START


def told(*commands: tuple[str, int, dict[str, object]]) -> tuple[Book, list[str]]:
    """A book of commands, on account a unless they say so, and what became of each.

    Times are seconds after START.
    """
    book, became = Book(), []
    for command, clock, facts in commands:
        moved = {"account": "a"} | facts
        if isinstance(moment := facts.get("at"), int):
            moved["at"] = START + moment * SECOND
        intent = Intent(command, START + clock * SECOND, **moved)  # type: ignore[arg-type]
        result = book.carry_out(intent)
        became.append(result.code if isinstance(result, Refused) else "done")
    return book, became


def as_seconds(times: Iterable[int]) -> list[int]:
    return [(time - START) // SECOND for time in times]


def test_what_was_known_stays_in_order_when_a_correction_is_withdrawn() -> None:
    book, became = told(
        ("open", 0, {}),
        ("deposit", 4_000, {"amount": 5}),
        ("correct_clock", 100, {}),  # the clock was an hour behind, and nothing was wrong
        ("deposit", 110, {"amount": 5}),
        ("withdraw_correction", 4_200, {"version": 1}),
        ("deposit", 4_300, {"amount": 5}),
    )
    assert became == ["done"] * 6
    assert as_seconds(event.recorded for event in book.log) == [0, 4_000, 100, 110, 4_200, 4_300]
    assert as_seconds(book.known_times()) == [0, 4_000, 4_000, 4_000, 4_200, 4_300]


def test_a_correction_is_not_withdrawn_where_the_clock_would_be_far_behind() -> None:
    book, became = told(
        ("open", 4_000, {}),
        ("correct_clock", 100, {}),
        ("withdraw_correction", 110, {"version": 1}),
        ("deposit", 120, {"amount": 5}),
    )
    assert became == ["done", "done", "clock_ahead", "before_opening"]
    assert as_seconds(event.recorded for event in book.log) == [4_000, 100]


def test_an_opening_moved_later_leaves_no_account_before_it() -> None:
    book, became = told(
        ("open", 10, {"amount": 7}),
        ("amend_opening", 50, {"at": 30}),
        ("amend_opening", 60, {"at": 20}),
    )
    assert became == ["done"] * 3
    told_of = [book.state("a", START + second * SECOND) for second in (9, 10, 19, 20, 30)]
    assert [state and state.balance for state in told_of] == [None, None, None, 7, 7]


def test_a_limit_amended_before_the_opening_was_outlives_it() -> None:
    book, became = told(
        ("open", 10, {"amount": 7}),
        ("amend", 20, {"limit": 50, "text": "Bo"}),
        ("amend_opening", 30, {"at": 5}),
    )
    assert became == ["done"] * 3
    told_of = [book.state("a", START + second * SECOND) for second in (5, 15, 20)]
    assert [state and (state.limit, state.owner) for state in told_of] == [
        (0, None),
        (0, None),
        (50, "Bo"),
    ]


def test_no_entry_before_a_closing_brings_money_into_the_closed_days() -> None:
    _, became = told(
        ("open", 0, {}),
        ("close", 10, {}),
        ("reopen", 20, {"at": 20}),
        ("deposit", 30, {"amount": 5, "at": 5}),
        ("deposit", 30, {"amount": 5, "at": 15}),
        ("deposit", 30, {"amount": 5, "at": 20}),
    )
    assert became == ["done"] * 3 + ["account_closed"] * 2 + ["done"]


def test_an_account_is_not_closed_before_days_in_which_it_was_closed() -> None:
    _, became = told(
        ("open", 0, {}),
        ("close", 10, {}),
        ("reopen", 20, {"at": 20}),
        ("close", 30, {"at": 8}),
        ("close", 30, {"at": 25}),
        ("reopen", 40, {}),
        ("close", 50, {"at": 22}),
    )
    assert became == ["done"] * 3 + ["account_closed", "done", "done", "done"]


def test_a_reversal_that_came_later_is_activity() -> None:
    _, became = told(
        ("open", 0, {}),
        ("deposit", 10, {"amount": 5}),
        ("withdraw", 12, {"amount": 5}),
        ("reverse", 20, {"version": 3, "at": 20}),
        ("reverse", 20, {"version": 2, "at": 20}),
        ("close", 30, {"at": 15}),
        ("amend_opening", 30, {"at": 15}),
        ("close", 30, {"at": 20}),
    )
    assert became[-4:] == ["done", "later_activity", "before_opening", "done"]


def test_an_entry_reversed_at_its_moment_is_no_activity() -> None:
    _, became = told(
        ("open", 0, {}),
        ("deposit", 10, {"amount": 5}),
        ("reverse", 20, {"version": 2}),
        ("amend_opening", 30, {"at": 15, "currency": "JPY"}),
        ("close", 30, {"at": 15}),
    )
    assert became == ["done"] * 5


def test_a_lock_leaves_the_moment_it_is_made_at_open() -> None:
    _, became = told(
        ("open", 0, {}),
        ("lock", 10, {"at": 10}),
        ("lock", 10, {"at": 9}),
        ("deposit", 10, {"amount": 5}),
        ("deposit", 10, {"amount": 5, "at": 9}),
    )
    assert became == ["done", "invalid_time", "done", "done", "locked"]


def test_points_of_different_size_are_not_transferred() -> None:
    _, became = told(
        ("open", 0, {"currency": "POINTS", "decimals": 0, "amount": 5}),
        ("open", 0, {"account": "b", "currency": "POINTS", "decimals": 2}),
        ("transfer", 1, {"to": "b", "amount": 5}),
    )
    assert became == ["done", "done", "currency_mismatch"]


def test_of_two_limits_the_one_said_last_counts_from_its_moment_on() -> None:
    book, became = told(
        ("open", 0, {}),
        ("amend", 20, {"limit": 100}),
        ("amend", 30, {"limit": 50, "at": 10}),
    )
    assert became == ["done"] * 3
    told_of = [book.state("a", START + second * SECOND) for second in (9, 10, 25)]
    assert [state and state.limit for state in told_of] == [0, 50, 50]
