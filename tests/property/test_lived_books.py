"""Random lives of a ledger and a naive book: mistakes put right, locks, and wrong clocks.

The naive book folds lists by definition. What it refuses, the ledger refuses; whatever it answers
on either clock, the ledger answers.
"""

from __future__ import annotations

from itertools import count
from time import monotonic

import pytest

from ledger.domain.instant import format_instant
from ledger.projections.apart import folded_apart
from tests.support.naive_book import Book
from tests.support.naive_lives import ACCOUNTS, START, Life, Step, life
from tests.support.naive_log import BOOK
from tests.support.property.lived_books import LivedBook
from tests.support.property.places import lives
from tests.support.soak import Soak

IN_SUITE = 30
AT_ONCE = 10


def live(one: Life) -> None:
    with LivedBook() as lived:
        lived.begin(START)
        for step in one.steps:
            refusal = lived.carry_out(step.intent, one.at(step.before))
            if step.refused is None:
                assert refusal is None, step.intent
                check_written(lived, one, step)
                if step.after % 5 == 0:  # the projection follows in steps
                    lived.ledger.balances(as_of=START)
                continue
            # Where several rules refuse a command, either may ask first.
            assert refusal is not None, step.intent
            # A plain command is refused as of the clock, which the head may be a little ahead of.
            both_for_money = {step.refused.code, refusal.code} == {"insufficient_funds"}
            if both_for_money and step.refused.moment not in (None, now_of(one, step)):
                assert step.refused.moment is not None
                assert refusal.details["at"] == format_instant(step.refused.moment), step.intent
        check_answers(lived, one.book)
        check_answers_of_all(lived, one.book)
        assert lived.ledger.verify().findings == ()


def now_of(one: Life, step: Step) -> int:
    """When an event of a step would be recorded."""
    log = one.at(step.before).log
    return max(step.intent.clock, log[-1].recorded if log else 0)


def check_written(lived: LivedBook, one: Life, step: Step) -> None:
    """What was appended; the ledger has its book's creation before all of it."""
    recorded = list(lived.store.read_all(after_position=step.before + 1))
    assert [
        (each.stream_id, each.version - (each.stream_id == BOOK), each.event_type)
        for each in recorded
    ] == [(each.stream, each.version, each.kind) for each in one.book.log[step.before : step.after]]
    for each, naive in zip(recorded, one.book.log[step.before : step.after], strict=True):
        assert (each.recorded_at, each.effective_at) == (naive.recorded, naive.effective), naive


def check_answers(lived: LivedBook, book: Book) -> None:
    known = sorted({*book.known_times()})
    for account in ACCOUNTS:
        if not book.events(account):
            continue
        assert lived.state(account) == book.state(account)
        moments = book.moments(account)
        for moment in sorted({near for each in moments for near in (each - 1, each, each + 1)}):
            assert lived.state(account, moment) == book.state(account, moment), moment
        for time in known[:: max(len(known) // 5, 1)]:
            assert lived.state(account, None, time) == book.state(account, None, time)
            for moment in moments[::3]:
                told = lived.state(account, moment, time)
                assert told == book.state(account, moment, time), (moment, time)


def check_answers_of_all(lived: LivedBook, book: Book) -> None:
    """What all accounts held then, which one projection answers, and how it got there."""
    known = sorted({*book.known_times()})
    moments = sorted(
        {near for each in ACCOUNTS for at in book.moments(each) for near in (at - 1, at)}
    )
    points: list[tuple[int | None, int | None]] = [(moment, None) for moment in moments[::2]]
    points += [(moment, time) for time in known[::4] for moment in [*moments[::5], None]]
    for moment, time in points:
        states = {account: book.state(account, moment, time) for account in ACCOUNTS}
        told = lived.ledger.balances(as_of=moment, known_at=time)
        assert {(each.account_id, each.balance_minor, each.decimals) for each in told} == {
            (account, state.balance, state.decimals)
            for account, state in states.items()
            if state is not None and state.closed is None
        }, (moment, time)
        for each in told:
            alone = lived.ledger.balance(each.account_id, as_of=moment, known_at=time)
            assert (alone.balance, alone.version) == (each.balance, each.version)
    (projection,) = lived.ledger._projector.on_demand
    followed = list(lived.store.tables.rows(projection.table))
    with folded_apart(lived.store, projection, lived.store.head().position) as tables:
        assert list(tables.rows(projection.table)) == followed


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_a_ledger_is_what_the_naive_book_is(begin: int) -> None:
    for seed in lives(begin, AT_ONCE):
        live(life(seed))


@pytest.mark.soak
def test_a_ledger_is_what_the_naive_book_is_soak(soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        if number >= AT_ONCE and monotonic() >= end:
            break
        live(life(soak.seed + number))


def test_who_has_seen_a_lock_hears_that_it_is_gone() -> None:
    """In this life the clock is set back to before a lock that somebody else has taken back."""
    live(life(343_471))


def test_a_lock_between_the_clock_and_the_head_hinders_nothing() -> None:
    """In this life the clock is behind the head by some minutes, with a lock between the two."""
    live(life(171_109))
