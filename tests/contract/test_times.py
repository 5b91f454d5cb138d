"""The two clocks: recorded times run backwards by nobody's mistake, effective times may."""

from __future__ import annotations

import pytest

from ledger.domain.account import BankAccount
from ledger.errors import ClockBehind
from ledger.eventstore.records import NewEvent, StreamWrite
from ledger.eventstore.store import EventStore
from tests.support.appends import appended, appended_at, deposit, log_of, write
from tests.support.clock import NOON, SECOND, Clock
from tests.support.contract.store_kinds import StoreKind


def test_the_recorded_time_is_that_of_the_clock(store: EventStore, clock: Clock) -> None:
    clock.now = NOON + 1

    (event,) = appended(store, "a", deposit(at=NOON - SECOND))

    assert event.recorded_at == NOON + 1
    assert store.head().recorded_us == NOON + 1


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
    for now in (NOON, NOON - 1, NOON - 300 * SECOND, NOON + 1):
        clock.now = now
        (event,) = appended(store, "a", deposit(at=NOON - 7_200 * SECOND))
        recorded_at.append(event.recorded_at)

    assert recorded_at == [NOON, NOON, NOON, NOON + 1]


def test_a_clock_more_than_five_minutes_behind_the_log_is_refused_and_nothing_is_written(
    store: EventStore, clock: Clock
) -> None:
    """One of the two is wrong, and a wrong time would stand in the log for ever."""
    before = appended(store, "a", deposit(), expected=0)
    clock.now = NOON - 3_600 * SECOND

    with pytest.raises(ClockBehind) as behind:
        appended(store, "a", deposit(at=NOON - 7_200 * SECOND))

    assert behind.value.details == {
        "recorded_at": "2026-03-01T12:00:00.000000Z",
        "now": "2026-03-01T11:00:00.000000Z",
    }
    assert "this machine's clock" in behind.value.advice
    assert behind.value.exit_status == 3
    assert log_of(store) == before
    assert store.append([write(store, "a")]) == []  # a check alone asks for no time
    clock.now = NOON
    assert appended(store, "a")[0].position == 2


def test_a_refusal_that_will_soon_be_over_is_waited_for(store: EventStore, clock: Clock) -> None:
    appended(store, "a")
    clock.now = NOON - 300 * SECOND - 1

    def moves_on() -> None:
        clock.now += SECOND

    clock.interruptions = [lambda: None, moves_on]

    assert appended(store, "a")[0].recorded_at == NOON
    assert clock.interruptions == []


def test_what_the_clock_was_seen_to_say_is_not_taken_back(store: EventStore, clock: Clock) -> None:
    """A command was decided on that time; the clock may have been set back since."""
    clock.now = NOON - SECOND

    (event,) = store.append([write(store, "a", deposit(at=NOON))], not_before=NOON)
    clock.now = NOON + SECOND
    (later,) = store.append([write(store, "a", deposit(at=None))], not_before=NOON)

    assert event.recorded_at == NOON
    assert (later.recorded_at, later.effective_at) == (NOON + SECOND, NOON + SECOND)


def test_a_recorded_time_that_is_given_is_taken_as_it_is(store: EventStore, clock: Clock) -> None:
    writes = [
        StreamWrite(name, "BankAccount", 0, (deposit(at=None),), recorded_at)
        for name, recorded_at in (("a", NOON - 9), ("b", NOON - 3 * SECOND), ("c", None))
    ]
    appended(store, "z")

    recorded = store.append(writes)

    times = [NOON - 9, NOON - 3 * SECOND, NOON]
    assert [event.recorded_at for event in recorded] == times
    assert [event.effective_at for event in recorded] == times
    assert store.head().recorded_us == NOON


def test_a_recorded_time_that_is_given_does_not_ask_the_clock(
    store: EventStore, clock: Clock
) -> None:
    """It is how a correction of the clock is written, while the log is ahead of it."""
    appended(store, "a")
    clock.now = NOON - 9_000 * SECOND

    correction = StreamWrite("b", "Book", 0, (deposit(at=None),), clock.now)
    (event,) = store.append([correction])

    assert event.recorded_at == event.effective_at == clock.now
    assert appended(store, "a", deposit(at=None))[0].recorded_at == clock.now


def test_an_event_without_an_effective_time_happened_when_it_was_recorded(
    store: EventStore, clock: Clock
) -> None:
    appended(store, "a")
    clock.now = NOON - 5 * SECOND

    recorded = store.append(
        [
            write(store, "a", deposit(at=None), deposit(at=NOON - SECOND)),
            write(store, "b", deposit(at=None)),
        ]
    )

    assert [event.recorded_at for event in recorded] == [NOON] * 3
    assert [event.effective_at for event in recorded] == [NOON, NOON - SECOND, NOON]
    assert [event.backdated for event in recorded] == [False, True, False]


def test_a_second_connection_with_a_clock_behind_does_not_go_back_either(
    kind: StoreKind, store: EventStore
) -> None:
    appended(store, "a")

    with kind.second(store, Clock(NOON - SECOND)) as other:
        (event,) = appended(other, "a")

    assert event.recorded_at == NOON


def test_nothing_happens_after_it_was_recorded(store: EventStore) -> None:
    """Such an event is a mistake of the caller, and its time must not move the log's."""
    with pytest.raises(ValueError, match="MoneyDeposited cannot be effective after it is recorded"):
        store.append(
            [write(store, "a", deposit()), write(store, "b", deposit(at=NOON + 1), deposit())]
        )

    assert log_of(store) == []
    assert appended(store, "b")[0].recorded_at == NOON


@pytest.mark.parametrize(
    "event_type", [kind.__name__ for kind in BankAccount.event_types if kind.dated_by_another]
)
def test_what_is_dated_by_another_event_may_lie_ahead_and_does_not_move_recorded_time(
    kind: StoreKind, store: EventStore, event_type: str
) -> None:
    """A wrong clock may have put the other one into the future."""
    ahead = NewEvent(event_type, 1, "{}", "{}", NOON + 5 * SECOND)

    recorded = appended(store, "a", ahead, deposit())
    (following,) = appended(store, "b")

    assert [event.recorded_at for event in (*recorded, following)] == [NOON] * 3
    assert [event.effective_at for event in recorded] == [NOON + 5 * SECOND, NOON]
    assert recorded[1].backdated
    with kind.new(ledger_id="another") as copy:
        assert copy.restore(store.ledger_id, log_of(store)) == store.head()


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
