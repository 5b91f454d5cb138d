"""The head of the log, now and as it was at every position."""

from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore, head_at
from tests.support.appends import LEDGER_ID, appended
from tests.support.clock import NOON, SECOND, Clock
from tests.support.contract.store_kinds import StoreKind, location_of

EMPTY = Head(0, sha256(LEDGER_ID.encode()).digest(), 0)


def test_an_empty_logs_head_is_the_hash_of_the_ledgers_id(store: EventStore) -> None:
    assert store.head() == head_at(store, 0) == EMPTY


def test_the_head_at_each_position_is_what_the_head_was_then(
    store: EventStore, clock: Clock
) -> None:
    heads = [store.head()]
    for name in ("a", "b", "a", "c"):
        clock.now += SECOND
        appended(store, name)
        heads.append(store.head())

    assert [head_at(store, position) for position in range(5)] == heads
    assert heads[4].recorded_us == NOON + 4 * SECOND


@pytest.mark.parametrize("position", [3, 4, 2**63 - 1, 2**63, 2**80, -1, -(2**63), -(2**80)])
def test_where_the_log_never_was_there_is_no_head(store: EventStore, position: int) -> None:
    appended(store, "a")
    appended(store, "b")

    assert head_at(store, position) is None


def test_reads_together_see_the_head_of_one_state(kind: StoreKind, store: EventStore) -> None:
    appended(store, "a")
    if location_of(store) is None:
        pytest.skip("nobody else can write to it")

    with kind.second(store) as other, store.transaction(read_only=True):
        store.head()
        appended(other, "a")
        assert head_at(store, 2) is None

    assert head_at(store, 2) == store.head()


def test_events_of_the_open_transaction_have_heads_and_undone_ones_have_none(
    store: EventStore,
) -> None:
    def transaction() -> None:
        with store.transaction():
            appended(store, "a")
            assert head_at(store, 1) == store.head()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()

    assert head_at(store, 1) is None


def test_a_short_head_is_the_position_and_the_first_16_digits(store: EventStore) -> None:
    appended(store, "a")
    head = store.head()

    assert head.short == f"1:{head.hash.hex()[:16]}"
    assert EMPTY.short == f"0:{EMPTY.hash.hex()[:16]}"
