"""Argument vectors of anything: a command does what it says, or is refused and harms nothing."""

from __future__ import annotations

from hypothesis import given

from tests.support.fuzz.argument_vectors import Vector, check_vector, vectors
from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.case_runner import Bench
from tests.support.fuzz.fixed_examples import short


@short(80)
@given(vector=vectors)
def test_a_command_line_does_what_it_says_or_nothing(
    bench: Bench, figures: Figures, vector: Vector
) -> None:
    check_vector(bench, figures, vector)
