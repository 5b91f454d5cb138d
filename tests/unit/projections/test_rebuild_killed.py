"""A rebuild that is killed at any moment leaves the live tables and the rest of the file."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from time import sleep

import pytest

from ledger import Ledger
from tests.support.child_process import child
from tests.support.projections.child_processes import rebuild_over_and_over
from tests.support.projections.examples import filled_with_many, noon, rows

ROUNDS = 4


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger whose rebuild takes a while, its projections up to date."""
    path = str(tmp_path_factory.mktemp("large") / "books.db")
    filled_with_many(path, 5, 6_000)
    with Ledger.open(path, clock=noon) as ledger:
        ledger.catch_up()
    return path


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_rebuild_that_is_killed_leaves_everything_as_it_was(
    seed: int, workers: str, path: str
) -> None:
    with Ledger.open(path, clock=noon) as ledger:
        before, exported = rows(ledger), ledger.head()
    with child(rebuild_over_and_over, path, workers) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        sleep(random.Random(seed).uniform(0, 0.4))
        process.kill()
        # Our end of this pipe is at its end only when the workers, which share it, are gone too.
        _, complaints = process.communicate(timeout=30)
    assert complaints == ""
    with Ledger.open(path, create=False, clock=noon) as ledger:
        assert rows(ledger) == before
        assert ledger.head() == exported
        assert ledger.agreement("acc-3").holds
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_schema")}
    file.close()
    assert not [name for name in tables if "shadow" in name or "new" in name]
    assert [each.name for each in Path(path).parent.iterdir()] == ["books.db"]


def test_a_ledger_whose_rebuilds_were_killed_works_on(path: str) -> None:
    with child(rebuild_over_and_over, path, "2") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        process.kill()
        process.communicate(timeout=30)
    with Ledger.open(path, create=False, clock=noon) as ledger:
        ledger.transfer("acc-0", "acc-1", "0.01")
        ledger.rebuild_projections(workers=2)
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert all(ledger.agreement(account).holds for account in ledger.account_ids())
