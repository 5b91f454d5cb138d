"""Which random lives are lived where: see `--store`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli.on_a_server import LIVES
from tests.support.property.machines_by_store import MemoryMachine, PostgresqlMachine, SqliteMachine
from tests.support.property.places import Places


def _is_on_a_server(config: pytest.Config) -> bool:
    return bool(config.getoption("--store") == "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that asks for it a kind of store, or a machine."""
    there = _is_on_a_server(metafunc.config)
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", ["postgresql"] if there else ["memory", "sqlite"])
    if "machine" in metafunc.fixturenames:
        machines = [PostgresqlMachine] if there else [MemoryMachine, SqliteMachine]
        metafunc.parametrize("machine", machines)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _is_on_a_server(config):
        return
    here = Path(__file__).parent
    left_out = {
        item for item in items if here in item.path.parents and not _lives_on_a_server(item)
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _lives_on_a_server(item: pytest.Item) -> bool:
    """Whether a test is about ledgers on servers too, and of its parts the first one."""
    given = getattr(item, "callspec", None)
    return item.path.stem in LIVES and not (given and given.params.get("begin"))


@pytest.fixture(scope="session", autouse=True)
def _places(request: pytest.FixtureRequest) -> Iterator[None]:
    if _is_on_a_server(request.config):
        Places.server = request.getfixturevalue("postgresql_server")
    yield
    Places.server = None
