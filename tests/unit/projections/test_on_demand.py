"""A projection that questions catch up: writes pay nothing, and whatever cuts it short, the next
question goes on with it."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger, LockTimeout
from ledger.eventstore.tables import TablesInSql
from ledger.projections import by_stream
from ledger.projections.apart import folded_apart
from ledger.projections.projector import CATCH_UP_BATCH
from tests.support.child_process import child
from tests.support.permissions import run_bound
from tests.support.program import PROJECT
from tests.support.projections.child_processes import make_entries_over_and_over
from tests.support.projections.examples import filled_with_many, noon

NAME = "account_entries"
ACCOUNTS, EACH = 5, 2_100


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a ledger whose log is long enough to be folded stream by stream."""
    path = str(tmp_path_factory.mktemp("long") / "books.db")
    filled_with_many(path, ACCOUNTS, EACH)
    with Ledger.open(path, clock=noon) as ledger:
        ledger.catch_up()
        assert ledger.head().position > CATCH_UP_BATCH
    return Path(path).read_bytes()


@pytest.fixture
def long_path(long: bytes, path: str) -> str:
    Path(path).write_bytes(long)
    return path


def stored(ledger: Ledger) -> list[object]:
    (projection,) = ledger._projector.on_demand
    return list(ledger._store.tables.rows(projection.table))


def folded(ledger: Ledger) -> list[object]:
    (projection,) = ledger._projector.on_demand
    with folded_apart(ledger._store, projection, ledger.head().position) as tables:
        return list(tables.rows(projection.table))


def names_in(ledger: Ledger) -> set[str]:
    assert isinstance(ledger._store.tables, TablesInSql)
    return {name for (name,) in ledger._store.tables.ask("SELECT name FROM sqlite_schema")}


def test_nothing_is_made_before_a_question_and_writes_leave_it_behind(books: Ledger) -> None:
    assert NAME not in names_in(books)
    assert [each.name for each in books.projections()] == ["account_balances", "account_summaries"]
    books.balances(as_of="2099-01-01")
    assert {NAME, f"{NAME}_1", f"{NAME}_2"} <= names_in(books)
    books.deposit("acc-0", "1")
    (status,) = [each for each in books.projections() if each.name == NAME]
    assert status.lag == 1
    books.balances(as_of="2099-01-01")
    (status,) = [each for each in books.projections() if each.name == NAME]
    assert status.lag == 0
    assert stored(books) == folded(books)


def test_a_long_log_is_folded_stream_by_stream_into_the_same_rows(long_path: str) -> None:
    with Ledger.open(long_path, clock=noon) as ledger:
        balances = {each.account_id: each.balance for each in ledger.balances()}
        then = ledger.balances(as_of="2099-01-01")
        assert {each.account_id: each.balance for each in then} == balances
        assert len(stored(ledger)) == ledger.head().position  # and one row for the time zone
        assert {f"{NAME}_1", f"{NAME}_2"} <= names_in(ledger)
        ledger.rebuild_projections([NAME])
        assert stored(ledger) == folded(ledger)


def test_of_two_that_make_it_the_later_one_does(
    long_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_stream, "_HELD", 1_000)
    with (
        Ledger.open(long_path, clock=noon) as one,
        Ledger.open(long_path, clock=noon) as other,
    ):
        (projection,) = one._projector.on_demand
        head = one.head().position

        def interrupt(done: int, _: int) -> None:
            if done < 2_000:
                other.balances(as_of="2099-01-01")

        with pytest.raises(LockTimeout, match="is making account_entries, too"):
            by_stream.fold_by_stream(one._store, one._store, projection, head, interrupt)
        assert stored(one) == folded(one)


def test_an_erasure_stops_who_is_making_it_with_the_texts(
    long_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_stream, "_HELD", 1_000)
    with (
        Ledger.open(long_path, clock=noon) as one,
        Ledger.open(long_path, clock=noon) as other,
    ):
        (projection,) = one._projector.on_demand
        head = one.head().position

        def erase(done: int, _: int) -> None:
            if done < 2_000:
                other.erase("acc-1", "asked for it")

        with pytest.raises(LockTimeout):
            by_stream.fold_by_stream(one._store, one._store, projection, head, erase)
        assert stored(one) == []
        one.balances(as_of="2099-01-01")
        assert stored(one) == folded(one)


def test_questions_go_on_while_it_is_rebuilt_and_do_not_stop_that(
    long_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_stream, "_HELD", 1_000)
    with (
        Ledger.open(long_path, clock=noon) as one,
        Ledger.open(long_path, clock=noon) as other,
    ):
        then = other.balances(as_of="2099-01-01")
        asked = []

        def ask(done: int, _: int) -> None:
            asked.append(other.balances(as_of="2099-01-01"))
            if done < 2_000:
                other.deposit("acc-1", "0.01")
                other.erase("acc-2", "asked for it")

        report = one.rebuild_projections([NAME], progress=ask)
        assert len(asked) > 10
        assert asked[0] == then
        assert report.names == (NAME,)
        one.balances(as_of="2099-01-01")
        assert stored(one) == folded(one)


@pytest.mark.parametrize("after", [0.02, 0.1, 0.25])
def test_who_is_killed_while_making_it_does_no_harm(after: float, long_path: str) -> None:
    with child(make_entries_over_and_over, long_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        sleep(after)
        process.kill()
        process.communicate(timeout=30)
    with Ledger.open(long_path, create=False, clock=noon) as ledger:
        assert ledger.verify().findings == ()
        balances = {each.account_id: each.balance for each in ledger.balances()}
        then = ledger.balances(as_of="2099-01-01")
        assert {each.account_id: each.balance for each in then} == balances
        assert stored(ledger) == folded(ledger)


def test_a_ledger_that_cannot_be_written_answers_from_a_table_apart(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    filled_with_many(str(folder / "books.db"), 2, 3)
    (folder / "books.db").chmod(0o400)
    folder.chmod(0o500)
    try:
        done = run_bound(
            [sys.executable, "-m", "ledger", "balance", "--as-of", "2099-01-01"],
            cwd=PROJECT,
            env={**os.environ, "LEDGER_DB": str(folder / "books.db")},
        )
    finally:
        folder.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["acc-0", "acc-1"]
    with Ledger.open(folder / "books.db", clock=noon) as ledger:
        assert NAME not in names_in(ledger)


def test_a_row_that_was_changed_is_found_and_made_again(books: Ledger, path: str) -> None:
    books.balances(as_of="2099-01-01")
    right = stored(books)
    books.close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"UPDATE {NAME} SET amount = amount + 1 WHERE account_id = 'acc-0'")
        file.execute(f"DELETE FROM {NAME} WHERE account_id = 'acc-1' AND version = 1")
    with Ledger.open(path, clock=noon) as ledger:
        findings = ledger.verify().findings
        assert {finding.projection for finding in findings} == {NAME}
        assert any("has no row for the key ('acc-1', 1" in each.message for each in findings)
    diagnosis = Ledger.diagnose(path, repair=True, clock=noon)
    assert "rebuilt account_entries" in " ".join(diagnosis.repaired)
    with Ledger.open(path, clock=noon) as ledger:
        assert ledger.verify().clean
        assert stored(ledger) == right


@pytest.mark.parametrize(
    "sql",
    [
        f'CREATE INDEX "{NAME}_3" ON "{NAME}" (lower("actor"))',
        f'CREATE INDEX "{NAME}_3" ON "{NAME}" ("actor") WHERE abs(amount) > 1',
        f'CREATE INDEX sly ON "{NAME}" ("actor")',
        'CREATE INDEX "account_balances_1" ON "events" ("data")',
    ],
)
def test_an_index_that_runs_something_or_is_none_of_ours_is_refused(
    sql: str, books: Ledger, path: str
) -> None:
    books.balances(as_of="2099-01-01")
    books.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute(sql)
    with pytest.raises(DamagedLedger, match="was not made by ledger"):
        Ledger.open(path, clock=noon)
    Ledger.diagnose(path, repair=True, clock=noon)
    with Ledger.open(path, clock=noon) as ledger:
        assert ledger.verify().clean
