"""Random lives of a ledger, on both stores, compared with the model after every step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import count
from time import monotonic

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.property.drawn_commands import DrawnCommand, command_from
from tests.support.property.ledger_driver import BANK_MODES, CHANGES, PROJECTIONS
from tests.support.property.ledger_machine import LedgerMachine
from tests.support.property.machines_by_store import MemoryMachine, PostgresqlMachine, SqliteMachine
from tests.support.soak import Soak

STEPS = 30
EXAMPLES = {MemoryMachine: 10, SqliteMachine: 5, PostgresqlMachine: 2}
LIVES = {MemoryMachine: 12, SqliteMachine: 6, PostgresqlMachine: 4}


def test_a_ledger_does_what_the_model_says(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[machine],
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def live(machine: type[LedgerMachine], seed: int, steps: int = STEPS) -> Counter[str]:
    """One life from a seed. It does not shrink, but it varies more than Hypothesis does."""
    print(f"{machine.__name__}, seed {seed}")
    dice = random.Random(seed)

    def number() -> int:
        return dice.getrandbits(32)

    def several() -> list[DrawnCommand]:
        return [command_from(number()) for _ in range(dice.randint(1, 6))]

    def retry() -> None:
        if it.model.keys:
            it.retry(number(), dice.choice(CHANGES))

    it = machine()
    acts: list[Callable[[], None]] = [
        *[lambda: it.commands(several())] * 6,
        *[lambda: it.batch(several())] * 3,
        *[
            lambda: it.batch_going_on(
                several(), dice.choice([None, 1, 2, 3, 100]), dice.random() < 0.5
            )
        ]
        * 2,
        lambda: it.rehearse(several()),
        lambda: it.bank_statement(number(), dice.choice(BANK_MODES)) if it.model.log else None,
        *[lambda: it.ask_about_the_past(number())] * 3,
        *[retry] * 2,
        lambda: it.the_clock_moves(dice.choice([1, 60, -1, -7, -1_000])),
        lambda: it.snapshot(several(), number()),
        lambda: it.rebuild(several(), set(dice.choices(PROJECTIONS, k=dice.randint(0, 2)))),
        lambda: it.catch_up(several()),
        lambda: it.verify(several()),
        lambda: it.reopen(several(), dice.random() < 0.3, dice.choice([0, 1, 3, 7])),
        lambda: it.move_to_a_copy(several(), dice.random() < 0.3),
    ]
    try:
        it.begin(dice.choice([0, 1, 3, 7]), dice.randint(1, 3), dice.choice(["JPY", "KWD", "CLF"]))
        for _ in range(steps):
            dice.choice(acts)()
            it.the_log_is_the_models()
            it.projections_fold_their_part_of_the_log()
            it.all_ways_lead_to_the_same_state()
    finally:
        it.teardown()
    return it.counted


def test_a_ledger_does_what_the_model_says_from_seeds(machine: type[LedgerMachine]) -> None:
    for seed in range(LIVES[machine]):
        live(machine, seed)


@pytest.mark.soak
def test_a_ledger_does_what_the_model_says_soak(
    machine: type[LedgerMachine], soak: Soak, capsys: pytest.CaptureFixture[str]
) -> None:
    end = monotonic() + soak.seconds
    for seed in count(soak.seed):
        soak.count(Counter(lives=1) + live(machine, seed, steps=40))
        capsys.readouterr()  # what is shown is the life that failed
        if monotonic() > end:
            break
