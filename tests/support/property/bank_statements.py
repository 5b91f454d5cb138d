"""Bank statements by the design alone: entries, when they count, and which are the same."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.support.model import EPOCH, Intent, Model, text_of

RULES = """\
encoding = "utf-8"
delimiter = ","
header = true
newest_first = false
date = "When"
date_format = "%Y-%m-%d %H:%M:%S.%f"
time_zone = "UTC"
amount = "Amount"
money_out = "negative"
decimal_mark = "."
thousands_mark = ""
description = "{Words}"
"""

Identity = tuple[str, int, int, str]
"""What makes an entry the same one again: account, time, amount and words. Of several like ones it
is counted how many there are."""


class Row(NamedTuple):
    """An entry of a statement: when (µs UTC), signed minor units, and words."""

    moment: int
    amount: int
    words: str


class Planned(NamedTuple):
    """What an entry asks for, and the line of the file where it stands."""

    intent: Intent
    identity: Identity
    line: int


def rows_from(
    seed: int, model: Model, account: str, clock: int, earlier: Sequence[Row] = ()
) -> list[Row]:
    """Entries near the times at which an account was used, after some of an earlier file."""
    dice = random.Random(seed)
    moments = [entry.effective for entry in model.entries(account)] or [clock]
    rows = [
        Row(
            dice.choice(moments) + dice.choice([-1, 0, 1, 2, 5, 86_400_000_000]),
            dice.choice([1, 2, 5, 300, -1, -2, -100]),
            dice.choice(["dues", "Dues ", "tea, \u2602"]),
        )
        for _ in range(dice.randint(1, 4))
    ]
    twins = dice.choices(rows, k=dice.randint(0, 2))  # two coffees are two coffees
    return [*earlier[dice.randint(0, len(earlier)) :], *rows, *twins]


def file_of(rows: Sequence[Row], currency: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["When", "Amount", "Words"])
    for row in rows:
        moment = EPOCH + timedelta(microseconds=row.moment)
        when = f"{moment:%Y-%m-%d %H:%M:%S.%f}"
        writer.writerow([when, text_of(row.amount, currency), row.words])
    return text.getvalue().encode()


def plan(rows: Sequence[Row], model: Model, account: str) -> list[Planned]:
    """The commands of a statement, the oldest first.

    On the day of the opening an entry counts from the opening on.
    """
    state = model.state(account)
    assert state is not None

    def counts_at(row: Row) -> int:
        same_day = _day(row.moment) == _day(state.opened)
        return max(row.moment, state.opened) if same_day else row.moment

    planned = []
    for line, row in sorted(enumerate(rows, 2), key=lambda each: counts_at(each[1])):
        content = (row.moment, row.amount, " ".join(row.words.lower().split()))
        planned.append(
            Planned(
                Intent(
                    "deposit" if row.amount > 0 else "withdraw",
                    account,
                    text_of(abs(row.amount), state.currency),
                    row.words.strip(),
                    at=counts_at(row),
                ),
                (account, *content),
                line,
            )
        )
    return planned


def is_settled(planned: Sequence[Planned]) -> bool:
    """Whether it is certain in which order entries are tried: of one moment there is only one."""
    return len({each.intent.at for each in planned}) == len(planned)


def _day(moment: int) -> datetime:
    return (
        (EPOCH + timedelta(microseconds=moment))
        .astimezone(UTC)
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )


class Already:
    """How many entries of each content were recorded before a statement comes.

    Which of several like ones is taken for them is not settled, only how many.
    """

    def __init__(self, bank: Counter[Identity], planned: Sequence[Planned]) -> None:
        self._before = Counter({each: bank[each] for each in {one.identity for one in planned}})
        self._in_file = Counter(each.identity for each in planned)
        self._left = Counter(self._before)

    @property
    def is_ambiguous(self) -> bool:
        return any(0 < self._before[each] < count for each, count in self._in_file.items())

    def take(self, identity: Identity) -> bool:
        """Whether one more is there already; it is used up by that."""
        if not self._left[identity]:
            return False
        self._left[identity] -= 1
        return True

    def check_all_were_taken(self) -> None:
        for each, count in self._in_file.items():
            assert self._before[each] - self._left[each] == min(self._before[each], count)
