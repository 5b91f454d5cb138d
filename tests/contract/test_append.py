"""What an append writes, and that it writes all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.errors import VersionConflict
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.records import StreamWrite
from ledger.eventstore.store import EventStore, stream_version, version_at
from tests.support.appends import appended, deposit, deposits, log_of, write
from tests.support.clock import NOON, Clock


def test_an_empty_store_has_a_head_at_position_0(store: EventStore) -> None:
    assert (store.head().position, log_of(store)) == (0, [])


def test_an_append_gives_back_exactly_what_is_then_read(store: EventStore) -> None:
    recorded = appended(store, "a", deposit(1), deposit(2))

    assert log_of(store) == recorded
    assert list(store.read_stream("a")) == recorded


def test_stored_texts_and_times_are_those_that_were_given(store: EventStore) -> None:
    given = deposit(7, at=NOON - 5, note="Ünïcødé 🏦 \u2028")

    (event,) = appended(store, "a", given)

    assert (event.data, event.metadata) == (given.data, given.metadata)
    assert (event.event_type, event.schema_version) == (given.event_type, given.schema_version)
    assert event.effective_at == NOON - 5
    assert (event.stream_id, event.aggregate_type) == ("a", "BankAccount")


def test_positions_count_the_log_and_versions_count_the_stream(store: EventStore) -> None:
    appended(store, "a", *deposits(2))
    appended(store, "b", *deposits(3))
    appended(store, "a")

    assert [event.position for event in store.read_all()] == [1, 2, 3, 4, 5, 6]
    assert [event.version for event in store.read_stream("a")] == [1, 2, 3]
    assert [event.position for event in store.read_stream("a")] == [1, 2, 6]
    assert (stream_version(store, "a"), stream_version(store, "b")) == (3, 3)


def test_a_stream_that_does_not_exist_is_at_version_0(store: EventStore) -> None:
    assert stream_version(store, "nobody") == 0
    assert list(store.read_stream("nobody")) == []
    assert list(store.read_stream("nobody", to_version=9, newest_first=True)) == []
    assert version_at(store, "nobody", 99) == 0


def test_one_append_writes_to_several_streams_in_the_order_given(store: EventStore) -> None:
    recorded = store.append([write(store, "b", *deposits(2)), write(store, "a", deposit())])

    assert [(event.stream_id, event.version) for event in recorded] == [
        ("b", 1),
        ("b", 2),
        ("a", 1),
    ]
    assert log_of(store) == recorded


def test_where_the_second_stream_is_not_as_expected_the_first_gets_nothing(
    store: EventStore,
) -> None:
    before = [*appended(store, "a"), *appended(store, "b")]

    with pytest.raises(VersionConflict) as conflict:
        store.append(
            [write(store, "a", deposit(), expected=1), write(store, "b", deposit(), expected=5)]
        )

    assert conflict.value.details["account_id"] == "b"
    assert log_of(store) == before
    assert stream_version(store, "a") == 1


def test_a_new_stream_is_written_where_none_is_expected(store: EventStore) -> None:
    (event,) = appended(store, "a", expected=0)

    assert event.version == 1


def test_a_stream_at_version_2_is_written_to_where_2_is_expected(store: EventStore) -> None:
    appended(store, "a", *deposits(2))

    (event,) = appended(store, "a", expected=2)

    assert event.version == 3


@pytest.mark.parametrize("expected", [0, 1, 3, -1, 2**70])
def test_a_stream_at_version_2_is_not_written_to_where_another_one_is_expected(
    store: EventStore, expected: int
) -> None:
    before = appended(store, "a", *deposits(2))

    with pytest.raises(VersionConflict) as conflict:
        appended(store, "a", expected=expected)

    assert conflict.value.actual_version == 2
    assert conflict.value.details == {
        "actual_version": 2,
        "account_id": "a",
        "expected_version": expected,
    }
    assert log_of(store) == before


def test_a_stream_that_is_not_there_conflicts_with_a_number(store: EventStore) -> None:
    with pytest.raises(VersionConflict, match="is at no stream, not version 1") as conflict:
        appended(store, "a", expected=1)

    assert conflict.value.actual_version == 0
    assert list(store.stream_ids()) == []


def refused_append(store: EventStore) -> None:
    with pytest.raises(VersionConflict):
        store.append([write(store, "new", deposit()), write(store, "a", *deposits(3), expected=99)])


def rolled_back_append(store: EventStore) -> None:
    def transaction() -> None:
        with store.transaction():
            appended(store, "new", *deposits(2))
            appended(store, "a", *deposits(2))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()


@pytest.mark.parametrize("failure", [refused_append, rolled_back_append])
def test_an_append_that_came_to_nothing_leaves_no_gap(
    store: EventStore, failure: Callable[[EventStore], None]
) -> None:
    appended(store, "a", *deposits(2))
    failure(store)
    appended(store, "a")
    failure(store)
    appended(store, "new")

    assert [event.position for event in store.read_all()] == [1, 2, 3, 4]
    assert [event.version for event in store.read_stream("a")] == [1, 2, 3]
    assert [event.version for event in store.read_stream("new")] == [1]


def test_an_append_of_nothing_changes_nothing(store: EventStore) -> None:
    before = store.head()

    assert store.append([]) == []
    assert store.append([StreamWrite("a", "BankAccount", 0)]) == []
    assert (store.head(), list(store.stream_ids())) == (before, [])


def test_two_writes_to_one_stream_that_expect_the_same_are_refused_and_nothing_is_written(
    store: EventStore,
) -> None:
    before = appended(store, "b")
    with pytest.raises(VersionConflict, match="a is at version 1, not no stream"):
        store.append([write(store, "a", deposit()), write(store, "a", deposit())])

    assert log_of(store) == before
    assert [event.version for event in appended(store, "a")] == [1]


def test_two_writes_to_one_stream_follow_one_another(store: EventStore) -> None:
    appended(store, "a")
    writes = [("a", 1), ("b", 0), ("a", 3), ("b", 2)]

    recorded = store.append(
        [write(store, name, *deposits(2), expected=expected) for name, expected in writes]
    )

    versions = [(event.stream_id, event.version) for event in recorded]
    assert versions == [(name, at + more) for name, at in writes for more in (1, 2)]
    assert log_of(store)[1:] == recorded
    assert list(follow_chain(store.ledger_id, store.read_all())) == log_of(store)


def test_a_stream_keeps_its_aggregate_type(store: EventStore) -> None:
    before = appended(store, "a")

    with pytest.raises(ValueError, match="'a' is a BankAccount, not a Loan"):
        store.append([write(store, "a", deposit(), kind="Loan")])

    assert log_of(store) == before


def test_streams_of_several_aggregate_types_stand_in_one_log(store: EventStore) -> None:
    store.append([write(store, "a", deposit()), write(store, "l", deposit(), kind="Loan")])
    store.append([write(store, "l", deposit(), kind="Loan")])

    assert [event.aggregate_type for event in store.read_all()] == ["BankAccount", "Loan", "Loan"]


def test_text_that_no_file_can_hold_is_refused_and_nothing_is_written(
    store: EventStore, clock: Clock
) -> None:
    appended(store, "a")
    lone_surrogate = deposit(1, at=clock.now)
    broken = type(lone_surrogate)("MoneyDeposited", 3, "\ud800", "{}", clock.now)

    with pytest.raises(UnicodeEncodeError):
        store.append([write(store, "a", deposit(), broken)])

    assert [event.version for event in store.read_stream("a")] == [1]


def test_more_events_than_are_buffered_at_once_are_all_written_in_order(store: EventStore) -> None:
    with store.transaction():
        for number in range(25):
            # To read the version first would write what is buffered.
            appended(store, f"acc-{number % 3}", *deposits(100), expected=number // 3 * 100)

    assert [event.position for event in store.read_all()] == list(range(1, 2_501))
    assert [stream_version(store, f"acc-{number}") for number in range(3)] == [900, 800, 800]
