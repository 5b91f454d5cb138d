"""Random lives of naive books, under a clock that is often wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.support.naive_book import FIVE_MINUTES, LARGEST, UNLIMITED, Book
from tests.support.naive_intents import DECIMALS, Intent, Refused
from tests.support.naive_log import BOOK, MOVEMENTS, Event

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


def life(seed: int) -> Life:
    """The life drawn from a seed."""
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
    if command in ("close", "reopen") and dice.random() < 0.3:
        command = "close" if command == "reopen" else "withdraw"
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
    if command == "unlock" or (command == "reverse" and maybe):
        return replace(intent, at=None if maybe else intent.at)
    if command == "reopen":
        return replace(intent, at=dice.choice((None, clock, intent.at)))
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


def figures_of(one: Life) -> Counter[str]:
    return Counter(s.refused.code if s.refused else s.intent.command for s in one.steps)
