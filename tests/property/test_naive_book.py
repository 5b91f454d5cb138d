"""The rules of a book with mistakes put right, two clocks and locks, held on the naive model.

A rule that fails here is an error of the design, not of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, pairwise
from random import Random
from time import monotonic

import pytest

from tests.support.naive_book import (
    DECIMALS,
    FIVE_MINUTES,
    LARGEST,
    UNLIMITED,
    Book,
    Intent,
    Refused,
)
from tests.support.naive_log import BOOK, MOVEMENTS, OPENINGS, Event, Log
from tests.support.soak import Soak

SECOND = 1_000_000
START = 1_000_000_000 * SECOND
YEAR = 365 * 86_400 * SECOND
ACCOUNTS = ("a", "b", "c")
WEIGHTS = {
    "deposit": 16,
    "withdraw": 12,
    "transfer": 12,
    "reverse": 12,
    "correct": 8,
    "open": 5,
    "amend_opening": 7,
    "amend": 6,
    "close": 5,
    "reopen": 5,
    "amend_entry": 4,
    "confirm": 4,
    "withdraw_confirmation": 1,
    "undo": 4,
    "lock": 3,
    "unlock": 3,
    "correct_clock": 5,
    "withdraw_correction": 4,
}
STILL = ("confirm", "withdraw_confirmation", "lock", "unlock", "correct_clock")
"""Commands that move no figure."""
IN_SUITE = 300
LONG_RUN = 3_000


@dataclass
class Step:
    """One command; ``before`` and ``after`` are lengths of the log."""

    intent: Intent
    before: int
    after: int
    refused: Refused | None


@dataclass
class Life:
    book: Book
    steps: list[Step]

    def at(self, length: int) -> Book:
        return Book(self.book.log[:length])

    def accepted(self, *commands: str) -> Iterable[tuple[int, Step, list[Event]]]:
        for place, step in enumerate(self.steps):
            if not step.refused and step.intent.command in commands:
                yield place, step, self.book.log[step.before : step.after]


# ── lives ───────────────────────────────────────────────────────────────────────────────────────


@cache
def life(seed: int) -> Life:
    dice = Random(seed)
    book, steps = Book(), []
    now, off = START, 0
    weights = [weight * dice.choice((0.1, 1, 1, 6)) for weight in WEIGHTS.values()]
    for number in range(dice.randrange(8, 60)):
        now += dice.choice((0, 1, 5, 60, 400)) * SECOND
        if dice.random() < 0.12:
            off = dice.choice((0, 0, 0, 60, 240, -240, -3600, YEAR // SECOND)) * SECOND
        intent = drawn(dice, book, now + off, weights)
        if number < 3:  # two accounts of one currency, so that something can happen
            opening = Intent("open", now, ACCOUNTS[number], amount=(10, 0, 20)[number])
            intent = opening if number < 2 or dice.random() < 0.5 else intent
        log = list(book.log)
        outcome = book.carry_out(intent)
        refused = outcome if isinstance(outcome, Refused) else None
        assert book.log == log + ([] if isinstance(outcome, Refused) else outcome)
        steps.append(Step(intent, len(log), len(book.log), refused))
    return Life(book, steps)


def drawn(dice: Random, book: Book, clock: int, weights: Sequence[float]) -> Intent:
    """A command that often has a chance."""
    states = {account: book.state(account) for account in ACCOUNTS}
    command = dice.choices(list(WEIGHTS), weights)[0]
    if book.log and book.log[-1].recorded > clock + FIVE_MINUTES and dice.random() < 0.4:
        command = "correct_clock"
    if command == "correct_clock" and max(book.known_times(), default=0) <= clock:
        command = "withdraw_correction"
    if command == "unlock" and book.locked_until() < 0:
        command = "lock"
    fitting = [
        account
        for account, state in states.items()
        if {
            "open": state is None,
            "reopen": state is not None and state.closed is not None,
            "close": state is not None and state.closed is None and state.balance == 0,
        }.get(command, state is not None and state.closed is None)
    ]
    account = dice.choice(fitting if fitting and dice.random() < 0.95 else ACCOUNTS)
    stream = BOOK if command == "withdraw_correction" else account
    wanted = {
        "withdraw_confirmation": ("BalanceConfirmed",),
        "withdraw_correction": ("ClockCorrected",),
    }.get(command, MOVEMENTS)
    versions = [event.version for event in book.events(stream) if event.kind in wanted]
    stray = dice.random() < 0.1 or not versions
    intent = Intent(
        command,
        clock,
        account,
        amount=dice.choice((1, 2, 3, 5, 8, 13)) if dice.random() < 0.98 else LARGEST - 3,
        to=dice.choice([other for other in ACCOUNTS if other != account or dice.random() < 0.1]),
        at=moment(dice, book, account, clock),
        version=dice.randrange(len(book.events(stream)) + 2) if stray else dice.choice(versions),
        text=dice.choice((None, "rent", "dues")),
        actor=dice.choice(("ana", "ana", "bo")),
        run=f"run {dice.randrange(clock // SECOND % 7 + 20)}",
    )
    maybe = dice.random() < 0.5
    if command == "open":
        return replace(
            intent,
            amount=dice.choice((None, 10, 20)),
            limit=dice.choice((None, None, 5, UNLIMITED)),
            currency=dice.choice((None, None, None, "JPY", "POINTS")),
            decimals=dice.choice((None, None, 0, 2)),
        )
    if command == "amend_opening":
        new = dice.choice((None, None, None, *DECIMALS, "POINTS"))
        amount = dice.choice((None, None, 0, 1, 12, 30))
        return replace(intent, amount=amount, currency=new, decimals=0 if new == "POINTS" else None)
    if command == "amend":
        return replace(intent, limit=dice.choice((None, 0, 4, 20, UNLIMITED)))
    if command in ("correct", "amend_entry"):
        tags = frozenset({dice.choice(("k=1", "k=2"))}) if maybe else None
        receipts = frozenset({dice.choice("xyz")}) if dice.random() < 0.5 else None
        to = intent.to if dice.random() < 0.2 else ""
        amount = intent.amount if dice.random() < 0.7 else None
        at = intent.at if maybe else None
        return replace(intent, tags=tags, receipts=receipts, to=to, amount=amount, at=at)
    if command == "confirm" and (state := book.state(account, intent.at)) and dice.random() < 0.8:
        return replace(intent, amount=state.balance)
    if command == "unlock" or (command in ("reverse", "reopen", "close") and maybe):
        return replace(intent, at=None if maybe else intent.at)
    if command == "withdraw" and (state := states[account]) and dice.random() < 0.2:
        return replace(intent, amount=state.balance, at=None)
    if command == "transfer" and dice.random() < 0.4:
        return replace(intent, at=None)
    return intent


def moment(dice: Random, book: Book, account: str, clock: int) -> int | None:
    """None, a moment that means something to an account, or one beside it."""
    if dice.random() < 0.5:
        return None
    moments = book.moments(account) or [clock]
    return dice.choice(moments) + dice.choice((0, 0, 0, -1, 1, 30 * SECOND, -30 * SECOND))


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
            for event in after.events(written[0].stream):
                inside = closing.effective < event.effective < written[0].effective
                assert not inside or event.kind not in (*MOVEMENTS, "AccountAmended")


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


def answers(book: Book, moment: int | None) -> list[object]:
    """All that is told as of a moment, but receipts, which may come at any time."""
    return [
        (
            book.state(account, moment),
            [
                entry._replace(receipts=None)
                for entry in book.entries(account, moment)
                if not entry.reversed
            ],
        )
        for account in ACCOUNTS
    ]


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


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_random_books_keep(rule: Callable[[Life], None]) -> None:
    for seed in range(IN_SUITE):
        rule(life(seed))


def test_random_books_come_to_everything() -> None:
    figures: Counter[str] = Counter()
    for seed in range(IN_SUITE):
        figures += figures_of(life(seed))
    assert {name for name in WEIGHTS if figures[name] < 10} == set()
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


def figures_of(one: Life) -> Counter[str]:
    return Counter(s.refused.code if s.refused else s.intent.command for s in one.steps)


@pytest.mark.soak
def test_random_books_keep_every_rule_soak(soak: Soak) -> None:
    end = monotonic() + soak.seconds
    for number in count():
        if number >= LONG_RUN and monotonic() >= end:
            break
        one = life.__wrapped__(soak.seed + number)
        for rule in RULES:
            rule(one)
        soak.count(figures_of(one) + Counter({"books": 1, "events": len(one.book.log)}))
