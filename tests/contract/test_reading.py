"""Reads against the plainest thing that could be right: a list, filtered."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.commands.known import position_known_by
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, stream_version, version_at
from tests.support.appends import appended, appended_at, deposit, deposits, log_of
from tests.support.clock import NOON, SECOND, Clock
from tests.support.contract.store_kinds import StoreKind, location_of

MOMENTS = st.integers(NOON - 12, NOON)
BOUND = st.none() | st.integers(0, 60)
INSTANT = st.none() | st.integers(NOON - 14, NOON + 1)
BEYOND_ALL = 2**80


def filtered(
    events: list[RecordedEvent],
    after_version: int,
    to_version: int | None,
    effective_to: int | None,
    effective_after: int | None,
) -> list[RecordedEvent]:
    return [
        event
        for event in events
        if event.version > after_version
        and (to_version is None or event.version <= to_version)
        and (effective_to is None or event.effective_at <= effective_to)
        and (effective_after is None or event.effective_at > effective_after)
    ]


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(MOMENTS, max_size=50),
    queries=st.lists(
        st.tuples(st.integers(0, 60), BOUND, INSTANT, INSTANT), min_size=1, max_size=12
    ),
)
def test_read_stream_gives_what_naive_filtering_gives(
    kind: StoreKind,
    moments: list[int],
    queries: list[tuple[int, int | None, int | None, int | None]],
) -> None:
    with kind.new() as store:
        appended(store, "other", deposit())
        events = appended_at(store, "a", moments)

        for after_version, to_version, effective_to, effective_after in queries:
            wanted = filtered(events, after_version, to_version, effective_to, effective_after)
            for newest_first in (False, True):
                found = store.read_stream(
                    "a",
                    after_version=after_version,
                    to_version=to_version,
                    effective_to=effective_to,
                    effective_after=effective_after,
                    newest_first=newest_first,
                )
                assert list(found) == (wanted[::-1] if newest_first else wanted)


@pytest.mark.parametrize(
    ("bounds", "versions"),
    [
        ({}, [1, 2, 3, 4]),
        ({"after_version": 1, "to_version": 3}, [2, 3]),
        ({"effective_to": NOON - 5}, [1, 3]),
        ({"effective_after": NOON - 5}, [2, 4]),
        ({"effective_after": NOON - 9, "effective_to": NOON - 1}, [1, 4]),
        ({"after_version": 1, "effective_to": NOON - 5}, [3]),
        ({"to_version": 3, "effective_after": NOON - 5}, [2]),
        ({"to_version": 0}, []),
    ],
)
def test_bounds_exclude_what_they_come_after_and_include_what_they_go_to(
    store: EventStore, bounds: dict[str, Any], versions: list[int]
) -> None:
    appended_at(store, "a", [NOON - 5, NOON, NOON - 9, NOON - 1])

    assert [event.version for event in store.read_stream("a", **bounds)] == versions


@settings(max_examples=30, deadline=None)
@given(
    appends=st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 20)), max_size=20),
    bounds=st.tuples(st.integers(0, 100), st.none() | st.integers(0, 300)),
    parts=st.integers(1, 4),
)
def test_read_all_gives_the_slice_and_its_parts_split_it_by_stream(
    kind: StoreKind,
    appends: list[tuple[str, int]],
    bounds: tuple[int, int | None],
    parts: int,
) -> None:
    after, to = bounds
    with kind.new() as store:
        with store.transaction():
            for name, count in appends:
                appended(store, name, *deposits(count))
        wanted = log_of(store)[after:to]
        shares = [
            list(store.read_all(after_position=after, to_position=to, part=part, parts=parts))
            for part in range(parts)
        ]

        assert list(store.read_all(after_position=after, to_position=to)) == wanted
        assert sorted((event for share in shares for event in share), key=_position) == wanted
        assert all(share == sorted(share, key=_position) for share in shares)
        streams = [{event.stream_id for event in share} for share in shares]
        assert sum(map(len, streams)) == len(set().union(*streams))

        ids = [list(store.stream_ids(part=part, parts=parts)) for part in range(parts)]
        assert all(each == sorted(each) for each in ids)
        assert sorted(name for each in ids for name in each) == list(store.stream_ids())
        assert all(share <= set(each) for share, each in zip(streams, ids, strict=True))


def _position(event: RecordedEvent) -> int:
    return event.position


def test_one_very_long_stream_among_short_ones_is_still_wholly_in_one_part(
    store: EventStore,
) -> None:
    with store.transaction():
        for number in range(7):
            appended(store, f"short-{number}")
        appended(store, "long", *deposits(2_000))

    shares = [list(store.read_all(part=part, parts=3)) for part in range(3)]

    assert sorted(len(share) for share in shares)[-1] >= 2_000
    assert sum(map(len, shares)) == 2_007
    assert [sum(event.stream_id == "long" for event in share) for share in shares].count(0) == 2


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(-2, 3), st.booleans()), max_size=40))
def test_the_version_at_a_position_counts_what_stands_in_the_log_up_to_there(
    kind: StoreKind, steps: list[tuple[int, bool]]
) -> None:
    clock = Clock()
    with kind.new(clock) as store:
        with store.transaction():
            for step, mine in steps:
                clock.now += step
                appended(store, "a" if mine else "b", deposit(at=NOON - 99))
        events = list(store.read_stream("a"))

        for position in [*range(-2, len(steps) + 3), BEYOND_ALL]:
            known = sum(event.position <= position for event in events)
            assert version_at(store, "a", position) == known
        for instant in range(NOON - 5, NOON + 130, 3):
            known = sum(event.recorded_at <= instant for event in events)
            assert version_at(store, "a", position_known_by(store, instant)) == known


@pytest.mark.parametrize(
    ("from_version", "limit", "versions"),
    [
        (5, 2, [5, 4]),
        (5, 99, [5, 4, 3, 2, 1]),
        (2, 2, [2, 1]),
        (0, 5, []),
        (5, 0, []),
        (99, 1, [5]),
        (BEYOND_ALL, 99, [5, 4, 3, 2, 1]),
    ],
)
def test_reading_backwards_gives_the_last_versions_first(
    store: EventStore, from_version: int, limit: int, versions: list[int]
) -> None:
    appended(store, "other")
    events = appended(store, "a", *deposits(5))

    found = list(islice(store.read_stream("a", to_version=from_version, newest_first=True), limit))

    assert [event.version for event in found] == versions
    assert found == [events[version - 1] for version in versions]


def test_bounds_beyond_every_number_that_can_be_stored_are_just_far_away(store: EventStore) -> None:
    events = appended(store, "a", *deposits(3))

    assert list(store.read_stream("a", to_version=BEYOND_ALL)) == events
    assert list(store.read_stream("a", to_version=BEYOND_ALL, newest_first=True)) == events[::-1]
    assert list(store.read_stream("a", after_version=BEYOND_ALL)) == []
    assert list(store.read_stream("a", after_version=BEYOND_ALL, newest_first=True)) == []
    assert list(store.read_all(to_position=BEYOND_ALL)) == events
    assert list(store.read_all(after_position=BEYOND_ALL)) == []
    assert list(store.read_all(after_position=-1)) == events


def test_a_long_stream_is_read_whole_in_every_direction(store: EventStore) -> None:
    events = appended(store, "a", *deposits(5_000))

    assert list(store.read_stream("a")) == events
    assert log_of(store) == events
    backwards = store.read_stream("a", after_version=990, to_version=4_990, newest_first=True)
    assert list(backwards) == events[990:4_990][::-1]
    assert list(store.read_stream("a", newest_first=True)) == events[::-1]
    assert list(store.read_stream("a", after_version=31, to_version=4_127)) == events[31:4_127]


def test_a_long_stream_with_late_backdated_events_is_read_as_of_an_instant(
    store: EventStore,
) -> None:
    moments = [NOON - 5_000 + place for place in range(3_000)]
    moments[1_500:1_510] = [NOON - 4_990] * 10  # backdated, amid what came later
    moments += [NOON - 4_000] * 40
    events = appended_at(store, "a", moments)

    for as_of in (NOON - 5_001, NOON - 4_990, NOON - 4_000, NOON - 3_505, NOON):
        assert list(store.read_stream("a", effective_to=as_of)) == filtered(
            events, 0, None, as_of, None
        )


def test_a_read_ends_where_the_log_ended_when_it_began(store: EventStore) -> None:
    appended(store, "a", *deposits(100))

    seen = 0
    for _ in store.read_all():
        appended(store, "a")
        seen += 1

    assert seen == 100
    assert sum(1 for _ in store.read_stream("a")) == 200
    for _ in store.read_stream("a", to_version=BEYOND_ALL):
        appended(store, "a")
    assert stream_version(store, "a") == 400


def test_a_read_that_nobody_finished_is_in_nobodys_way(kind: StoreKind, store: EventStore) -> None:
    appended(store, "a", *deposits(100))
    with store.transaction():
        appended(store, "a")
        inside = store.read_stream("a")
        next(inside)
    unfinished = [store.read_all(), store.read_stream("a", effective_to=NOON), store.stream_ids()]
    for read in unfinished:
        next(iter(read))

    with kind.second(store) as other:
        appended(other, "b")
    appended(store, "a")

    assert store.head().position == 103
    assert len(list(inside)) == 100
    assert len(list(unfinished[0])) == 100


def test_stream_ids_are_sorted_by_their_characters(store: EventStore) -> None:
    names = ["b", "a", "B", "ä", "𝔸", "ﬀ", "a:1", "aa"]
    for name in names:
        appended(store, name)

    assert list(store.stream_ids()) == sorted(names)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("", ["100%", "1000", "100_", "ACC", "acc", "acc_1", "accé", "é-1"]),
        ("acc", ["acc", "acc_1", "accé"]),
        ("acc_", ["acc_1"]),
        ("100%", ["100%"]),
        ("100_", ["100_"]),
        ("é", ["é-1"]),
        ("accé", ["accé"]),
        ("acc_1", ["acc_1"]),
        ("acc_12", []),
        ("%", []),
        ("*", []),
    ],
)
def test_a_prefix_stands_for_itself_and_nothing_in_it_is_a_pattern(
    store: EventStore, prefix: str, found: list[str]
) -> None:
    for name in ("é-1", "accé", "acc_1", "acc", "ACC", "1000", "100_", "100%"):
        appended(store, name)

    assert list(store.stream_ids(prefix)) == found


def test_reads_together_see_one_state_of_the_store(kind: StoreKind, store: EventStore) -> None:
    appended(store, "a")
    if location_of(store) is None:
        pytest.skip("nobody else can write to it")

    with kind.second(store) as other, store.transaction(read_only=True):
        before = store.head()
        appended(other, "a")
        with store.transaction(read_only=True):
            assert store.head() == before
        assert stream_version(store, "a") == 1
        assert len(log_of(store)) == 1

    assert stream_version(store, "a") == 2


def test_what_another_connection_wrote_is_seen_at_once(kind: StoreKind, store: EventStore) -> None:
    appended(store, "a")
    with kind.second(store) as other:
        appended(other, "a")
        appended(other, "b")

    (third,) = appended(store, "a", deposit(at=NOON - SECOND), expected=2)

    assert (third.version, third.position) == (3, 4)
    assert [event.version for event in islice(store.read_stream("b"), 5)] == [1]


def test_bare_events_are_all_that_a_fold_needs(store: EventStore) -> None:
    for number in range(60):
        appended(store, f"s{number % 5}", deposit(number + 1, at=NOON - number))

    def needed(event: RecordedEvent) -> tuple[object, ...]:
        return (
            *(event.position, event.stream_id, event.aggregate_type, event.version),
            *(event.event_type, event.schema_version, event.data, event.effective_at),
        )

    for part in range(2):
        bare = store.read_all(after_position=3, to_position=50, part=part, parts=2, bare=True)
        whole = store.read_all(after_position=3, to_position=50, part=part, parts=2)
        assert [needed(event) for event in bare] == [needed(event) for event in whole]
