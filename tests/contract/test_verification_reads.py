"""What a verification asks of a store: its keys, its snapshots in turn, its medium's problems."""

from __future__ import annotations

import pytest

from ledger.eventstore.records import KeyedRequest, KeyRecord
from ledger.eventstore.store import EventStore, Inspectable
from tests.contract.test_snapshots import snapshot
from tests.support.appends import appended, deposit, deposits, write


def test_the_keys_come_sorted_with_what_they_wrote(store: EventStore) -> None:
    assert (sum(1 for _ in store.key_records()), list(store.key_records())) == (0, [])
    store.append([write(store, "a", deposit())], keyed=KeyedRequest("z", b"one"))
    appended(store, "b")
    store.append(
        [write(store, "a", deposit()), write(store, "b", deposit())],
        keyed=KeyedRequest("k", b"two"),
    )

    assert sum(1 for _ in store.key_records()) == 2
    assert list(store.key_records()) == [KeyRecord("k", b"two", 3, 4), KeyRecord("z", b"one", 1, 1)]


def test_many_keys_come_each_once(store: EventStore) -> None:
    with store.transaction():
        for number in range(2_500):
            store.append([write(store, "a", deposit())], keyed=KeyedRequest(f"k-{number:05}", b"f"))

    assert sum(1 for _ in store.key_records()) == 2_500
    assert [record.first_position for record in store.key_records()] == list(range(1, 2_501))


def test_keys_that_come_while_others_are_read_do_no_harm(store: EventStore) -> None:
    store.append([write(store, "a", deposit())], keyed=KeyedRequest("k-1", b"f"))
    records = store.key_records()
    assert next(records).key == "k-1"
    store.append([write(store, "a", deposit())], keyed=KeyedRequest("k-0", b"f"))
    assert [record.key for record in records] == []


def test_the_next_snapshot_of_a_stream_is_found_usable_or_not(store: EventStore) -> None:
    for stream in ("a", "b"):
        appended(store, stream, *deposits(300))
    for version in (300, 100):
        store.snapshots.save(snapshot(version))
    store.snapshots.save(snapshot(200, fingerprint="yesterday"))
    store.snapshots.save(snapshot(150, stream="b"))

    def versions(stream: str) -> list[int]:
        found = list(store.snapshots.read(stream))
        assert {each.stream_id for each in found} <= {stream}
        return [each.version for each in found]

    assert versions("a") == [100, 200, 300]
    assert versions("b") == [150]
    assert versions("nobody") == []
    assert next(store.snapshots.read("a", after_version=100)) == snapshot(
        200, fingerprint="yesterday"
    )
    assert list(store.snapshots.read("a", after_version=300)) == []


def test_a_sound_medium_has_no_problems(store: EventStore) -> None:
    if not isinstance(store, Inspectable):
        pytest.skip("it has no medium to inspect")
    assert list(store.integrity_problems()) == []
    appended(store, "a", *deposits(40))
    store.append([write(store, "b", deposit())], keyed=KeyedRequest("k", b"f"))
    store.snapshots.save(snapshot(1))
    assert list(store.integrity_problems()) == []
