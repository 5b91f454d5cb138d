"""The rules of a book with mistakes put right, two clocks and locks, held on the naive model.

A rule that fails here is an error of the design, not of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, pairwise
from time import monotonic

import pytest

from tests.support.naive_book import FIVE_MINUTES, LARGEST, Book
from tests.support.naive_intents import Intent, Refused
from tests.support.naive_lives import ACCOUNTS, WEIGHTS, Life, Step, figures_of, life
from tests.support.naive_log import BOOK, MOVEMENTS, OPENINGS, Entry, Log, State
from tests.support.soak import Soak

STILL = ("confirm", "withdraw_confirmation", "lock", "unlock", "correct_clock")
"""Commands that move no figure."""
IN_SUITE = 300
LONG_RUN = 3_000


# ── the rules ───────────────────────────────────────────────────────────────────────────────────


def time_steps_back_only_where_the_clock_was_corrected(one: Life) -> None:
    for before, after in pairwise(one.book.log):
        assert after.recorded >= before.recorded or after.kind == "ClockCorrected"
    for _, step, written in one.accepted("deposit", "withdraw", "transfer", "open", "close"):
        for event in written:
            assert event.effective <= event.recorded
            assert step.intent.clock <= event.recorded <= step.intent.clock + FIVE_MINUTES


def what_was_known_is_a_prefix(one: Life) -> None:
    earlier: list[int] = []
    for step in one.steps:
        book = one.at(step.after)
        known = book.known_times()
        for time in {*known, *(time - 1 for time in known)}:
            places = [place for place, own in enumerate(known) if own <= time]
            assert places == list(range(len(places)))
        written = book.log[step.before :]
        kind = written[0].kind if written else ""
        if kind == "ClockCorrected":
            wrong = written[0].refers - 1
            assert known[:wrong] == earlier[:wrong]
            assert set(known[wrong:]) == {step.intent.clock}
            assert min(earlier[wrong:]) > known[-1]
        elif kind == "ClockCorrectionWithdrawn":
            corrected = book.events(BOOK)[written[0].refers - 1].position
            as_it_was = Log(book.log[: corrected - 1]).known_times()
            later = [event.kind for event in book.log[corrected:]]
            if "ClockCorrected" not in later and later.count(kind) == 1:
                assert known[: corrected - 1] == as_it_was
            assert known[-1] == written[0].recorded
        else:
            assert known[: step.before] == earlier
        assert len(set(known[step.before :])) <= 1
        earlier = known
    known = one.book.known_times()
    ends = {0, *(step.after for step in one.steps)}
    for time in {*known, *(event.recorded for event in one.book.log)}:
        assert sum(own <= time for own in known) in ends


def no_state_is_below_its_own_limit(one: Life) -> None:
    for step in one.steps:
        book = one.at(step.after)
        for account in {event.stream for event in book.log[step.before :]} - {BOOK}:
            for moment in moments_around([book]):
                state = book.state(account, moment)
                assert (state.balance if state else None) == plain_balance(book, account, moment)
                if state:
                    assert -state.limit <= state.balance <= LARGEST
                    assert state.closed is None or state.balance == 0
                    assert state.entries == sum(
                        not e.reversed for e in book.entries(account, moment)
                    )


def nothing_happens_to_a_closed_account(one: Life) -> None:
    for step in one.steps:
        before, after = one.at(step.before), one.at(step.after)
        for event in after.log[step.before :]:
            then = before.state(event.stream, event.effective)
            if event.kind in (*MOVEMENTS, "EntryReversed", "AccountAmended", "AccountClosed"):
                assert then is None or then.closed is None
            if event.kind == "AccountClosed":
                entries = answers_of(after, event.stream, event.effective)[1]
                for moment in moments_around([after]):
                    if moment > event.effective:
                        state, later = answers_of(after, event.stream, moment)
                        assert state
                        assert (state.balance, state.closed) == (0, event.effective)
                        assert later == entries


def money_is_in_the_accounts_currency(one: Life) -> None:
    for step in one.steps:
        book = one.at(step.after)
        for account in {event.stream for event in book.log[step.before :]} - {BOOK}:
            state = book.state(account)
            gone = {event.refers for event in book.events(account) if event.kind == "EntryReversed"}
            for event in book.events(account):
                stands = event.kind in MOVEMENTS and event.version not in gone
                assert not stands or (state and event.currency == state.currency)
            for event in book.events(account):
                if event.transfer and event.kind in MOVEMENTS and event.version not in gone:
                    other = book.state(event.other)
                    assert state
                    assert other
                    assert other[1:3] == state[1:3]  # currency and decimals


def plain_balance(book: Book, account: str, moment: int) -> int | None:
    openings = [e for e in book.events(account, moment) if e.kind in OPENINGS]
    if not openings or moment < openings[-1].opened:
        return None
    moved = [e.amount for e in book.events(account, moment) if e.kind not in OPENINGS]
    return openings[-1].amount + sum(moved)


def a_reversed_entry_never_was(one: Life) -> None:
    for place, step, written in one.accepted("reverse"):
        after, gone = one.at(step.after), {event.position for event in written}
        for event in written:
            entry = after.events(event.stream)[event.refers - 1]
            gone.add(entry.position)
            later = event.effective > entry.effective
        never = without(after, gone)
        assert_same_answers(after, never, since=written[0].effective if later else None)
        if not later:
            assert_same_decisions(after, never, one.steps[place + 1 :], gone)
        before = one.at(step.before)
        known = after.known_times()
        for time in {time for time in known if time < written[0].recorded}:
            for account in ACCOUNTS:
                assert before.events(account, known_at=time) == after.events(account, known_at=time)
                assert before.state(account, known_at=time) == after.state(account, known_at=time)


def a_corrected_entry_was_right_at_once(one: Life) -> None:
    for place, step, written in one.accepted("correct"):
        after = one.at(step.after)
        undone = [event for event in written if event.kind == "EntryReversed"]
        wrong = {after.events(e.stream)[e.refers - 1].position for e in undone}
        if undone[0].effective > after.log[min(wrong) - 1].effective:
            continue  # the wrong one's day was locked
        gone = wrong | {event.position for event in undone}
        assert_same_answers(after, without(after, gone))
        assert_same_decisions(after, without(after, gone), one.steps[place + 1 :], gone)


def an_undone_run_never_was(one: Life) -> None:
    for place, step, written in one.accepted("undo"):
        after = one.at(step.after)
        gone = {after.events(e.stream)[e.refers - 1].position for e in written}
        gone |= {event.position for event in written}
        assert_same_answers(after, without(after, gone))
        assert_same_decisions(after, without(after, gone), one.steps[place + 1 :], gone)


def an_amended_opening_was_right_at_once(one: Life) -> None:
    for place, step, written in one.accepted("amend_opening"):
        after, opening = one.at(step.after), written[0]
        earlier = [e for e in after.events(opening.stream) if e.kind in OPENINGS][:-1]
        at_once = without(after, {event.position for event in earlier[1:]} | {opening.position})
        first = earlier[0].position
        at_once.log[first - 1] = replace(
            opening,
            position=first,
            version=1,
            kind="AccountOpened",
            effective=opening.opened,
            recorded=earlier[0].recorded,
        )
        assert_same_answers(after, at_once)
        assert_same_decisions(after, at_once, one.steps[place + 1 :], set())


def a_reopened_account_was_never_closed(one: Life) -> None:
    for place, step, written in one.accepted("reopen"):
        after = one.at(step.after)
        closing = [e for e in after.events(written[0].stream) if e.kind == "AccountClosed"][-1]
        gone = {written[0].position, closing.position}
        if written[0].effective == closing.effective:
            assert_same_answers(after, without(after, gone))
            assert_same_decisions(after, without(after, gone), one.steps[place + 1 :], gone)
        else:
            for moved in after.activity(written[0].stream):
                assert not closing.effective < moved < written[0].effective


def a_lock_keeps_every_answer(one: Life) -> None:
    for step in one.steps:
        before, after = one.at(step.before), one.at(step.after)
        locked = before.locked_until()
        if locked >= 0 and not step.refused and step.intent.command != "unlock":
            for moment in [locked, *(m for m in moments_around([after]) if m < locked)]:
                assert answers(before, moment) == answers(after, moment)


def what_moves_no_figure_moves_none(one: Life) -> None:
    for _, step, written in one.accepted(*STILL, "withdraw_correction"):
        before, after = one.at(step.before), one.at(step.after)
        assert_same_answers(before, after)
        if step.intent.command == "confirm":
            assert written[0].version not in after.broken_confirmations(step.intent.account)


RULES: Sequence[Callable[[Life], None]] = (
    time_steps_back_only_where_the_clock_was_corrected,
    what_was_known_is_a_prefix,
    no_state_is_below_its_own_limit,
    nothing_happens_to_a_closed_account,
    money_is_in_the_accounts_currency,
    a_reversed_entry_never_was,
    a_corrected_entry_was_right_at_once,
    an_undone_run_never_was,
    an_amended_opening_was_right_at_once,
    a_reopened_account_was_never_closed,
    a_lock_keeps_every_answer,
    what_moves_no_figure_moves_none,
)


# ── comparing books ─────────────────────────────────────────────────────────────────────────────


def without(book: Book, positions: set[int]) -> Book:
    """The book in which nothing happened at some positions; the numbers stay."""
    gone = {(event.stream, event.version) for event in book.log if event.position in positions}
    return Book(
        [
            replace(event, kind="Nothing", amount=0, refers=0)
            if event.position in positions
            or (event.kind == "EntryAmended" and (event.stream, event.refers) in gone)
            else event
            for event in book.log
        ]
    )


def moments_around(books: Iterable[Log]) -> list[int]:
    own = {moment for book in books for account in ACCOUNTS for moment in book.moments(account)}
    return sorted(own | {moment - 1 for moment in own} | {moment + 1 for moment in own})


Answers = tuple[State | None, list[Entry]]


def answers(book: Book, moment: int | None) -> list[Answers]:
    return [answers_of(book, account, moment) for account in ACCOUNTS]


def answers_of(book: Book, account: str, moment: int | None) -> Answers:
    """All that is told as of a moment, but receipts, which may come at any time."""
    entries = [e._replace(receipts=None) for e in book.entries(account, moment) if not e.reversed]
    return book.state(account, moment), entries


def assert_same_answers(one: Book, other: Book, since: int | None = None) -> None:
    for moment in (None, *moments_around([one, other])):
        if since is None or moment is None or moment >= since:
            assert answers(one, moment) == answers(other, moment), moment


def assert_same_decisions(
    one: Book, other: Book, next_ones: Sequence[Step], gone: set[int]
) -> None:
    """Whatever is asked for next, two books answer alike, but of what is gone from one."""
    mine, its = Book(list(one.log)), Book(list(other.log))
    named = {(event.stream, event.version) for event in one.log if event.position in gone}
    for intent in (step.intent for step in next_ones[:8]):
        by_version = intent.command in ("reverse", "correct", "amend_entry")
        if intent.command == "undo" or (by_version and (intent.account, intent.version) in named):
            continue
        results = [outcome(book, intent) for book in (mine, its)]
        assert results[0] == results[1], intent
    assert answers(mine, None) == answers(its, None)


def outcome(book: Book, intent: Intent) -> object:
    result = book.carry_out(intent)
    return (result.code, result.moment) if isinstance(result, Refused) else result


# ── running ─────────────────────────────────────────────────────────────────────────────────────


known_life = cache(life)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_random_books_keep(rule: Callable[[Life], None]) -> None:
    for seed in range(IN_SUITE):
        rule(known_life(seed))


def test_random_books_come_to_everything() -> None:
    figures: Counter[str] = Counter()
    for seed in range(IN_SUITE):
        figures += figures_of(known_life(seed))
    assert {name for name in WEIGHTS if figures[name] < 5} == set()
    assert {code for code in CODES if figures[code] < 3} == set(), figures


CODES = (
    "account_already_open",
    "account_closed",
    "already_reversed",
    "balance_not_zero",
    "balance_too_large",
    "before_opening",
    "clock_ahead",
    "confirmation_differs",
    "currency_mismatch",
    "insufficient_funds",
    "invalid_currency",
    "invalid_time",
    "invalid_usage",
    "later_activity",
    "locked",
    "no_such_account",
    "no_such_entry",
    "not_reversible",
    "nothing_to_correct",
    "nothing_to_undo",
    "same_account",
)


@pytest.mark.soak
def test_random_books_keep_every_rule_soak(soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        if number >= LONG_RUN and monotonic() >= end:
            break
        one = life(soak.seed + number)
        for rule in RULES:
            rule(one)
        soak.count(figures_of(one) + Counter({"books": 1, "events": len(one.book.log)}))
