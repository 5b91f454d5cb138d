"""Arbitrary event logs: an import takes all that they say, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.edited_exports import HARMFUL, HARMLESS, check_export
from tests.support.fuzz.fixed_examples import fixed_examples
from tests.support.fuzz.legacy_logs import OlderEvent, check_older, older_logs


@pytest.fixture(scope="session")
def export(runner: CaseRunner) -> list[bytes]:
    """The starting ledger, exported."""
    runner.clear()
    return runner.run("export-events").bytes_out.splitlines()


@fixed_examples(40)
@given(way=st.sampled_from([*HARMLESS, *HARMFUL, *HARMFUL]), seed=st.integers(0, 2**32))
def test_an_export_makes_the_same_ledger_again_or_none(
    runner: CaseRunner, counts: CaseCounts, export: list[bytes], way: str, seed: int
) -> None:
    check_export(runner, counts, export, way, seed)


@fixed_examples(40)
@given(log=older_logs())
def test_an_older_log_means_what_it_says_or_nothing(
    runner: CaseRunner, counts: CaseCounts, log: list[OlderEvent]
) -> None:
    check_older(runner, counts, log)
