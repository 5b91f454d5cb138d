"""The two clocks: recorded times never run backwards, effective times may."""

from __future__ import annotations

import pytest

from ledger.eventstore.store import EventStore
from tests.support.appends import appended, appended_at, deposit, log_of, write
from tests.support.clock import NOON, SECOND, Clock
from tests.support.contract.store_kinds import StoreKind


def test_the_recorded_time_is_that_of_the_clock(store: EventStore, clock: Clock) -> None:
    clock.now = NOON + 1

    (event,) = appended(store, "a", deposit(at=NOON - SECOND))

    assert event.recorded_at == NOON + 1
    assert store.head().recorded_at == NOON + 1


def test_all_events_of_one_append_are_recorded_at_once(kind: StoreKind) -> None:
    ticks = iter(range(NOON, NOON + 99))

    with kind.new(lambda: next(ticks)) as store:
        recorded = store.append(
            [write(store, "a", deposit(), deposit()), write(store, "b", deposit())]
        )

    assert {event.recorded_at for event in recorded} == {NOON}


def test_recorded_time_does_not_follow_a_clock_that_jumps_back(
    store: EventStore, clock: Clock
) -> None:
    recorded_at = []
    for now in (NOON, NOON - 3_600 * SECOND, NOON - 1, NOON + 1):
        clock.now = now
        (event,) = appended(store, "a", deposit(at=NOON - 7_200 * SECOND))
        recorded_at.append(event.recorded_at)

    assert recorded_at == [NOON, NOON, NOON, NOON + 1]


def test_a_second_connection_with_a_clock_behind_does_not_go_back_either(
    kind: StoreKind, store: EventStore
) -> None:
    appended(store, "a")

    with kind.second(store, Clock(NOON - SECOND)) as other:
        (event,) = appended(other, "a")

    assert event.recorded_at == NOON


def test_nothing_happens_after_it_was_recorded(store: EventStore, clock: Clock) -> None:
    later = NOON + 5 * SECOND

    recorded = store.append(
        [write(store, "a", deposit()), write(store, "b", deposit(at=later), deposit())]
    )

    assert clock.now < later
    assert {event.recorded_at for event in recorded} == {later}


def test_after_an_effective_time_ahead_of_the_clock_recorded_time_stays_there(
    store: EventStore,
) -> None:
    appended(store, "a", deposit(at=NOON + SECOND))

    (event,) = appended(store, "b")

    assert event.recorded_at == NOON + SECOND


@pytest.mark.parametrize(
    ("moments", "marks"),
    [
        ([5], [False]),
        ([5, 5, 5], [False, False, False]),
        ([5, 6, 7], [False, False, False]),
        ([5, 4, 5], [False, True, False]),
        ([5, 9, 7, 8, 9, 8], [False, False, True, True, False, True]),
        ([-5, -6, -4, 0], [False, True, False, False]),
    ],
)
def test_an_event_is_backdated_where_an_earlier_one_has_a_later_effective_time(
    store: EventStore, moments: list[int], marks: list[bool]
) -> None:
    assert [event.backdated for event in appended_at(store, "together", moments)] == marks

    for moment in moments:
        appended_at(store, "one by one", [moment])

    assert [event.backdated for event in store.read_stream("one by one")] == marks


def test_the_effective_times_of_other_streams_do_not_make_an_event_backdated(
    store: EventStore,
) -> None:
    appended_at(store, "a", [NOON])
    appended_at(store, "b", [NOON - SECOND])

    assert [event.backdated for event in log_of(store)] == [False, False]
