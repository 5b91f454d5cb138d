"""Opening, making and closing ledgers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ledger as package
from ledger import Ledger
from ledger.errors import (
    InsufficientFunds,
    InvalidOption,
    LedgerAppeared,
    NoSuchLedger,
    StorageFailure,
)
from tests.support.clock import Clock


def test_a_ledger_that_is_not_there_is_made_empty(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        (created,) = ledger.events(raw=True)
        assert (created.event_type, created.recorded_at) == ("BookCreated", clock.now)
        assert json.loads(created.data)["ledger_id"] == ledger.ledger_id
        assert ledger.account_ids() == []
        assert not ledger.accounts()
        assert not ledger.balances()
        assert [view.outdated for view in ledger.projections()] == [False, False]


def test_a_ledger_is_not_made_by_a_reader(path: str) -> None:
    with pytest.raises(NoSuchLedger):
        Ledger.open(path, create=False)
    assert not os.path.exists(path)


def test_what_was_written_is_there_when_it_is_opened_again(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        ledger_id, head = ledger.ledger_id, ledger.head()
    with Ledger.open(Path(path), create=False) as ledger:
        assert (ledger.ledger_id, ledger.head()) == (ledger_id, head)
        assert ledger.balance("a").balance.minor_units == 500


def test_a_ledger_is_closed_after_its_block_and_leaves_one_file(path: str) -> None:
    with Ledger.open(path) as ledger:
        ledger.open_account("a", "Ana")
    assert os.listdir(os.path.dirname(path)) == ["books.db"]


def test_a_draft_gets_its_path_at_the_end_of_its_block(path: str, clock: Clock) -> None:
    with Ledger.draft(path, clock=clock, snapshot_interval=1) as draft:
        draft.open_account("a", "Ana", initial_balance="5")
        assert not os.path.exists(path)
        assert draft.rebuild_projections(workers=2).workers == 1
    assert os.listdir(os.path.dirname(path)) == ["books.db"]
    with Ledger.open(path, create=False) as ledger:
        assert [report.balance.minor_units for report in ledger.balances()] == [500]
        assert ledger.agreement("a").snapshot_version == 1


def test_a_draft_that_is_refused_leaves_nothing_behind(path: str) -> None:
    def overdraw() -> None:
        with Ledger.draft(path) as draft:
            draft.open_account("a", "Ana")
            draft.withdraw("a", "1")

    with pytest.raises(InsufficientFunds):
        overdraw()
    assert os.listdir(os.path.dirname(path)) == []


def test_a_draft_may_leave_its_projections_behind(path: str) -> None:
    with Ledger.draft(path, defer_projections=True) as draft:
        draft.open_account("a", "Ana")
    with Ledger.open(path, create=False) as ledger:
        assert [view.lag for view in ledger.projections()] == [1, 1]


def test_of_two_drafts_for_one_path_the_second_is_discarded(path: str) -> None:
    def make_two() -> None:
        with Ledger.draft(path) as late:
            late.open_account("late", "Lia")
            with Ledger.draft(path) as early:
                early.open_account("early", "Eva")

    with pytest.raises(LedgerAppeared):
        make_two()
    assert os.listdir(os.path.dirname(path)) == ["books.db"]
    with Ledger.open(path, create=False) as ledger:
        assert ledger.account_ids() == ["early"]


def test_a_ledger_that_appears_while_it_is_made_is_used(path: str, clock: Clock) -> None:
    def rival() -> None:
        with Ledger.open(path, clock=clock) as ledger:
            ledger.open_account("a", "Ana")

    clock.interruptions.append(rival)
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.account_ids() == ["a"]
        ledger.deposit("a", "1")


def test_no_ledger_can_be_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="no ledger can be made"):
        Ledger.open(tmp_path / "no" / "books.db")


def test_a_ledger_in_memory_is_gone_with_its_object() -> None:
    with Ledger.in_memory(defer_projections=True) as ledger:
        ledger.open_account("a", "Ana")
        assert [view.lag for view in ledger.projections()] == [1, 1]
    assert Ledger.in_memory().account_ids() == []


def test_a_ledger_in_memory_can_be_copied_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    path.write_bytes(b"what was there before")
    with Ledger.in_memory() as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        with pytest.raises(InvalidOption, match="exists already"):
            ledger.backup(path)
        report = ledger.backup(path, force=True)
        ledger.deposit("a", "1")
        assert (report.path, report.size) == (str(path), path.stat().st_size)
        with Ledger.open(path, create=False) as copy:
            assert (copy.ledger_id, copy.head()) == (ledger.ledger_id, report.head)
            assert str(copy.balance("a").balance) == "5.00 USD"
            assert copy.verify(expect_head=report.head.short).clean


def test_a_ledger_in_memory_is_rebuilt_and_verified_in_this_process() -> None:
    with Ledger.in_memory(defer_projections=True) as ledger:
        ledger.open_account("a", "Ana")
        ledger.deposit("a", "1")
        report = ledger.rebuild_projections(workers=4)
        assert (report.workers, report.events) == (1, 3)
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert ledger.agreement("a").holds
        assert ledger.verify(workers=4).clean


def test_the_package_offers_its_public_names() -> None:
    assert package.Ledger is Ledger
    assert package.Money(1, "USD").minor_units == 1
    assert issubclass(InsufficientFunds, package.LedgerError)
    with pytest.raises(AttributeError, match="no attribute 'Journal'"):
        _ = package.Journal


def test_the_example_of_the_package_runs_as_it_stands(tmp_path: Path) -> None:
    assert package.__doc__ is not None
    indented = package.__doc__.split("::\n\n")[1].split("\n\nAll that is public")[0]
    example = "\n".join(line.removeprefix("    ") for line in indented.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("50.00 USD\n", "")
