from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(autouse=True)
def local_time_is_utc(zone: Callable[[str], None]) -> None:
    """The local zone of every test that does not set another one."""
    zone("UTC0")
