"""Random commands, drawn before it is known what the ledger will look like."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st

from tests.support.model import LARGEST, Intent, Model, text_of

ACCOUNTS = ("a", "b", "c", "d")
KINDS = ("open", "deposit", "withdraw", "transfer", "close")

_T = TypeVar("_T")

ALL = "all of it"
ALL_AND_MORE = "all of it and one more"
FUTURE = "in the future"

When = int | tuple[int, int] | str | None
"""µs before now; or an event of the account and µs from it; or the future; or nothing, for now."""

ROOM = "as much as there is room for"
ROOM_AND_MORE = "one more than there is room for"
LIMIT = "the largest amount"

AMOUNTS = ("1", "2", "3", "5", "10", "1.00", "5.0", "0.05", "1", "2", ALL, ALL_AND_MORE)
ODD_AMOUNTS = ("0", "1.0005", "0.00001", "-3", "1e2", "", "1,000", ROOM, ROOM_AND_MORE, LIMIT)
CURRENCIES = ("USD", "JPY", "KWD", "CLF", "XXX")

KEYS = ("k1", "k2", "k3", "k4", "k5", "k6")

WHENS: tuple[int | tuple[int, int] | str, ...] = (
    *(0, 1, 2, 3, 5, 9, 20, 40),
    *((place, near) for place in range(-4, 3) for near in (-1, 0, 1)),
    FUTURE,
)


class DrawnCommand(NamedTuple):
    kind: str
    account: str
    other: str
    amount: str
    when: When
    key: str | None
    expected: str | None
    words: str
    currency: str
    step: int
    look_at_bytes: bool
    empties: bool

    def intent(self, model: Model, clock: int) -> Intent:
        """The command on a ledger that is as the model has it, at some time."""
        state = model.state(self.account)
        if self.kind == "close" and self.empties and state and state.balance:
            return Intent("withdraw", self.account, text_of(state.balance, state.currency))
        amount, currency = self.amount, state.currency if state else self.currency
        if amount in (ALL, ALL_AND_MORE):
            balance = state.balance if state else 7
            amount = text_of(balance + (amount == ALL_AND_MORE), currency)
        elif amount in (ROOM, ROOM_AND_MORE):
            room = LARGEST - (state.balance if state else 0)
            amount = text_of(room + (amount == ROOM_AND_MORE), currency)
        elif amount == LIMIT:
            amount = text_of(LARGEST, currency)
        entries = model.entries(self.account)
        at: int | None = None
        if self.when == FUTURE:
            at = clock + 100_000_000
        elif isinstance(self.when, int):
            at = clock - self.when
        elif isinstance(self.when, tuple) and entries:
            place, near = self.when
            at = entries[place % len(entries)].effective + near
        expected = {None: None, "right": len(entries), "stale": len(entries) + 1}[self.expected]
        return Intent(
            self.kind,
            self.account,
            "" if self.kind == "close" else amount,
            ("Ana " if self.kind == "open" else "") + self.words,
            self.other if self.kind == "transfer" else "",
            self.currency if self.kind == "open" else "USD",
            at,
            self.key,
            expected,
        )


def command_from(seed: int) -> DrawnCommand:
    """A command that mostly makes sense, and now and then does not."""
    dice = random.Random(seed)

    def now_and_then(share: float, choices: Sequence[_T]) -> _T | None:
        return dice.choice(choices) if dice.random() < share else None

    account = dice.choices(ACCOUNTS, (6, 5, 2, 1))[0]
    others = [other for other in ("a", "b", "c") if other != account]
    return DrawnCommand(
        kind=dice.choices(KINDS, (2, 5, 5, 5, 2))[0],
        account=account,
        other=now_and_then(0.2, ACCOUNTS) or others[dice.random() < 0.2],
        amount=now_and_then(0.05, ODD_AMOUNTS) or dice.choice(AMOUNTS),
        when=now_and_then(0.5, WHENS),
        key=now_and_then(0.3, KEYS),
        expected=now_and_then(0.1, ("right", "stale")),
        words=dice.choice(("", "rent", "[x] \u2602\n")),
        currency=dice.choices(CURRENCIES, (12, 3, 2, 2, 1))[0],
        step=dice.choice((0, 0, 1, 1, 2, 10, -1, -3)),
        look_at_bytes=dice.random() < 0.2,
        empties=dice.random() < 0.7,
    )


drawn_commands = st.integers(0, 2**32 - 1).map(command_from)
"""Drawn by a seed each: what Hypothesis would draw field by field hardly ever gets anywhere.

A failing life still shrinks, to fewer commands.
"""

work = st.lists(drawn_commands, min_size=1, max_size=6)
