"""Argument vectors of anything: a command does what it says, or is refused and harms nothing."""

from __future__ import annotations

from hypothesis import given

from tests.fuzz.figures import Figures
from tests.fuzz.short import short
from tests.fuzz.vectors import Vector, check_vector, vectors
from tests.fuzz.worlds import Bench


@short(80)
@given(vector=vectors)
def test_a_command_line_does_what_it_says_or_nothing(
    bench: Bench, figures: Figures, vector: Vector
) -> None:
    check_vector(bench, figures, vector)
