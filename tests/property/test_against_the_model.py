"""Random lives of a ledger, on both stores, compared with the model after every step."""

from __future__ import annotations

from time import monotonic

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.machine import LedgerMachine, MemoryMachine, SqliteMachine

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

MACHINES = pytest.mark.parametrize("machine", [MemoryMachine, SqliteMachine])


@MACHINES
def test_a_ledger_does_what_the_model_says(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if machine is MemoryMachine else 25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=SLOW_IS_FINE,
        ),
    )


@pytest.mark.soak
@MACHINES
def test_a_ledger_does_what_the_model_says_for_long(
    machine: type[LedgerMachine], soak_seconds: int
) -> None:
    end = monotonic() + soak_seconds
    while monotonic() < end:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=100,
                stateful_step_count=60,
                deadline=None,
                suppress_health_check=SLOW_IS_FINE,
            ),
        )
