"""Snapshots beside the log: kept, replaced, and found by what they cover."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import EventStore
from tests.support.appends import appended, deposits
from tests.support.clock import NOON
from tests.support.contract.store_kinds import StoreKind


def snapshot(
    version: int, highest: int | None = None, *, stream: str = "a", fingerprint: str = "today"
) -> Snapshot:
    state = f'{{"version": {version}}}'
    return Snapshot(
        stream, version, state, fingerprint, version if highest is None else highest, NOON
    )


@pytest.fixture
def kept(store: EventStore) -> EventStore:
    """A store with snapshots of two streams and of another fold."""
    for stream in ("a", "b"):
        appended(store, stream, *deposits(400))
    for version in (300, 100, 200):
        store.snapshots.save(snapshot(version))
    store.snapshots.save(snapshot(400, fingerprint="yesterday"))
    store.snapshots.save(snapshot(350, stream="b"))
    return store


def test_a_snapshot_is_kept_as_it_is(store: EventStore) -> None:
    appended(store, "a")
    saved = Snapshot("a", 1, '{"owner":"Ünï"}', "fold", -5, NOON)

    store.snapshots.save(saved)

    assert list(store.snapshots.read()) == [saved]
    assert store.snapshots.newest("a", "fold") == saved


def test_one_of_the_same_stream_and_version_is_replaced(store: EventStore) -> None:
    appended(store, "a")
    store.snapshots.save(snapshot(1, fingerprint="yesterday"))
    store.snapshots.save(snapshot(1, highest=7))

    assert list(store.snapshots.read()) == [snapshot(1, highest=7)]
    assert store.snapshots.newest("a", "yesterday") is None


@pytest.mark.parametrize(
    ("to_version", "effective_to", "version"),
    [
        (None, None, 300),
        (300, None, 300),
        (299, None, 200),
        (100, None, 100),
        (99, None, None),
        (None, 300, 300),
        (None, 299, 200),
        (None, 200, 200),
        (None, 99, None),
        (250, 150, 100),
        (150, 250, 100),
        (250, 250, 200),
        (99, 300, None),
        (300, 99, None),
    ],
)
def test_the_newest_usable_one_is_found(
    kept: EventStore, to_version: int | None, effective_to: int | None, version: int | None
) -> None:
    found = kept.snapshots.newest("a", "today", to_version=to_version, effective_to=effective_to)

    assert (found and found.version) == version


def test_one_of_another_fold_is_passed_over(kept: EventStore) -> None:
    newest = kept.snapshots.newest("a", "yesterday")

    assert newest == snapshot(400, fingerprint="yesterday")
    assert kept.snapshots.newest("a", "tomorrow") is None
    assert kept.snapshots.newest("nobody", "today") is None


def test_all_gives_usable_and_unusable_ones_by_stream_and_version(kept: EventStore) -> None:
    assert [(each.stream_id, each.version) for each in kept.snapshots.read()] == [
        ("a", 100),
        ("a", 200),
        ("a", 300),
        ("a", 400),
        ("b", 350),
    ]
    assert [each.version for each in kept.snapshots.read("b")] == [350]
    assert list(kept.snapshots.read("nobody")) == []


@settings(max_examples=25, deadline=None)
@given(
    rises=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=15),
    queries=st.lists(
        st.tuples(st.none() | st.integers(0, 16), st.none() | st.integers(-1, 30)), max_size=8
    ),
)
def test_the_newest_is_what_naive_filtering_finds(
    kind: StoreKind,
    rises: list[tuple[int, bool, bool]],
    queries: list[tuple[int | None, int | None]],
) -> None:
    """Highest effective times never fall from version to version; the search relies on that."""
    with kind.new() as store:
        appended(store, "a", *deposits(16))
        saved, highest = [], 0
        with store.transaction():
            for version, (rise, there, usable) in enumerate(rises, 1):
                highest += rise
                if there:
                    saved.append(snapshot(version, highest, fingerprint="fx"[usable]))
                    store.snapshots.save(saved[-1])

        for to_version, effective_to in queries:
            wanted = [
                each
                for each in saved
                if each.fingerprint == "x"
                and (to_version is None or each.version <= to_version)
                and (effective_to is None or each.highest_effective_at <= effective_to)
            ]
            found = store.snapshots.newest(
                "a", "x", to_version=to_version, effective_to=effective_to
            )
            assert found == (wanted[-1] if wanted else None)
