"""Every answer about the past is exactly its definition, wherever snapshots were taken."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, NamedTuple

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from ledger import Ledger
from tests.support.model import Intent, Model
from tests.support.property.comparisons import check_past
from tests.support.property.places import new_url
from tests.support.soak import Soak

POINTS = {"memory": 60, "sqlite": 60, "postgresql": 20}
NOON = 1_700_000_000_000_000


class Movement(NamedTuple):
    """An event ``back`` µs before a clock that has just moved by ``step`` µs."""

    command: str
    amount: int
    step: int
    back: int


movements = st.lists(
    st.builds(
        Movement,
        st.sampled_from(["deposit", "withdraw"]),
        st.integers(1, 9),
        st.integers(-1, 4),
        st.sampled_from([0, 0, 1, 2, 3, 8]),
    ),
    min_size=1,
    max_size=14,
)

snapshots_taken = st.just("every") | st.sets(st.integers(0, 14))
"""After every event by the ledger itself, or after some of them by hand."""


@contextmanager
def new_ledger(kind: str, clock: list[int], interval: int) -> Iterator[Ledger]:
    options: dict[str, Any] = {"clock": lambda: clock[0], "snapshot_interval": interval}
    if kind == "memory":
        yield Ledger.in_memory(**options)
        return
    if kind == "postgresql":
        with new_url() as url, Ledger.open(url, **options) as ledger:
            yield ledger
        return
    with (
        TemporaryDirectory() as folder,
        Ledger.open(os.path.join(folder, "books.db"), **options) as ledger,
    ):
        yield ledger


def live(
    ledger: Ledger, model: Model, clock: list[int], moves: list[Movement], taken: object
) -> None:
    """Open an account and move its money, skipping what the rules do not allow."""
    opening = Intent("open", "a", "20", "Ana", at=clock[0] - 12)
    ledger.open_account("a", "Ana", initial_balance="20", at=opening.at)
    model.carry_out(opening, clock[0])
    for place, move in enumerate(moves):
        clock[0] += move.step
        at = None if move.back == 0 else clock[0] - move.back
        intent = Intent(move.command, "a", str(move.amount), at=at)
        if not model.reasons_against(intent, clock[0]):
            model.carry_out(intent, clock[0])
            command = ledger.deposit if move.command == "deposit" else ledger.withdraw
            command("a", move.amount, at=at)
        if isinstance(taken, set) and place in taken:
            ledger.snapshot(["a"])


def check_points(ledger: Ledger, model: Model, seed: int, points: int) -> None:
    """Ask at instants at, just before and just after each event, on either clock or both."""
    dice = random.Random(seed)
    around = (-1, 0, 1)
    effective = [entry.effective + near for entry in model.log for near in around]
    recorded = [entry.recorded + near for entry in model.log for near in around]
    versions = range(1, len(model.log) + 1)
    for _ in range(points):
        check_past(
            ledger,
            model,
            "a",
            dice.choice([None, *effective]),
            dice.choice([None, *recorded]),
            dice.choice([None, None, None, *versions]),
            dice.choice([None, 0, *versions]),
        )


@settings(max_examples=20, deadline=None)
@given(moves=movements, taken=snapshots_taken, seed=st.integers(0, 2**32 - 1))
def test_every_point_of_the_past_is_its_definition(
    kind: str, moves: list[Movement], taken: object, seed: int
) -> None:
    clock, model = [NOON], Model(began=NOON)
    with new_ledger(kind, clock, 1 if taken == "every" else 0) as ledger:
        live(ledger, model, clock, moves, taken)
        check_points(ledger, model, seed, POINTS[kind])


@pytest.mark.soak
def test_every_point_of_the_past_is_its_definition_soak(kind: str, soak: Soak) -> None:
    end = monotonic() + soak.seconds
    points = 200
    for number in count(soak.seed):

        @seed(number)
        @settings(max_examples=50, deadline=None, database=None)
        @given(moves=movements, taken=snapshots_taken, drawn=st.integers(0, 2**32 - 1))
        def explore(moves: list[Movement], taken: object, drawn: int) -> None:
            clock, model = [NOON], Model(began=NOON)
            with new_ledger(kind, clock, 1 if taken == "every" else 0) as ledger:
                live(ledger, model, clock, moves, taken)
                check_points(ledger, model, drawn, points)
            soak.count(Counter({"lives": 1, "questions about the past": points}))

        explore()
        if monotonic() > end:
            break


def test_all_points_of_one_tangled_stream() -> None:
    """A whole stream: every combination of instants and versions, with a snapshot at each."""
    clock, model = [NOON], Model(began=NOON)
    moves = [
        Movement("deposit", 5, 3, 0),
        Movement("withdraw", 7, 1, 2),
        Movement("deposit", 2, 0, 3),
        Movement("deposit", 4, -2, 0),
        Movement("withdraw", 9, 4, 1),
        Movement("deposit", 1, 0, 8),
    ]
    with new_ledger("sqlite", clock, 1) as ledger:
        live(ledger, model, clock, moves, "every")
        assert len(model.log) == len(moves) + 1
        around = (-1, 0, 1)
        effective = {entry.effective + near for entry in model.log for near in around}
        recorded = {entry.recorded + near for entry in model.log for near in around}
        for as_of in sorted(effective):
            for known_at in sorted(recorded):
                for version in range(1, len(model.log) + 1):
                    check_past(ledger, model, "a", as_of, known_at, version, version % 3)
