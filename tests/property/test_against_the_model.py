"""Random lives of a ledger, on both stores, compared with the model after every step."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from time import monotonic

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.drafts import Draft, draft_from
from tests.property.machine import PROJECTIONS, LedgerMachine, MemoryMachine, SqliteMachine

MACHINES = pytest.mark.parametrize("machine", [MemoryMachine, SqliteMachine])

STEPS = 30


@MACHINES
def test_a_ledger_does_what_the_model_says(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20 if machine is MemoryMachine else 8,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def live(machine: type[LedgerMachine], seed: int, steps: int = STEPS) -> None:
    """One life by a seed. It does not shrink, but it gets about more than Hypothesis does."""
    print(f"{machine.__name__}, seed {seed}")
    dice = random.Random(seed)

    def number() -> int:
        return dice.getrandbits(32)

    def several() -> list[Draft]:
        return [draft_from(number()) for _ in range(dice.randint(1, 6))]

    def retry() -> None:
        if it.model.keys:
            changes = ["nothing", "spelling", "text", "at", "account", "version"]
            it.retry(number(), dice.choice(changes))

    it = machine()
    acts: list[Callable[[], None]] = [
        *[lambda: it.commands(several())] * 6,
        *[lambda: it.batch(several())] * 3,
        *[lambda: it.ask_about_the_past(number())] * 3,
        *[retry] * 2,
        lambda: it.the_clock_moves(dice.choice([1, 60, -1, -7, -1_000])),
        lambda: it.snapshot(several(), number()),
        lambda: it.rebuild(several(), set(dice.choices(PROJECTIONS, k=dice.randint(0, 2)))),
        lambda: it.catch_up(several()),
        lambda: it.reopen(several(), dice.random() < 0.3, dice.choice([0, 1, 3, 7])),
        lambda: it.verify(several()),
        lambda: it.move_to_a_copy(several(), dice.random() < 0.3),
    ]
    try:
        it.begin(dice.choice([0, 1, 3, 7]), dice.randint(1, 3))
        for _ in range(steps):
            dice.choice(acts)()
            it.the_log_is_the_models()
            it.projections_fold_their_part_of_the_log()
            it.all_ways_lead_to_the_same_state()
    finally:
        it.teardown()


@MACHINES
def test_a_ledger_does_what_the_model_says_from_seeds(machine: type[LedgerMachine]) -> None:
    for seed in range(30 if machine is MemoryMachine else 15):
        live(machine, seed)


@pytest.mark.soak
@MACHINES
def test_a_ledger_does_what_the_model_says_for_long(
    machine: type[LedgerMachine], soak_seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    end = monotonic() + soak_seconds
    for seed in count(1_000):
        live(machine, seed, steps=40)
        capsys.readouterr()  # what is shown is the life that failed
        if monotonic() > end:
            break
