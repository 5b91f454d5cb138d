"""Journals of random ledgers, as hledger and beancount read them.

The long run: ``pytest -m soak tests/property/test_lived_journals.py --soak-seconds 600``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from ledger import Ledger
from tests.support.journals.checking import check
from tests.support.journals.hledger import needs_hledger
from tests.support.journals.hostile_books import HOUR, hostile_book
from tests.support.journals.hostile_books import START as HOSTILE_START
from tests.support.naive_lives import ACCOUNTS, START, life
from tests.support.property.lived_books import LivedBook
from tests.support.soak import Soak

FORMATS = [pytest.param("hledger", marks=needs_hledger), "beancount"]
IN_SUITE = 5


@contextmanager
def lived(seed: int) -> Iterator[tuple[Ledger, list[int]]]:
    """A ledger with backdating, reversals, corrections, reopenings and other openings, under a
    clock that is often wrong, and moments that mean something to it."""
    one = life(seed)
    with LivedBook(time_zone=Random(seed).choice(("UTC", "Europe/Berlin"))) as book:
        book.begin(START)
        for step in one.steps:
            if step.refused is None:
                assert book.carry_out(step.intent, one.at(step.before)) is None
        near = [
            each + shift for a in ACCOUNTS for each in one.book.moments(a) for shift in (-1, 0, 1)
        ]
        yield book.ledger, [START, *near]


@contextmanager
def hostile(seed: int) -> Iterator[tuple[Ledger, list[int]]]:
    """A ledger with texts, names and units that other programs do not like."""
    with hostile_book(Random(seed)) as ledger:
        yield ledger, [HOSTILE_START + hours * HOUR for hours in range(-10, 200)]


def check_one(seed: int, to: str, folder: Path) -> int:
    dice = Random(seed)
    with (lived if seed % 2 else hostile)(seed) as (ledger, moments):
        begin, end = sorted(dice.choices(moments, k=2))
        part = (begin, dice.choice((None, end)))
        return sum(
            check(ledger, to, folder, *period).told.entries for period in ((None, None), part)
        )


@pytest.mark.parametrize("to", FORMATS)
def test_another_program_reads_the_same_books(to: str, tmp_path: Path) -> None:
    assert sum(check_one(seed, to, tmp_path) for seed in range(2 * IN_SUITE)) > 100


@needs_hledger
@pytest.mark.soak
def test_other_programs_read_the_same_books_soak(soak: Soak, tmp_path: Path) -> None:
    deadline = monotonic() + soak.seconds
    dice = Random(soak.seed)
    while monotonic() < deadline:
        seed = dice.randrange(10**9)
        print(f"ledger {seed}")
        for to in ("hledger", "beancount"):
            soak.figures["entries"] += check_one(seed, to, tmp_path)
        soak.figures["ledgers"] += 1
