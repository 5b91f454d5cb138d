"""Every test of the contract runs once for each kind of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.eventstore.store import EventStore
from tests.support.clock import Clock
from tests.support.contract.store_kinds import KINDS, StoreKind, kind_named


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoreKind:
    return kind_named(request.param, request, tmp_path_factory.mktemp("stores"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(kind: StoreKind, clock: Clock) -> Iterator[EventStore]:
    with kind.new(clock) as new:
        yield new
