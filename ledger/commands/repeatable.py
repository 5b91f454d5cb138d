"""Test ledgers: whoever gives them the same commands gets the same log, everywhere and always.

Their clock depends on positions in the log alone, and so does whatever is drawn at random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ledger.domain.book_events import TestLedger
from ledger.domain.instant import LATEST, to_instant
from ledger.errors import InvalidOption
from ledger.eventstore.records import Clock
from ledger.eventstore.surroundings import Surroundings

ACTOR: Final = "test"
TIME_ZONE: Final = "UTC"

_CLOCK: Final = r"([0-9T:.-]{10,30}Z)(?:\+([0-9]{1,9})(us|ms|s|m|h|d))?"
_MICROSECONDS: Final = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
_LONGEST_SEED: Final = 200


class RepeatableSurroundings(Surroundings):
    """The clock and the randomness of a test ledger.

    Args:
        test: its clock, ``BASE+TICK`` as in ``2026-01-01T09:00:00Z+1s``, and its seed. The event
            at a position is recorded at the base and so many ticks.

    Raises:
        InvalidOption: the clock is none.
    """

    repeatable = True

    def __init__(self, test: TestLedger) -> None:
        self._base, self._tick = _parse_clock(test.clock)
        self._seed = test.seed.encode()
        super().__init__(lambda: self._base)

    def now(self, position: int) -> int:
        now = self._base + self._tick * position
        if now > LATEST:
            raise InvalidOption(
                f"the clock of this test ledger is past the year 9999 at position {position}",
                advice="make another one, with an earlier clock or a shorter tick",
            )
        return now

    def salts(self, first: int, count: int) -> Iterator[bytes]:
        return (self.draw(position, "salt") for position in range(first, first + count))

    def draw(self, position: int, purpose: str) -> bytes:
        import hmac  # real ledgers need none

        return hmac.digest(self._seed, f"{position} {purpose}".encode(), "sha256")[:16]


def surroundings_of(clock: Clock, test: TestLedger | None) -> Surroundings:
    """Those of a test ledger, or of a real one with a clock (µs UTC)."""
    return Surroundings(clock) if test is None else RepeatableSurroundings(test)


def as_asked(clock: str | None, seed: str | None) -> TestLedger | None:
    """The test ledger that a clock and a seed ask for; None where neither is given.

    Raises:
        InvalidOption: the clock is none, or one of the two is missing.
    """
    if not clock and not seed:
        return None
    if not clock or not seed:
        raise InvalidOption(
            "a test ledger has both a clock and a seed, and only one of them is given",
            advice="give both, such as the clock 2026-01-01T09:00:00Z+1s and the seed 7",
            test_ledger="incomplete",
        )
    _parse_clock(clock)
    if len(seed) > _LONGEST_SEED or not seed.isascii() or not seed.isprintable():
        raise InvalidOption(
            f"{seed[:40]!a} cannot be the seed of a test ledger",
            advice=f"use at most {_LONGEST_SEED} printable ASCII characters",
            test_ledger="seed",
        )
    return TestLedger(clock, seed)


def check_test(recorded: TestLedger | None, asked: TestLedger | None) -> None:
    """See that a ledger is used with the clock and seed that it was made with, or with none.

    Raises:
        InvalidOption: it is a real ledger and they are given, or a test ledger and they are
            missing or others.
    """
    if recorded == asked:
        return
    if recorded is None:
        raise InvalidOption(
            "this is a real ledger, and takes no clock and seed of a test ledger",
            advice="leave them out, or name a new ledger",
            test_ledger="no",
        )
    raise InvalidOption(
        "this is a test ledger with the clock "
        f"{recorded.clock} and the seed {recorded.seed}, and "
        + ("neither is given" if asked is None else "others are given"),
        advice="give it the same ones",
        test_ledger="other",
        clock=recorded.clock,
        seed=recorded.seed,
    )


def _parse_clock(text: str) -> tuple[int, int]:
    """The base (µs UTC) and the tick (µs)."""
    found = re.fullmatch(_CLOCK, text, re.ASCII)
    if found:
        tick = int(found[2]) * _MICROSECONDS[found[3]] if found[2] else 0
        try:
            base = to_instant(datetime.fromisoformat(found[1]))
        except ValueError:
            base = -1  # which is told below
        if base >= 0:
            return base, tick
    raise InvalidOption(
        f"{text!a} is not the clock of a test ledger",
        advice="write a time in UTC from 1970 on and a tick, such as 2026-01-01T09:00:00Z+1s",
        test_ledger="clock",
    )
