"""Keeping projections up: inline, left behind, and caught up with."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from ledger import Ledger
from ledger.domain.aggregate import Event
from ledger.errors import (
    DamagedLedger,
    NoSuchProjection,
    ProjectionFailed,
    ProjectionOutdated,
    UnreadableEvent,
)
from ledger.eventstore.codec import decode_event
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.store import EventStore
from ledger.projections.projection import DecodedEvent
from ledger.projections.projector import (
    BALANCES,
    CATCH_UP_BATCH,
    INLINE_CATCH_UP,
    PROJECTIONS,
    SUMMARIES,
    ProjectionStatus,
    Projector,
)
from tests.support.projections.examples import (
    CountRow,
    Counts,
    FailingAt,
    NewerCounts,
    counted,
    filled,
    filled_with_many,
    noon,
    rows,
)

TRUTH = {"$book": 1, "acc-0": 5, "acc-1": 5, "acc-2": 5, "gone": 2}
HEAD = 18
UNSEEN = HEAD - 1
"""Events that deferred projections of such a ledger have not seen: all but the book's."""


def decoded_events(store: EventStore, first: int, last: int) -> list[DecodedEvent]:
    events = store.read_all(after_position=first - 1, to_position=last)
    return [(event, decode_event(event)) for event in events]


def counting(store: EventStore) -> Projector:
    """A runner of a projection that has not begun yet."""
    runner = Projector(store, [Counts()])
    runner.create()
    return runner


# ── inline ──────────────────────────────────────────────────────────────────────────────────────


def test_each_command_moves_every_projection(books: Ledger) -> None:
    assert books.projections() == [
        ProjectionStatus(name, version, HEAD, 0, outdated=False)
        for name, version in (("account_balances", 2), ("account_summaries", 3))
    ]
    books.deposit("acc-0", "5")
    assert [view.checkpoint for view in books.projections()] == [HEAD + 1] * 2


def test_events_of_one_append_are_folded_into_each_of_their_rows(store: EventStore) -> None:
    runner = counting(store)
    runner.project(decoded_events(store, 1, HEAD))
    assert counted(store) == TRUTH
    assert runner.lag(Counts()) == 0


def test_an_event_that_was_seen_is_not_folded_again(store: EventStore) -> None:
    runner = counting(store)
    for _ in range(2):
        runner.project(decoded_events(store, 1, 10))
    for _ in range(2):
        runner.project(decoded_events(store, 8, HEAD))
    runner.project(decoded_events(store, 1, 3))
    assert runner.catch_up(Counts()) == 0
    assert counted(store) == TRUTH


def test_two_runners_do_not_fold_an_event_twice(store: EventStore) -> None:
    first, second = counting(store), Projector(store, [Counts()])
    first.project(decoded_events(store, 1, 10))
    second.project(decoded_events(store, 1, 10))
    second.project(decoded_events(store, 11, HEAD))
    first.project(decoded_events(store, 11, HEAD))
    assert counted(store) == TRUTH


def test_a_projection_moves_on_only_from_where_it_is(store: EventStore) -> None:
    """The compare-and-set that keeps two workers from folding the same events."""
    views, spec = store.tables, Counts.table
    counting(store)
    with store.transaction():
        assert views.write(spec, {}, seen=(0, 5))
        assert not views.write(spec, {}, seen=(0, 5))
        assert not views.write(NewerCounts.table, {}, seen=(5, 6))
        assert views.write(spec, {}, seen=(5, 6))
    checkpoint = views.checkpoints().get(spec.name)
    assert checkpoint is not None
    assert checkpoint.position == 6


def test_a_short_lag_is_made_good_by_the_next_append(store: EventStore) -> None:
    runner = counting(store)
    runner.project(decoded_events(store, HEAD, HEAD))
    assert counted(store) == TRUTH


def test_no_facts_are_no_work(store: EventStore) -> None:
    runner = counting(store)
    runner.project([])
    assert runner.lag(Counts()) == HEAD


def test_a_long_lag_is_left_for_catching_up(path: str) -> None:
    filled_with_many(path, 2, INLINE_CATCH_UP // 2)
    with Ledger.open(path, clock=noon) as ledger:
        ledger.deposit("acc-0", "1")
        unseen = ledger.head().position - 1
        assert [view.lag for view in ledger.projections()] == [unseen, unseen]
        assert ledger.balances() == []
        assert ledger.catch_up() == unseen
        assert len(ledger.balances()) == 2
        ledger.deposit("acc-0", "1")
        assert [view.lag for view in ledger.projections()] == [0, 0]


def test_the_longest_lag_that_an_append_makes_good(path: str) -> None:
    filled_with_many(path, 2, INLINE_CATCH_UP // 2 - 1)
    with Ledger.open(path, clock=noon) as ledger:
        assert [view.lag for view in ledger.projections()] == [INLINE_CATCH_UP] * 2
        ledger.deposit("acc-0", "1")
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert ledger.agreement("acc-0").holds
        assert ledger.agreement("acc-1").holds


def test_a_failing_fold_undoes_the_command(store: EventStore) -> None:
    runner = Projector(store, [FailingAt(10)])
    runner.create()
    with pytest.raises(ProjectionFailed, match=r"event 10 .* do not add up") as failure:
        runner.project(decoded_events(store, 1, HEAD))
    assert failure.value.details == {"projection": "counts", "position": 10, "account_id": "acc-2"}
    assert counted(store) == {}
    assert runner.lag(Counts()) == HEAD


def test_a_fold_may_say_itself_what_is_wrong(store: EventStore) -> None:
    class Choosy(Counts):
        def fold_row(self, row: CountRow | None, event: Event, recorded: RecordedEvent) -> CountRow:
            raise UnreadableEvent(f"event {recorded.position} has no category")

    runner = Projector(store, [Choosy()])
    runner.create()
    with pytest.raises(UnreadableEvent, match="event 1 has no category"):
        runner.catch_up(Choosy())
    assert runner.lag(Choosy()) == HEAD


# ── deferred ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def behind(path: str) -> Ledger:
    with Ledger.open(path, clock=noon, defer_projections=True) as ledger:
        filled(ledger)
    return Ledger.open(path, clock=noon)


def test_deferred_projections_stay_behind_and_say_how_far(behind: Ledger) -> None:
    with behind:
        assert [view.lag for view in behind.projections()] == [UNSEEN, UNSEEN]
        assert behind.accounts() == []
        assert behind.balance("acc-0").balance.minor_units == 1100


def test_catching_up_gives_what_inline_gives(behind: Ledger) -> None:
    told: list[tuple[int, int]] = []
    with behind, Ledger.in_memory(clock=noon) as inline:
        filled(inline)
        assert behind.catch_up(lambda done, total: told.append((done, total))) == UNSEEN
        assert rows(behind) == rows(inline)
        assert behind.catch_up() == 0
    assert told == [(UNSEEN, UNSEEN)] * 2


def test_catching_up_goes_in_batches_and_tells_of_each(path: str) -> None:
    filled_with_many(path, 2, CATCH_UP_BATCH // 2 + 500)
    told: list[tuple[int, int]] = []
    with Ledger.open(path, clock=noon) as ledger:
        unseen = ledger.head().position - 1
        assert ledger.catch_up(lambda done, total: told.append((done, total))) == unseen
        assert told == [(CATCH_UP_BATCH, unseen), (unseen, unseen)] * 2
        assert ledger.agreement("acc-1").holds


def test_two_processes_that_catch_up_at_once_fold_each_event_once(path: str) -> None:
    filled_with_many(path, 3, 4_000)
    program = (
        "import sys; sys.path[:0] = sys.argv[2].split('|'); from ledger import Ledger\n"
        "with Ledger.open(sys.argv[1], create=False) as ledger:\n"
        "    sys.stdin.readline()\n"
        "    print(ledger.catch_up())\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, path, "|".join(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    outputs = [child.communicate(timeout=60)[0] for child in children]
    assert all(output.strip().isdigit() for output in outputs)
    with Ledger.open(path, create=False) as ledger:
        assert [view.lag for view in ledger.projections()] == [0, 0]
        assert [report.balance.minor_units for report in ledger.balances()] == [4_000] * 3
        assert [row.transaction_count for row in ledger.accounts()] == [4_000] * 3


# ── which projections there are ─────────────────────────────────────────────────────────────────


def test_projections_are_chosen_by_name(store: EventStore) -> None:
    runner = Projector(store)
    assert runner.named([]) == list(PROJECTIONS)
    assert runner.named(["account_summaries"]) == [SUMMARIES]
    twice = ["account_summaries", "account_balances", "account_summaries"]
    assert runner.named(twice) == [SUMMARIES, BALANCES]
    with pytest.raises(NoSuchProjection, match="no projection 'totals'") as refusal:
        runner.named(["account_balances", "totals"])
    assert refusal.value.advice == "there are: account_balances, account_summaries, account_entries"


def test_a_projection_of_another_version_asks_to_be_rebuilt(store: EventStore) -> None:
    counting(store).catch_up(Counts())
    newer = Projector(store, [NewerCounts()])
    status = newer.status(NewerCounts())
    assert (status.version, status.checkpoint, status.outdated) == (1, HEAD, True)
    for read in (newer.lag, newer.catch_up):
        with pytest.raises(ProjectionOutdated, match="made by another version") as refusal:
            read(NewerCounts())
        assert refusal.value.advice == "make it again from the log"
        assert refusal.value.details == {"projection": "counts"}
    newer.project(decoded_events(store, 1, HEAD))
    assert counted(store) == TRUTH


def test_a_projection_that_was_never_made_asks_to_be_rebuilt(store: EventStore) -> None:
    runner = Projector(store, [Counts()])
    status = runner.status(Counts())
    assert status == ProjectionStatus("counts", 0, 0, HEAD, outdated=True)
    with pytest.raises(ProjectionOutdated):
        runner.lag(Counts())
    runner.project(decoded_events(store, 1, HEAD))
    assert store.tables.checkpoints().get(Counts.table.name) is None


def test_commands_go_on_beside_an_outdated_projection(books: Ledger, path: str) -> None:
    with sqlite3.connect(path) as file:
        file.execute("UPDATE projections SET version = 7 WHERE name = 'account_summaries'")
    file.close()
    books.deposit("acc-0", "1")
    balances, summaries = books.projections()
    assert (balances.lag, balances.outdated) == (0, False)
    assert (summaries.lag, summaries.outdated, summaries.version) == (1, True, 7)
    with pytest.raises(ProjectionOutdated):
        books.accounts()
    with pytest.raises(ProjectionOutdated):
        books.catch_up()
    books.rebuild_projections(["account_summaries"], workers=1)
    assert books.agreement("acc-0").holds


def test_an_import_goes_on_beside_an_outdated_projection() -> None:
    origin = filled(Ledger.in_memory(clock=noon))
    store = SqliteStore.in_memory("books", noon)
    store.tables.create(BALANCES.table)
    with Ledger(store, clock=noon) as ledger:
        ledger.import_events(origin.export_events())
        assert [view.lag for view in ledger.projections()] == [0, HEAD]
        assert ledger.balances() == origin.balances()


def test_a_table_that_is_gone_is_named_with_the_way_to_get_it_back(
    books: Ledger, path: str
) -> None:
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE account_balances")
    file.close()
    for use in (books.balances, lambda: books.deposit("acc-0", "1")):
        with pytest.raises(DamagedLedger, match="account_balances is missing") as failure:
            use()
        assert failure.value.advice == "make it again from the log"
        assert failure.value.details == {"projection": "account_balances"}
    assert books.head().position == HEAD
    assert len(books.accounts()) == 4
    books.rebuild_projections(["account_balances"], workers=1)
    books.deposit("acc-0", "1")
    assert books.agreement("acc-0").holds


def test_rows_are_written_with_their_checkpoint_or_not_at_all(path: str) -> None:
    """A second connection sees the rows and the checkpoint of one moment."""
    with Ledger.open(path, clock=noon) as ledger:
        filled(ledger)
    store, other = open_store(path, noon), open_store(path, noon)
    runner = counting(store)
    with store.transaction():
        runner.project(decoded_events(store, 1, HEAD))
        assert counted(store) == TRUTH
        assert counted(other) == {}
        assert Projector(other, [Counts()]).lag(Counts()) == HEAD
    assert counted(other) == TRUTH
    assert Projector(other, [Counts()]).lag(Counts()) == 0
    store.close()
    other.close()
