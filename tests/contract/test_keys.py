"""Idempotency records: which positions a key wrote, and that it writes them once."""

from __future__ import annotations

import pytest

from ledger.errors import VersionConflict
from ledger.eventstore.records import KeyedRequest, KeyRecord
from ledger.eventstore.store import EventStore
from tests.support.appends import appended, deposit, deposits, log_of, write
from tests.support.contract.store_kinds import StoreKind

KEYED = KeyedRequest("order 17 ✓", bytes(range(32)))


def test_an_unused_key_has_no_record(store: EventStore) -> None:
    store.append([write(store, "a", deposit())])

    assert next(store.key_records("order 17 ✓"), None) is None


def test_the_record_of_a_key_names_the_positions_of_all_streams_written(store: EventStore) -> None:
    appended(store, "a", *deposits(2))

    store.append([write(store, "a", *deposits(2)), write(store, "b", deposit())], keyed=KEYED)
    appended(store, "b")

    assert next(store.key_records(KEYED.key), None) == KeyRecord(KEYED.key, KEYED.fingerprint, 3, 5)


def test_a_taken_key_is_refused_and_nothing_is_written(store: EventStore) -> None:
    first = store.append([write(store, "a", deposit())], keyed=KEYED)

    with pytest.raises(VersionConflict, match="was used by another command") as conflict:
        store.append([write(store, "b", deposit())], keyed=KeyedRequest(KEYED.key, b"other"))

    assert conflict.value.details["idempotency_key"] == KEYED.key
    assert log_of(store) == first
    assert next(store.key_records(KEYED.key), None) == KeyRecord(KEYED.key, KEYED.fingerprint, 1, 1)


def test_a_key_taken_on_another_connection_is_taken(kind: StoreKind, store: EventStore) -> None:
    with kind.second(store) as other:
        other.append([write(other, "a", deposit())], keyed=KEYED)

    with pytest.raises(VersionConflict):
        store.append([write(store, "a", deposit())], keyed=KEYED)

    assert len(log_of(store)) == 1


def test_a_refused_append_does_not_burn_its_key(store: EventStore) -> None:
    with pytest.raises(VersionConflict):
        store.append([write(store, "a", deposit(), expected=3)], keyed=KEYED)
    assert next(store.key_records(KEYED.key), None) is None

    store.append([write(store, "a", deposit())], keyed=KEYED)

    assert next(store.key_records(KEYED.key), None) == KeyRecord(KEYED.key, KEYED.fingerprint, 1, 1)


def test_a_key_goes_with_the_transaction_that_is_rolled_back(store: EventStore) -> None:
    def transaction() -> None:
        with store.transaction():
            store.append([write(store, "a", deposit())], keyed=KEYED)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()

    assert next(store.key_records(KEYED.key), None) is None


def test_the_records_of_keys_are_given_by_key_and_by_the_beginning_of_keys(
    store: EventStore,
) -> None:
    for key in ("b:2", "a", "b:10", "B:1", "b", "ß", "b%", "b_"):
        store.append([write(store, "a", deposit())], keyed=KeyedRequest(key, bytes(32)))

    def keys(prefix: str) -> list[str]:
        return [record.key for record in store.key_records(prefix=prefix)]

    assert keys("") == [record.key for record in store.key_records()]
    assert keys("") == ["B:1", "a", "b", "b%", "b:10", "b:2", "b_", "ß"]
    assert keys("b") == ["b", "b%", "b:10", "b:2", "b_"]
    assert keys("b:") == ["b:10", "b:2"]
    assert keys("b%") == ["b%"]
    assert keys("b_") == ["b_"]
    assert keys("c") == []
    assert [record.key for record in store.key_records("b")] == ["b"]
