from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.service.conftest import (  # noqa: F401 - fixtures of these tests too
    clock,
    ledger,
    path,
    plain_environment,
    zone,
)


@pytest.fixture(autouse=True)
def local_time_is_utc(zone: Callable[[str], None]) -> None:  # noqa: F811
    """The local zone of every test that does not set another one."""
    zone("UTC0")
