"""Damaged files: see `tests.support.fuzz.damaged_files` for what is promised of them."""

from __future__ import annotations

import pytest

from tests.support.fork_server import Nursery
from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.damaged_files import Ward
from tests.support.fuzz.ledgers_to_damage import make_specimens


@pytest.fixture(scope="module")
def ward(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    folder = tmp_path_factory.mktemp("damaged")
    specimens = make_specimens(folder)
    assert [len(specimens[name].files) for name in ("settled", "after 4")] == [1, 2]
    return Ward(nursery, folder, specimens)


def test_a_report_of_a_damaged_file_is_right_or_an_error_or_found(
    ward: Ward, figures: Figures
) -> None:
    for seed in range(15):
        ward.check(figures, seed)


def test_a_damaged_file_that_verify_calls_clean_says_what_it_always_said(
    ward: Ward, figures: Figures
) -> None:
    for seed in range(12):
        ward.check_verify(figures, seed)


def test_a_write_to_a_damaged_file_works_or_is_an_error(ward: Ward, figures: Figures) -> None:
    for seed in range(10):
        ward.check_write(figures, seed)


def test_a_log_of_writes_that_is_cut_is_an_earlier_commit_which_only_a_noted_head_tells(
    ward: Ward, figures: Figures
) -> None:
    ward.check_cut(figures)
