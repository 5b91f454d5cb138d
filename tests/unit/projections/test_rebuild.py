"""Rebuilding beside the live tables, in this process and in workers."""

from __future__ import annotations

import os
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import (
    LedgerError,
    NoSuchProjection,
    ProjectionFailed,
    StorageFailure,
    UnreadableEvent,
)
from ledger.eventstore.opening import open_store
from ledger.eventstore.store import EventStore
from ledger.eventstore.worker_processes import work
from ledger.projections.projector import PROJECTIONS, Projector
from ledger.projections.rebuild import rebuild
from ledger.projections.workers import fold_task
from tests.support.child_process import child
from tests.support.contract.store_kinds import location_of
from tests.support.log_editing import edit_file
from tests.support.projections.child_processes import rebuild_over_and_over, write_until_told
from tests.support.projections.examples import (
    Counts,
    DyingAt,
    FailingAt,
    Lingering,
    NewerCounts,
    Unstorable,
    counted,
    filled,
    filled_with_many,
    noon,
    rows,
)

HEAD = 18
UNSEEN = HEAD - 1
TRUTH = {"$book": 1, "acc-0": 5, "acc-1": 5, "acc-2": 5, "gone": 2}


def in_workers_too(test: Callable[..., None]) -> Callable[..., None]:
    """Do it in this process, and in two others."""
    there: Callable[..., None] = pytest.mark.usefixtures("forked_workers")(test)
    everywhere: Callable[..., None] = pytest.mark.parametrize("workers", [1, 2])(there)
    return everywhere


def damage_projections(path: str) -> None:
    """Make both live tables wrong, so that a rebuild has something to repair."""
    with sqlite3.connect(path) as file:
        file.execute("UPDATE account_balances SET balance = 1")
        file.execute("DELETE FROM account_summaries WHERE account_id = 'acc-1'")
        file.execute("INSERT INTO account_balances VALUES ('ghost', 5, 'USD', 1, 2, 5, 1)")
    file.close()


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_rebuild_gives_what_inline_gave(workers: int, books: Ledger, path: str) -> None:
    inline = rows(books)
    damage_projections(path)
    assert rows(books) != inline
    report = books.rebuild_projections(workers=workers)
    assert rows(books) == inline
    assert (report.names, report.events, report.rows, report.workers) == (
        ("account_balances", "account_summaries"),
        *(HEAD, 8, workers),
    )
    assert all(books.agreement(account).holds for account in books.account_ids())


@in_workers_too
def test_a_rebuild_of_many_events_in_parts_is_whole(workers: int, path: str) -> None:
    filled_with_many(path, 7, 3_000)
    told: list[tuple[int, int]] = []
    with Ledger.open(path, clock=noon) as ledger:
        head = ledger.head().position
        report = ledger.rebuild_projections(
            workers=workers, progress=lambda done, total: told.append((done, total))
        )
        assert (report.events, report.rows) == (head, 14)
        assert [row.transaction_count for row in ledger.accounts()] == [3_000] * 7
        assert [view.balance.minor_units for view in ledger.balances()] == [3_000] * 7
    assert max(told) == (head, head)
    assert {total for _, total in told} == {head}
    assert len(told) >= 3


@in_workers_too
def test_only_the_named_projections_are_rebuilt(workers: int, books: Ledger, path: str) -> None:
    damage_projections(path)
    report = books.rebuild_projections(["account_summaries"], workers=workers)
    assert report.names == ("account_summaries",)
    assert len(books.accounts()) == 4
    assert "ghost" in [view.account_id for view in books.balances()]
    with pytest.raises(NoSuchProjection):
        books.rebuild_projections(["account_summaries", "totals"])


@in_workers_too
def test_an_empty_ledger_can_be_rebuilt(workers: int, path: str) -> None:
    with Ledger.open(path) as ledger:
        report = ledger.rebuild_projections(workers=workers)
        assert (report.events, report.rows) == (1, 0)
        ledger.open_account("a", "Ana")
        assert ledger.agreement("a").holds


@in_workers_too
def test_deferred_projections_are_up_to_date_after_a_rebuild(workers: int, path: str) -> None:
    with Ledger.open(path, clock=noon, defer_projections=True) as ledger:
        filled(ledger)
        assert [view.lag for view in ledger.projections()] == [UNSEEN, UNSEEN]
        ledger.rebuild_projections(workers=workers)
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert ledger.agreement("acc-0").holds
        ledger.deposit("acc-0", "1")
        assert [view.lag for view in ledger.projections()] == [1, 1]
        assert ledger.catch_up() == 1
        assert ledger.agreement("acc-0").holds


def test_a_short_log_is_folded_in_this_process(books: Ledger) -> None:
    assert books.rebuild_projections().workers == 1


def test_a_store_that_no_process_can_open_is_folded_in_this_one(store: EventStore) -> None:
    report = rebuild(store, PROJECTIONS, workers=2)
    assert report.workers == (1 if location_of(store) is None else 2)
    assert report.rows == 8


@pytest.mark.parametrize("workers", [0, -3])
def test_fewer_workers_than_one_are_one(workers: int, books: Ledger) -> None:
    assert books.rebuild_projections(workers=workers).workers == 1


@in_workers_too
def test_a_projection_is_made_where_there_was_none_and_raised_where_it_was_older(
    workers: int, store: EventStore
) -> None:
    rebuild(store, [Counts()], workers=workers)
    assert counted(store) == TRUTH
    assert Projector(store, [Counts()]).lag(Counts()) == 0
    rebuild(store, [NewerCounts()], workers=workers)
    assert Projector(store, [NewerCounts()]).lag(NewerCounts()) == 0
    assert counted(store) == TRUTH


# ── others write meanwhile ──────────────────────────────────────────────────────────────────────


@in_workers_too
def test_what_comes_while_the_log_is_folded_is_in_the_result(
    workers: int, books: Ledger, path: str
) -> None:
    """Progress is told last when all is folded, and before the new tables are in place."""
    rival = Ledger.open(path, clock=noon)

    def interfere(done: int, head: int) -> None:
        if done == head == HEAD:
            rival.transfer("acc-0", "acc-1", "3")
            rival.open_account("late", "Lia")

    report = books.rebuild_projections(workers=workers, progress=interfere)
    rival.close()
    assert report.events == HEAD + 3
    assert [view.lag for view in books.projections()] == [0, 0]
    assert all(books.agreement(account).holds for account in books.account_ids())
    assert [row.account_id for row in books.accounts()] == [
        *("acc-0", "acc-1", "acc-2", "gone", "late"),
    ]


@in_workers_too
def test_a_rebuild_beside_a_process_that_keeps_writing_loses_nothing(
    workers: int, path: str
) -> None:
    filled_with_many(path, 2, 2_000)
    with Ledger.open(path, clock=noon) as ledger:
        ledger.catch_up()
        with child(write_until_told, path) as writer:
            assert writer.stdout is not None
            assert writer.stdin is not None
            assert writer.stdout.readline() == "deposited\n"
            for _ in range(3):
                ledger.rebuild_projections(workers=workers)
                writer.stdout.readline()
            assert writer.stderr is not None
            writer.stdin.close()
            written = 4 + len(writer.stdout.read().splitlines())
            assert writer.stderr.read() == ""
        assert ledger.head().position == 1 + 2 + 4_000 + written
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert ledger.agreement("acc-0").holds
        assert ledger.balance("acc-0").balance.minor_units == 2_000 + written
        assert ledger.balances()[0].balance.minor_units == 2_000 + written


def test_two_processes_that_rebuild_at_once_do_not_mix(path: str) -> None:
    filled_with_many(path, 2, 2_000)
    with Ledger.open(path, clock=noon) as ledger:
        ledger.catch_up()
        with child(rebuild_over_and_over, path, "1") as other:
            assert other.stdout is not None
            for _ in range(3):
                assert other.stdout.readline() == "begins\n"
                ledger.rebuild_projections(workers=1)
                ledger.deposit("acc-0", "1")
            other.kill()
        assert ledger.agreement("acc-0").holds
        assert ledger.agreement("acc-1").holds


# ── failures ────────────────────────────────────────────────────────────────────────────────────


@in_workers_too
@pytest.mark.parametrize("position", [1, 9, HEAD])
def test_a_fold_that_fails_stops_the_rebuild_names_the_event_and_leaves_the_live_tables(
    position: int, workers: int, store: EventStore
) -> None:
    rebuild(store, [Counts()], workers=1)
    (event,) = store.read_all(after_position=position - 1, to_position=position)
    with pytest.raises(ProjectionFailed, match="these books do not add up") as failure:
        rebuild(store, [FailingAt(position)], workers=workers)
    assert f"projection counts cannot handle event {position} " in failure.value.message
    assert failure.value.details == {
        "projection": "counts",
        "position": position,
        "account_id": event.stream_id,
    }
    assert counted(store) == TRUTH
    assert Projector(store, [Counts()]).lag(Counts()) == 0


@in_workers_too
def test_one_projection_that_fails_leaves_the_others_too(
    workers: int, books: Ledger, path: str
) -> None:
    store = open_store(path, noon)
    damage_projections(path)
    before = rows(books)
    with pytest.raises(ProjectionFailed):
        rebuild(store, [*PROJECTIONS, FailingAt(3)], workers=workers)
    assert rows(books) == before
    store.close()


@in_workers_too
def test_a_fold_that_fails_on_what_came_meanwhile_leaves_the_live_tables(
    workers: int, books: Ledger, path: str
) -> None:
    store = open_store(path, noon)
    rebuild(store, [Counts()], workers=1)

    def interfere(done: int, head: int) -> None:
        if done == head:
            books.deposit("acc-0", "1")

    with pytest.raises(ProjectionFailed, match=f"event {HEAD + 1} "):
        rebuild(store, [FailingAt(HEAD + 1)], workers=workers, progress=interfere)
    assert counted(store) == TRUTH
    store.close()


@in_workers_too
def test_an_event_that_cannot_be_read_stops_the_rebuild(
    workers: int, books: Ledger, path: str
) -> None:
    edit_file(path, "UPDATE events SET data = '{}' WHERE position = 8")
    before = rows(books)
    with pytest.raises(UnreadableEvent, match="event 8 ") as failure:
        books.rebuild_projections(workers=workers)
    assert failure.value.details["position"] == 8
    assert rows(books) == before


def test_one_failure_ends_the_other_workers_too(books: Ledger, path: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    store = open_store(path, noon)
    with pytest.raises(ProjectionFailed):
        rebuild(store, [Lingering(str(trace))], workers=2)
    store.close()
    assert not trace.exists()


@in_workers_too
def test_tables_that_cannot_all_be_put_in_place_are_all_left_alone(
    workers: int, books: Ledger, path: str
) -> None:
    store = open_store(path, noon)
    damage_projections(path)
    before = rows(books)
    with pytest.raises(LedgerError):
        rebuild(store, [*PROJECTIONS, Unstorable()], workers=workers)
    assert rows(books) == before
    assert store.tables.checkpoints().get(Unstorable.table.name) is None
    store.close()


def test_a_worker_that_gets_no_task_any_more_goes_quietly() -> None:
    with child(work) as worker:
        _, complaints = worker.communicate(timeout=30)
    assert (worker.returncode, complaints) == (1, "")


@pytest.mark.parametrize("location", ["books.db", "nowhere.db"])
def test_a_worker_whose_result_nobody_takes_goes_quietly(
    location: str, books: Ledger, path: str
) -> None:
    location = path.replace("books.db", location)
    task = (location, False, fold_task, (PROJECTIONS, 0, 2, HEAD), ["ledger.domain.account"])
    with child(work) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdout.close()
        os.write(worker.stdin.fileno(), pickle.dumps(task))
        worker.stdin.close()
        assert worker.stderr.read() == ""
        assert worker.wait(30) == 1


def test_a_worker_that_dies_stops_the_rebuild(books: Ledger, path: str) -> None:
    store = open_store(path, noon)
    rebuild(store, [Counts()], workers=1)
    for position in (1, 2, 3, HEAD):
        with pytest.raises(StorageFailure, match="a worker process of the rebuild died") as failure:
            rebuild(store, [DyingAt(position)], workers=2)
        assert failure.value.advice == "repeat it, perhaps without worker processes"
        assert counted(store) == TRUTH
    store.close()


@in_workers_too
def test_who_watches_the_progress_may_stop_the_rebuild(
    workers: int, books: Ledger, path: str
) -> None:
    damage_projections(path)
    before = rows(books)

    def stop(done: int, head: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        books.rebuild_projections(workers=workers, progress=stop)
    assert rows(books) == before
