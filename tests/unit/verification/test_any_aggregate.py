"""A counter, which is no account, goes through everything that an account goes through."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from ledger import Ledger
from ledger.commands.repository import fold
from ledger.eventstore import snapshots
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import NewEvent, StreamWrite
from ledger.eventstore.snapshots import fold_fingerprint
from ledger.verification.findings import Verification
from tests.support.counter import NOON, Counter, CounterState, Counts, Moves, count
from tests.support.restoring import to_be_restored

OWN: Final[Sequence[Any]] = (Counts, Moves)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two accounts, and two counters with a snapshot, an older event and projections of theirs."""
    path = tmp_path / "books.db"
    with Ledger.open(path, clock=lambda: NOON, projections=OWN) as books:
        books.open_account("a", "Ana", initial_balance="100.00")  # 2
        books.open_account("b", "Ben")  # 3
    store = open_store(str(path), lambda: NOON)
    count(store, "visits", [3, 4, -5])  # 4 to 6
    older = NewEvent("CounterMoved", 1, '{"dozens":2}', '{"actor":"older"}', NOON)
    store.append([StreamWrite("doves", "Counter", 0, (older,))])  # 7
    count(store, "doves", [-1, 2])  # 8 and 9
    counter = Counter("visits")
    recorded_at = fold(counter, store.read_stream("visits", to_version=2))
    store.snapshots.save(snapshots.take(counter, recorded_at))
    count(store, "visits", [10])  # 10
    store.close()
    with Ledger.open(path, clock=lambda: NOON, projections=OWN) as books:
        books.transfer("a", "b", "5.00")  # 11 and 12
        books.catch_up()
    return path


def tampered(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        triggers = file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert file.execute(statement).rowcount
        for _, sql in kept:
            file.execute(sql)
        file.commit()


def verified(path: Path, workers: int = 1) -> Verification:
    with Ledger.open(path, projections=OWN) as books:
        return books.verify(workers=workers)


def places(found: Verification) -> list[tuple[str, int | None, str | None]]:
    return [(each.check, each.position, each.account_id) for each in found.findings]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_counters_beside_accounts_are_clean(path: Path, workers: int) -> None:
    found = verified(path, workers)

    assert (found.findings, found.notes) == ((), ())
    assert (found.events, found.accounts, found.snapshots) == (12, 4, 1)
    assert found.looked_at["snapshot"] == 1
    assert found.looked_at["projection"] == 2 + 2 + 2 + 3
    (totals,) = found.totals
    assert (totals.money_in_minor, totals.balances_minor) == (10_000, 10_000)


def test_its_rows_are_kept(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        counts = file.execute("SELECT * FROM counts_of_counters ORDER BY counter_id").fetchall()
        moves = file.execute("SELECT * FROM moves_of_counters").fetchall()
    assert counts == [("doves", 25), ("visits", 12)]
    assert moves == [("down", 1, 2), ("up", 0, 4), ("up", 1, 1)]


def test_its_state_comes_back_from_its_snapshot(path: Path) -> None:
    store = open_store(str(path), lambda: NOON)
    snapshot = store.snapshots.newest("visits", fold_fingerprint(Counter))
    assert snapshot is not None
    counter = Counter("visits", snapshots.state_in(snapshot, Counter), snapshot.version)
    fold(counter, store.read_stream("visits", after_version=snapshot.version))
    assert (counter.state, counter.version) == (CounterState(12, NOON), 4)
    store.close()


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_changed_event_of_a_counter_is_found_in_all_that_shows_it(
    path: Path, workers: int
) -> None:
    tampered(path, "UPDATE events SET data = '{\"by\":5}' WHERE position = 5")

    found = verified(path, workers)

    assert places(found) == [
        ("hash_chain", 5, "visits"),
        ("snapshot", 5, "visits"),
        ("projection", None, None),
        ("projection", None, None),
        ("projection", None, "visits"),
    ]
    snapshot, *moves, row = found.findings[1:]
    assert (snapshot.expected, snapshot.found) == ("count 8", "count 7")
    assert [each.message for each in moves] == [
        "moves_of_counters differs from the log at the key ('up', 0)",
        "moves_of_counters differs from the log at the key ('up', 1)",
    ]
    assert (row.expected, row.found) == ("count 13", "count 12")


def test_an_event_that_a_counters_rule_forbids_is_found(path: Path) -> None:
    store = open_store(str(path), lambda: NOON)
    count(store, "visits", [-100])  # 13
    store.close()
    with Ledger.open(path, projections=OWN) as books:
        books.catch_up()

    found = verified(path)

    assert places(found) == [("rules", 13, "visits")]
    assert found.findings[0].found == "too_low"


def test_an_event_that_is_no_counters_is_found(path: Path) -> None:
    store = open_store(str(path), lambda: NOON)
    closing_event = NewEvent("AccountClosed", 1, '{"reason":""}', "{}", NOON)
    store.append([StreamWrite("visits", "Counter", 4, (closing_event,))])  # 13
    store.close()
    with Ledger.open(path, projections=OWN) as books:
        books.catch_up()

    assert places(verified(path)) == [("rules", 13, "visits")]


def test_what_is_derived_from_it_is_repaired(path: Path) -> None:
    tampered(
        path,
        "UPDATE snapshots SET state = replace(state, '7', '8')",
        "UPDATE counts_of_counters SET count = 1 WHERE counter_id = 'doves'",
        "DELETE FROM moves_of_counters WHERE parity = 0",
    )
    assert {check for check, _, _ in places(verified(path))} == {"snapshot", "projection"}

    found = Ledger.diagnose(path, repair=True, projections=OWN)

    assert found.sound
    assert len(found.repaired) == 2
    assert verified(path).clean


def test_it_is_exported_and_imported(path: Path, tmp_path: Path) -> None:
    with Ledger.open(path) as books:
        head, lines = books.head(), list(books.export_events())
    copy = tmp_path / "copy.db"
    with to_be_restored(str(copy), lambda: NOON, projections=OWN, snapshot_interval=3) as twin:
        twin.import_events(lines)
        twin.catch_up()
        assert twin.head() == head
        assert list(twin.export_events()) == lines

    found = verified(copy)

    assert found.findings == ()
    assert found.snapshots == 2  # of both counters
