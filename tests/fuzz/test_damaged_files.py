"""Damaged files: see `tests.support.fuzz.damaged_files` for what is promised of them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.fork_server import ForkServer
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.damaged_files import REPORTS, DamagedFiles
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.undamaged_ledgers import LONG, make_undamaged_ledgers
from tests.support.program import environment


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
    # The last ones put a page of texts where numbers are, and have the log lead in a circle.
    for seed in (*range(12), 69_402_093_678_968, 248_194_816_953_460, 112_957_225_849_140):
        damaged_files.check_verify(counts, seed)


ABOUT_LONG = [report for report in REPORTS if not {"acc-0", "acc-1", "acc-2"} & {*report}]


@pytest.mark.parametrize("tree", ["events", "sqlite_autoindex_events_1"])
def test_a_log_that_leads_in_a_circle_ends(
    fork_server: ForkServer, tmp_path: Path, tree: str
) -> None:
    """SQLite follows the same pages again and again, as long as somebody asks for more."""
    path = tmp_path / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account(LONG, "Ana", initial_balance="0.00")
        line = f'{{"command":"deposit","account":"{LONG}","amount":"1"}}'.encode()
        ledger.batch(line for _ in range(3_000))
    lead_in_a_circle(path, tree)
    came = Counter[int]()
    for command in (*ABOUT_LONG, ("verify", "--json", "--workers", "1"), ("doctor",)):
        outcome = fork_server.run(*command, cwd=tmp_path, env=environment(tmp_path, str(path)))
        check_exit(outcome)
        came[outcome.status] += 1
    assert outcome.status == 6
    assert came[6] > 3


def lead_in_a_circle(path: Path, tree: str) -> None:
    """Have a branch of a tree of pages lead to its root (SQLite's file format, 1.6)."""
    with closing(sqlite3.connect(path)) as connection:
        ((root,),) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (tree,)
        ).fetchall()
        ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    content = bytearray(path.read_bytes())
    page = (root - 1) * size
    assert content[page] in (2, 5)  # it has branches
    count = int.from_bytes(content[page + 3 : page + 5])
    pointer = page + 12 + 2 * (count // 2)
    cell = page + int.from_bytes(content[pointer : pointer + 2])
    content[cell : cell + 4] = root.to_bytes(4)
    path.write_bytes(content)


def test_a_write_to_a_damaged_file_works_or_is_an_error(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    for seed in range(10):
        damaged_files.check_write(counts, seed)


def test_a_cut_write_ahead_log_is_an_earlier_commit_which_only_a_noted_head_reveals(
    damaged_files: DamagedFiles, counts: CaseCounts
) -> None:
    damaged_files.check_cut(counts)
