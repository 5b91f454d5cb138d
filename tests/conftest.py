"""What all tests share: the long runs, which are asked for with ``--soak-seconds N``."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak-seconds",
        type=int,
        default=0,
        metavar="N",
        help="run each test marked `soak` for N seconds (default: leave them out)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "soak: a long run; see --soak-seconds")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak-seconds"):
        return
    long_runs = [item for item in items if item.get_closest_marker("soak")]
    if long_runs:
        config.hook.pytest_deselected(items=long_runs)
        items[:] = [item for item in items if item not in long_runs]


@pytest.fixture
def soak_seconds(request: pytest.FixtureRequest) -> int:
    seconds: int = request.config.getoption("--soak-seconds")
    return seconds
