"""``publish --follow``, ended by a signal."""

from __future__ import annotations

import signal
from pathlib import Path
from time import monotonic, sleep

from ledger import Ledger
from tests.support.program import end, environment, start

_PATIENCE = 60.0
"""Seconds after which what has not come is taken for lost."""


def followed_until_ended(path: Path, target: str, number: signal.Signals) -> None:
    """End a follower once it has published what is new: it ends at once, and says what it did."""
    following = start("publish", target, "--follow", env=environment(path.parent, path))
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1")
        position = ledger.head().position
        last = monotonic() + _PATIENCE
        while not any(each.lag == 0 for each in ledger.publications()):
            assert monotonic() < last
            sleep(0.02)
    begun = monotonic()
    following.send_signal(number)
    outcome = end(following)
    assert monotonic() - begun < 10  # it takes a few hundredths
    assert (outcome.status, outcome.out) == (128 + number, "")
    assert outcome.err.endswith(f" published to {target}, up to position {position}\n"), outcome
    assert outcome.err.count("\n") == 1, outcome
