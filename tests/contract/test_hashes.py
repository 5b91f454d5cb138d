"""The hash chain and the event ids, against a second implementation of their description."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.records import NewEvent
from ledger.eventstore.store import EventStore
from tests.support.appends import LEDGER_ID, appended, deposit, deposits, log_of, write
from tests.support.clock import NOON, Clock
from tests.support.contract.store_kinds import StoreKind
from tests.support.independent_chain import hashes, uuid8

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)
EVENTS = st.builds(
    NewEvent,
    TEXTS,
    st.integers(1, 9),
    TEXTS,
    TEXTS,
    st.none() | st.integers(NOON - 10**16, NOON - 100),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
APPENDS = st.lists(
    st.tuples(
        st.lists(
            st.tuples(TEXTS, st.lists(EVENTS, max_size=3)), max_size=3, unique_by=lambda w: w[0]
        ),
        st.integers(-5, 5),
    ),
    max_size=5,
)


def test_position_0_is_the_hash_of_the_ledgers_id(store: EventStore) -> None:
    assert [store.head().hash] == hashes(LEDGER_ID, [])


def test_ledgers_with_different_ids_have_different_hashes(kind: StoreKind) -> None:
    with kind.new() as one, kind.new(ledger_id="another") as other:
        appended(one, "a")
        appended(other, "a")

        assert one.head().hash != other.head().hash
        assert genesis("another") != genesis(LEDGER_ID)


def test_the_head_is_the_last_event(store: EventStore) -> None:
    last = appended(store, "a", *deposits(3))[-1]

    head = store.head()

    assert (head.position, head.hash, head.recorded_us) == (3, last.hash, last.recorded_at)


@settings(max_examples=40, deadline=None)
@given(appends=APPENDS)
def test_hashes_ids_and_logs_are_what_the_description_says(
    kind: StoreKind, appends: list[tuple[list[tuple[str, list[NewEvent]]], int]]
) -> None:
    clock = Clock()
    with kind.new(clock) as store:
        for writes, step in appends:
            clock.now += step
            store.append([write(store, name, *events) for name, events in writes])
        log = log_of(store)
        head = store.head()

    expected = hashes(LEDGER_ID, log)
    assert [event.hash for event in log] == expected[1:]
    assert head.hash == expected[-1]
    assert [UUID(event.event_id) for event in log] == [uuid8(event.hash) for event in log]


def test_event_ids_are_version_8_uuids_of_the_rfc_in_their_usual_form(store: EventStore) -> None:
    recorded = appended(store, "a", *deposits(200))

    ids = [UUID(event.event_id) for event in recorded]

    assert {(found.version, found.variant) for found in ids} == {(8, RFC_4122)}
    assert [str(found) for found in ids] == [event.event_id for event in recorded]
    assert len(set(ids)) == 200


def test_an_event_id_changes_with_the_history_before_the_event(kind: StoreKind) -> None:
    with kind.new() as one, kind.new() as other:
        appended(other, "b")
        (first,), (second,) = appended(one, "a"), appended(other, "a")

    assert first.event_id != second.event_id


def test_equal_lengths_apart_texts_do_not_run_together(kind: StoreKind) -> None:
    """``ab`` + ``c`` and ``a`` + ``bc`` are different events, so they hash differently."""
    found = set()
    for stream_id, event_type in (("ab", "c"), ("a", "bc")):
        with kind.new() as store:
            event = NewEvent(event_type, 1, "{}", "{}", NOON)
            found.add(store.append([write(store, stream_id, event, kind="")])[0].hash)

    assert len(found) == 2


def test_the_backdated_mark_is_hashed(store: EventStore) -> None:
    recorded = appended(store, "a", deposit(at=NOON), deposit(at=NOON - 1))

    assert recorded[1].backdated
    assert [event.hash for event in recorded] == hashes(LEDGER_ID, recorded)[1:]
