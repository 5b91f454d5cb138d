"""How far the log was published: kept by compare-and-set, in stores that keep it at all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.eventstore.publications import Publication, PublicationStore, Publishes
from ledger.eventstore.store import EventStore
from tests.support.contract.store_kinds import StoreKind

FIRST = Publication("orders", "nats://localhost:4222/ORDERS", 0, b"\1" * 32)
LATER = replace(FIRST, position=7, hash=b"\2" * 32)


def kept_by(store: EventStore) -> PublicationStore:
    if not isinstance(store, Publishes):
        pytest.skip("this store keeps no publications")
    return store.publications


def test_what_is_saved_is_there_for_everybody(store: EventStore, kind: StoreKind) -> None:
    kept = kept_by(store)
    assert list(kept.read()) == []
    assert kept.save(FIRST, None)
    assert kept.save(replace(FIRST, name="archive"), None)
    with kind.second(store) as other:
        assert list(kept_by(other).read()) == [replace(FIRST, name="archive"), FIRST]
        assert kept_by(other).save(LATER, FIRST)
    assert list(kept.read()) == [replace(FIRST, name="archive"), LATER]


@pytest.mark.parametrize(
    "before",
    [
        None,
        LATER,
        replace(FIRST, position=1),
        replace(FIRST, hash=b"\3" * 32),
        replace(FIRST, target="file:/elsewhere"),
        replace(FIRST, name="other"),
    ],
)
def test_nothing_is_saved_over_what_the_caller_did_not_see(
    store: EventStore, before: Publication | None
) -> None:
    kept = kept_by(store)
    assert kept.save(FIRST, None)
    assert not kept.save(replace(LATER, name="orders" if before is None else before.name), before)
    assert list(kept.read()) == [FIRST]


def test_a_transaction_that_fails_takes_it_back(store: EventStore) -> None:
    kept = kept_by(store)

    def save_and_fail() -> None:
        with store.transaction():
            assert kept.save(FIRST, None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_and_fail()
    assert list(kept.read()) == []


def test_what_is_forgotten_is_gone(store: EventStore) -> None:
    kept = kept_by(store)
    assert not kept.forget("orders")
    assert kept.save(FIRST, None)
    assert kept.forget("orders")
    assert not kept.forget("orders")
    assert list(kept.read()) == []
    assert kept.save(LATER, None)
