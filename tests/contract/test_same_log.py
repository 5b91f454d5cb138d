"""The same appends with the same clock and ledger id make the same log in every store."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import VersionConflict
from ledger.eventstore.records import KeyedRequest
from ledger.eventstore.store import EventStore, stream_version, version_at
from ledger.eventstore.surroundings import Surroundings
from tests.support.appends import LEDGER_ID, deposit, log_of, write
from tests.support.clock import NOON, Clock
from tests.support.contract.store_kinds import KINDS, StoreKind, kind_named

NAMES = st.sampled_from(["a", "b", "ß", "a:b"])
STEPS = st.tuples(
    st.lists(
        st.tuples(
            NAMES,
            st.sampled_from([0, 1, 2, None, None, None]),
            st.lists(
                st.tuples(
                    st.sampled_from([None, *range(1, 40)]),
                    st.sampled_from([None, None, "", "rent", "ß"]),
                ),
                min_size=1,
                max_size=3,
            ),
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda step: step[0],
    ),
    st.integers(-10, 30),
    st.sampled_from([None, None, "k1", "k2"]),
)
Step = tuple[list[tuple[str, int | None, list[tuple[int | None, str | None]]]], int, str | None]


class DrawnByPlace(Surroundings):
    """Draws the same in every store."""

    def draw(self, position: int, purpose: str) -> bytes:
        return sha256(f"{position} {purpose}".encode()).digest()[:16]

    def salts(self, first: int, count: int) -> Iterator[bytes]:
        return iter([self.draw(first + place, "salt") for place in range(count)])


@pytest.fixture(scope="module")
def kinds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[StoreKind]:
    folder: Path = tmp_path_factory.mktemp("twins")
    return [kind_named(name, request, folder) for name in KINDS]


def outcome(store: EventStore, clock: Clock, steps: list[Step]) -> object:
    """Everything that a store says after the steps, refusals included."""
    refusals = []
    for writes, step, key in steps:
        clock.now += step
        keyed = None if key is None else KeyedRequest(key, key.encode())
        try:
            store.append(
                [
                    write(
                        store,
                        name,
                        *(
                            deposit(at=moment and NOON - 500 + moment, text=text)
                            for moment, text in moments
                        ),
                        expected=expected,
                    )
                    for name, expected, moments in writes
                ],
                keyed=keyed,
            )
        except VersionConflict as conflict:
            refusals.append((conflict.message, conflict.details))
    names = list(store.stream_ids())
    return {
        "refusals": refusals,
        "log": log_of(store),
        "ids": [event.event_id for event in store.read_all()],
        "head": store.head(),
        "ledger_id": store.ledger_id,
        "streams": {name: stream_version(store, name) for name in names},
        "keys": [next(store.key_records(key), None) for key in ("k1", "k2")],
        "known": {
            name: [version_at(store, name, position) for position in range(-1, 40)]
            for name in names
        },
    }


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=8))
def test_every_store_makes_the_same_log(kinds: list[StoreKind], steps: list[Step]) -> None:
    outcomes = []
    for kind in kinds:
        clock = Clock()
        with kind.new(clock, LEDGER_ID) as store:
            store.surroundings = DrawnByPlace(clock)
            outcomes.append(outcome(store, clock, steps))

    assert all(other == outcomes[0] for other in outcomes[1:])
