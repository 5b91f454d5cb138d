"""What a store can make again from its log."""

from __future__ import annotations

import json

import msgspec
import pytest

from ledger.errors import UnreadableEvent
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.records import KeyedRequest, KeyRecord
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import EventStore, Repairable
from ledger.eventstore.tables import ProjectionTable, is_made
from tests.support.appends import appended, deposit, write
from tests.support.contract.store_kinds import StoreKind


class Row(msgspec.Struct):
    key: str


def keyed(store: EventStore, key: str, request: dict[str, str], *streams: str) -> KeyRecord:
    """Append one event to each stream under a key, as a command does."""
    event = deposit(idempotency_key=key, request=request)
    print_of = request_fingerprint(json.dumps(request).encode())
    store.append([write(store, name, event) for name in streams], keyed=KeyedRequest(key, print_of))
    record = next(store.key_records(key), None)
    assert record is not None
    return record


def test_keys_are_remade_as_they_were(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    appended(store, "a")
    records = [keyed(store, "k-1", {"amount": "1"}, "a"), keyed(store, "k-2", {"x": "y"}, "a", "b")]
    appended(store, "b")

    assert store.rebuild_keys() == 2
    assert list(store.key_records()) == records


def test_a_record_that_nothing_came_with_is_gone_after_remaking(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    forged = deposit()
    store.append([write(store, "a", forged)], keyed=KeyedRequest("forged", b"f" * 32))

    assert store.rebuild_keys() == 0
    assert next(store.key_records("forged"), None) is None


def test_keys_stay_where_the_log_cannot_be_read(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    record = keyed(store, "k-1", {"amount": "1"}, "a")
    broken = msgspec.structs.replace(deposit(), metadata='{"idempotency_key": 7}')
    store.append([write(store, "a", broken)])

    with pytest.raises(UnreadableEvent):
        store.rebuild_keys()
    assert list(store.key_records()) == [record]


def test_a_dropped_snapshot_is_gone_and_no_other(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    for name in ("a", "b"):
        appended(store, name, deposit(), deposit())
        for version in (1, 2):
            store.snapshots.save(Snapshot(name, version, "{}", "f", 0, 0))

    store.drop_snapshot("a", 2)
    store.drop_snapshot("a", 2)
    store.drop_snapshot("nobody", 1)

    kept = [(each.stream_id, each.version) for each in store.snapshots.read()]
    assert kept == [("a", 1), ("b", 1), ("b", 2)]


def test_a_dropped_snapshot_of_a_failed_transaction_is_back(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    appended(store, "a")
    store.snapshots.save(Snapshot("a", 1, "{}", "f", 0, 0))

    def transaction() -> None:
        with store.transaction():
            store.drop_snapshot("a", 1)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()
    assert len(list(store.snapshots.read())) == 1


def test_a_projection_table_exists_once_it_is_made(kind: StoreKind, store: EventStore) -> None:
    spec = ProjectionTable("rows", 1, Row)
    assert not is_made(store.tables, spec)
    store.tables.create(spec)
    assert is_made(store.tables, spec)
    with kind.second(store) as other:
        assert is_made(other.tables, spec)


def test_a_whole_store_needs_no_repair(store: EventStore) -> None:
    assert isinstance(store, Repairable)
    keyed(store, "k-1", {"amount": "1"}, "a")
    store.snapshots.save(Snapshot("a", 1, "{}", "f", 0, 0))

    assert store.repair() == []
    assert sum(1 for _ in store.key_records()) == 1
    assert len(list(store.snapshots.read())) == 1
