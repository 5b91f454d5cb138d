"""Damaged files: see `tests.support.fuzz.damaged_files` for what is promised of them."""

from __future__ import annotations

import pytest

from tests.support.fork_server import ForkServer
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.damaged_files import DamagedFiles
from tests.support.fuzz.undamaged_ledgers import make_undamaged_ledgers


@pytest.fixture(scope="module")
def damaged_files(
    fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory
) -> DamagedFiles:
    folder = tmp_path_factory.mktemp("damaged")
    undamaged = make_undamaged_ledgers(folder)
    assert [len(undamaged[name].files) for name in ("settled", "after 4")] == [1, 2]
    return DamagedFiles(fork_server, folder, undamaged)


def test_a_report_of_a_damaged_file_is_right_or_an_error_or_found(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    for seed in range(15):
        damaged_files.check(counts, seed)


def test_a_damaged_file_that_verify_calls_clean_says_what_it_always_said(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    # The last ones put a page of texts where numbers are.
    for seed in (*range(12), 69_402_093_678_968, 248_194_816_953_460):
        damaged_files.check_verify(counts, seed)


def test_a_write_to_a_damaged_file_works_or_is_an_error(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    for seed in range(10):
        damaged_files.check_write(counts, seed)


def test_a_cut_write_ahead_log_is_an_earlier_commit_which_only_a_noted_head_reveals(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    damaged_files.check_cut(counts)
