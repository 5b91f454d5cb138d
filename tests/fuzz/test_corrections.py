"""Arbitrary corrections: each is done whole and keeps the rules, or changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.corrections import (
    check_batch,
    check_typed,
    correction_batches,
    corrections,
)
from tests.support.fuzz.fixed_examples import fixed_examples


@fixed_examples(36)
@given(fields=corrections())
def test_a_typed_correction_is_done_whole_or_refused(
    runner: CaseRunner, counts: CaseCounts, fields: dict[str, Any]
) -> None:
    check_typed(runner, counts, fields)


@fixed_examples(24)
@given(batch=correction_batches(), keep_going=st.booleans())
def test_a_batch_of_corrections_keeps_the_rules(
    runner: CaseRunner, counts: CaseCounts, batch: bytes, keep_going: bool
) -> None:
    check_batch(runner, counts, batch, keep_going)
