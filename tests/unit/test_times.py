from __future__ import annotations

from ledger.times import system_clock
from tests.support.clock import utc


def test_the_system_clock_counts_microseconds_and_moves_on() -> None:
    first = system_clock()
    assert utc("2025-01-01T00:00") < first < utc("2200-01-01T00:00")
    assert first <= system_clock()
