"""Random lives of a ledger file and a naive book, lived through the installed command's entry.

Every command that puts something right is typed, or is a line of a batch; see `test_lived_books`
for the same through the API, under clocks that are wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.support.fork_server import ForkServer
from tests.support.naive_intents import Intent
from tests.support.naive_lives import ACCOUNTS, WEIGHTS, drawn
from tests.support.property.places import lives, new_place, on_a_server
from tests.support.property.typed_books import TypedBook
from tests.support.soak import Soak

IN_SUITE = 5

QUESTIONS = 12


def live(seed: int, server: ForkServer, folder: Path) -> Counter[str]:
    """One life from a seed, and what was done in it."""
    with new_place(folder) as place:
        return _live(Random(seed), TypedBook(server, folder, place))


def _live(dice: Random, typed: TypedBook) -> Counter[str]:
    weights = [
        0 if command in ("correct_clock", "withdraw_correction") else max(weight, 6)
        for command, weight in WEIGHTS.items()
    ]
    for account, balance in zip(ACCOUNTS, (10, 0, 20), strict=True):
        typed.type(Intent("open", 0, account, amount=balance, run=f"open {account}"))
    for number in range(dice.randrange(20, 34)):
        how = dice.choice(("typed", "typed", "all or none", "going on"))
        actor, run = dice.choice(("ana", "ana", "bo")), f"run {number}"
        intents = [
            replace(drawn(dice, typed.book, typed.clock(typed.book), weights), actor=actor, run=run)
            for _ in range(1 if how == "typed" else dice.randrange(1, 6))
        ]
        if how == "typed":
            typed.type(intents[0])
        else:
            typed.batch(intents, going_on=how == "going on")
    typed.check_log()
    known = sorted({event.recorded for event in typed.book.log})
    for _ in range(QUESTIONS):
        account = dice.choice(ACCOUNTS)
        moments = [None, *typed.book.moments(account)]
        moment = dice.choice(moments)
        if moment is not None:
            moment += dice.choice((-1, 0, 1))
        typed.ask(account, moment, dice.choice((None, *known)))
    return typed.counted


def test_the_installed_command_keeps_the_books_that_the_naive_book_keeps(
    fork_server: ForkServer, tmp_path: Path
) -> None:
    counted: Counter[str] = Counter()
    for seed in lives(0, IN_SUITE):
        folder = tmp_path / str(seed)
        folder.mkdir()
        counted += live(seed, fork_server, folder)
    for command in set(WEIGHTS) - {"correct_clock", "withdraw_correction"}:
        assert counted[command] or on_a_server(), command


@pytest.mark.soak
def test_the_installed_command_keeps_the_books_that_the_naive_book_keeps_soak(
    soak: Soak, fork_server: ForkServer, tmp_path: Path
) -> None:
    end = monotonic() + soak.seconds
    for seed in count(soak.seed):
        folder = tmp_path / str(seed)
        folder.mkdir()
        soak.count(Counter(lives=1) + live(seed, fork_server, folder))
        if monotonic() > end:
            break
