"""Random lives of a ledger at the command line, one process a step, compared with the model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import count
from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.property.drawn_commands import DrawnCommand, command_from
from tests.support.property.installed_machine import BATCH_OPTIONS, InstalledMachine
from tests.support.soak import Soak


def test_the_installed_command_does_what_the_model_says() -> None:
    run_state_machine_as_test(
        InstalledMachine,
        settings=settings(
            max_examples=2,
            stateful_step_count=4,
            deadline=None,
            phases=[Phase.generate],  # a life that fails takes too long to shrink
            suppress_health_check=list(HealthCheck),
        ),
    )


def live(seed: int, steps: int) -> Counter[str]:
    """One life from a seed, and what was done in it: every step once, and then at random."""
    print(f"seed {seed}")
    dice = random.Random(seed)

    def number() -> int:
        return dice.getrandbits(32)

    def several(most: int = 3) -> list[DrawnCommand]:
        return [command_from(number()) for _ in range(dice.randint(1, most))]

    def retry() -> None:
        if machine.it.model.keys:
            machine.retry(number())

    machine = InstalledMachine()
    acts: list[Callable[[], None]] = [
        *[lambda: machine.type_commands(several())] * 3,
        *[lambda: machine.batch_going_on(several(50), dice.choice(BATCH_OPTIONS))] * 3,
        lambda: machine.batch(several()),
        lambda: machine.rehearse(several(30)),
        retry,
        *[lambda: machine.ask(number())] * 6,
        lambda: machine.bank_statement(number()),
        lambda: machine.snapshot(number()),
        lambda: machine.bring_up(dice.random() < 0.5),
        machine.move_to_a_copy,
        machine.projections,
        machine.verify,
        machine.go_on_with_a_backup,
    ]
    try:
        machine.begin(dice.choice(["JPY", "KWD", "CLF"]))
        dice.shuffle(acts)
        for act in [*acts, *dice.choices(acts, k=steps)]:
            act()
            machine.the_file_has_as_many_events_as_the_model()
    finally:
        machine.teardown()
    return machine.it.counted


def test_the_installed_command_does_what_the_model_says_from_a_seed() -> None:
    counted = live(7, 0)
    assert counted["commands"]
    assert counted["questions"]
    assert any(name.startswith("refused") for name in counted)


@pytest.mark.soak
def test_the_installed_command_does_what_the_model_says_soak(
    soak: Soak, capsys: pytest.CaptureFixture[str]
) -> None:
    end = monotonic() + soak.seconds
    for seed in count(soak.seed):
        soak.count(Counter(lives=1) + live(seed, 60))
        capsys.readouterr()  # what is shown is the life that failed
        if monotonic() > end:
            break
