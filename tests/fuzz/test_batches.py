"""Arbitrary batches: each line does exactly what it says, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.batches import (
    Rows,
    check_csv_batch,
    check_json_batch,
    csv_tables,
    json_batches,
)
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.fixed_examples import fixed_examples


@fixed_examples(40)
@given(batch=json_batches, keep_going=st.booleans())
def test_a_json_batch_does_what_its_lines_say(
    runner: CaseRunner, counts: CaseCounts, batch: bytes, keep_going: bool
) -> None:
    check_json_batch(runner, counts, batch, keep_going)


@fixed_examples(40)
@given(
    table=csv_tables(),
    end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    keep_going=st.booleans(),
)
def test_a_csv_batch_does_what_its_cells_say(
    runner: CaseRunner, counts: CaseCounts, table: Rows, end: str, quoted: bool, keep_going: bool
) -> None:
    check_csv_batch(runner, counts, table, end, quoted, keep_going)
