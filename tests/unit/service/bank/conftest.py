from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(autouse=True)
def greenwich(zone: Callable[[str], None]) -> None:
    """The local zone of every test that does not move to another one."""
    zone("UTC0")
