"""Arbitrary argument vectors: a command does what it says, or is refused and changes nothing."""

from __future__ import annotations

from hypothesis import given

from tests.support.fuzz.argument_vectors import Vector, check_vector, vectors
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.fixed_examples import fixed_examples


@fixed_examples(80)
@given(vector=vectors)
def test_a_command_line_does_what_it_says_or_nothing(
    runner: CaseRunner, counts: CaseCounts, vector: Vector
) -> None:
    check_vector(runner, counts, vector)
