"""Event logs of anything: what they say comes in whole, or nothing does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.case_runner import Bench
from tests.support.fuzz.edited_exports import HARMFUL, HARMLESS, check_export
from tests.support.fuzz.fixed_examples import short
from tests.support.fuzz.legacy_logs import OlderEvent, check_older, older_logs


@pytest.fixture(scope="session")
def export(bench: Bench) -> list[bytes]:
    """The world's ledger, exported."""
    bench.clear()
    return bench.run("export-events").out.splitlines()


@short(40)
@given(way=st.sampled_from([*HARMLESS, *HARMFUL, *HARMFUL]), seed=st.integers(0, 2**32))
def test_an_export_makes_the_same_ledger_again_or_none(
    bench: Bench, figures: Figures, export: list[bytes], way: str, seed: int
) -> None:
    check_export(bench, figures, export, way, seed)


@short(40)
@given(log=older_logs())
def test_an_older_log_means_what_it_says_or_nothing(
    bench: Bench, figures: Figures, log: list[OlderEvent]
) -> None:
    check_older(bench, figures, log)
