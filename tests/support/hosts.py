"""Machines that share one ledger file, each with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from ledger import Ledger
from tests.support.clock import NOON, SECOND, Clock
from tests.support.known_times import balances_asked, balances_known, known_log

MINUTE = 60 * SECOND


class Hosts:
    """One ledger file, and machines whose clocks are off by something."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock(NOON)

    @contextmanager
    def ledger(self, offset: int = 0) -> Iterator[Ledger]:
        with Ledger.open(self.path, clock=lambda: self.clock.now + offset) as ledger:
            yield ledger

    def do(self, action: Callable[[Ledger], object], offset: int = 0, after: int = MINUTE) -> None:
        """Let some time pass, then do something on a machine."""
        self.clock.now += after
        with self.ledger(offset) as ledger:
            action(ledger)

    def check(self, most: int = 1_000) -> None:
        """See that questions about what was known are answered by the definition.

        Args:
            most: of how many instants it asks.
        """
        with self.ledger() as ledger:
            log = known_log(ledger)
            times = {time for known, event in log for time in (known, event.recorded_at)}
            instants = sorted({each + step for each in times for step in (-1, 0, 1)})
            for instant in Random(0).sample(instants, min(most, len(instants))):
                assert balances_asked(ledger, instant) == balances_known(log, instant), instant
            assert ledger.verify().findings == ()
