"""A bench to run cases on, one for each process that tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fork_server import Nursery
from tests.support.fuzz.case_counts import Figures
from tests.support.fuzz.case_runner import Bench, make_world


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def bench(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("fuzz")
    return Bench(nursery, folder, make_world(folder))


@pytest.fixture
def figures() -> Figures:
    return Figures()
