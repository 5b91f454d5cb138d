"""Transactions: what is inside is written together or not at all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ledger.errors import VersionConflict
from ledger.eventstore.records import KeyedRequest
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import EventStore, stream_version, version_at
from ledger.eventstore.tables import ProjectionTable
from tests.support.appends import appended, appended_at, deposits, log_of, write
from tests.support.clock import NOON, SECOND
from tests.support.contract.store_kinds import StoreKind, location_of


class Row(msgspec.Struct):
    key: str
    count: int


SPEC = ProjectionTable("counts", 1, Row)


class Stop(Exception):
    pass


def stopped(store: EventStore, *actions: Callable[[], object]) -> None:
    """Do things in a transaction that then fails."""
    with pytest.raises(Stop):
        _stop_after(store, *actions)


def _stop_after(store: EventStore, *actions: Callable[[], object]) -> None:
    with store.transaction():
        for action in actions:
            action()
        raise Stop


def test_appends_of_one_transaction_are_seen_together(kind: StoreKind, store: EventStore) -> None:
    if location_of(store) is None:
        pytest.skip("there is no second connection that could see half of it")
    with kind.second(store) as other:
        with store.transaction():
            appended(store, "a")
            appended(store, "b")
            assert log_of(other) == []
        assert len(log_of(other)) == 2


def test_reads_inside_see_the_transactions_own_writes(store: EventStore) -> None:
    with store.transaction():
        recorded = appended_at(store, "a", [NOON, NOON - SECOND])
        store.append(
            [write(store, "b", *deposits(1))],
            keyed=KeyedRequest("k", b"fingerprint"),
        )

        assert store.head().position == 3
        assert store.head().hash == log_of(store)[-1].hash
        assert stream_version(store, "a") == 2
        assert list(store.stream_ids()) == ["a", "b"]
        assert list(store.read_stream("a")) == recorded
        assert list(store.read_stream("a", effective_to=NOON - 1)) == recorded[1:]
        assert list(store.read_stream("a", newest_first=True)) == recorded[::-1]
        assert [version_at(store, "a", position) for position in (0, 1, 2, 3)] == [0, 1, 2, 2]
        record = next(store.key_records("k"), None)
        assert record is not None
        assert record.first_position == 3
        with store.transaction(read_only=True):
            assert len(log_of(store)) == 3


def test_an_exception_undoes_everything_inside(store: EventStore) -> None:
    appended(store, "a")
    with store.transaction():
        store.tables.create(SPEC)
        store.tables.write(SPEC, {"x": Row("x", 1)})
    before = (log_of(store), store.head(), list(store.stream_ids()))
    snapshot = Snapshot("a", 1, "{}", "f", NOON, NOON)

    stopped(
        store,
        lambda: appended(store, "a", *deposits(2)),
        lambda: store.append([write(store, "c", *deposits(1))], keyed=KeyedRequest("k", b"f")),
        lambda: store.snapshots.save(snapshot),
        lambda: store.tables.write(SPEC, {"x": None, "y": Row("y", 2)}),
        lambda: store.tables.write(SPEC, {}, seen=(0, 3)),
        lambda: store.tables.create(ProjectionTable("other", 1, Row)),
    )

    assert (log_of(store), store.head(), list(store.stream_ids())) == before
    assert next(store.key_records("k"), None) is None
    assert list(store.snapshots.read()) == []
    assert list(store.tables.rows(SPEC)) == [Row("x", 1)]
    checkpoint = store.tables.checkpoints().get(SPEC.name)
    assert checkpoint is not None
    assert checkpoint.position == 0
    assert store.tables.checkpoints().get("other") is None


def test_after_a_rollback_the_same_names_can_be_used_afresh(store: EventStore) -> None:
    stopped(store, lambda: appended(store, "a", *deposits(3)), lambda: log_of(store))

    other, again = appended(store, "b")[0], appended(store, "a", expected=0)[0]

    assert (other.position, again.position, again.version) == (1, 2, 1)
    assert [event.stream_id for event in store.read_all()] == ["b", "a"]


def test_an_inner_transaction_joins_the_outer_one(store: EventStore) -> None:
    def inner() -> None:
        with store.transaction():
            appended(store, "inner")

    stopped(store, inner)
    assert log_of(store) == []

    with store.transaction():
        inner()
        with store.transaction():
            inner()
    assert stream_version(store, "inner") == 2


def failed_inner(store: EventStore, action: Callable[[], object]) -> None:
    """An inner transaction that does something and then fails, with its exception caught."""
    with pytest.raises(Stop):
        _stop_after(store, action)


WRITES: dict[str, Callable[[EventStore], object]] = {
    "append": lambda store: appended(store, "a"),
    "snapshot": lambda store: store.snapshots.save(Snapshot("a", 1, "{}", "f", NOON, NOON)),
    "view row": lambda store: store.tables.write(SPEC, {"x": Row("x", 1)}),
    "view row gone": lambda store: store.tables.write(SPEC, {"x": None}),
    "checkpoint": lambda store: store.tables.write(SPEC, {}, seen=(0, 1)),
    "new view": lambda store: store.tables.create(SPEC),
}


@pytest.mark.parametrize("what", WRITES)
def test_half_of_an_inner_transaction_is_not_committed_by_one_who_caught_its_exception(
    store: EventStore, what: str
) -> None:
    store.tables.create(SPEC)

    def outer() -> None:
        with store.transaction():
            appended(store, "before")
            failed_inner(store, lambda: WRITES[what](store))
            appended(store, "after")

    with pytest.raises(RuntimeError, match="failed inner transaction"):
        outer()

    assert log_of(store) == []
    appended(store, "a")
    assert len(log_of(store)) == 1


def test_an_inner_transaction_that_only_read_does_no_harm_by_failing(store: EventStore) -> None:
    with store.transaction():
        appended(store, "a")
        failed_inner(store, lambda: log_of(store))
        appended(store, "a")

    assert stream_version(store, "a") == 2


def test_a_refused_append_does_no_harm_to_the_transaction_around_it(store: EventStore) -> None:
    """That is how a batch goes on after it has caught a conflict."""
    with store.transaction():
        appended(store, "a")
        with pytest.raises(VersionConflict):
            appended(store, "a", expected=0)
        with pytest.raises(VersionConflict):
            appended(store, "b", expected=7)
        (second,) = appended(store, "a", expected=1)

    assert (second.version, second.position) == (2, 2)
    assert list(store.stream_ids()) == ["a"]


def test_one_failed_transaction_does_not_doom_the_next(store: EventStore) -> None:
    def doomed() -> None:
        with store.transaction():
            failed_inner(store, lambda: appended(store, "a"))

    with pytest.raises(RuntimeError, match="failed inner transaction"):
        doomed()

    with store.transaction():
        appended(store, "a")
    assert stream_version(store, "a") == 1
