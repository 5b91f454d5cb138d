"""One round: a publisher is killed, or the broker behind it, and what is left is judged."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from random import Random

from ledger import Ledger
from ledger.eventstore.records import RecordedEvent
from tests.support.child_process import child
from tests.support.publishing import killed_publisher
from tests.support.publishing.judging import judged
from tests.support.publishing.places import Place

ACCOUNTS = ("bank", "club:till", "club:members:dues")
ENTRIES = 30


def filled(path: Path, entries: int = ENTRIES) -> list[RecordedEvent]:
    """Make a ledger with deposits and transfers on a few accounts, and give its events."""
    with Ledger.open(path) as ledger:
        for account in ACCOUNTS:
            ledger.open_account(account, "Ana Souza", initial_balance="10")
        for number in range(entries // 3):
            ledger.deposit(ACCOUNTS[number % 3], "1.50", f"“Paycheck” {number}\n€")
            ledger.transfer(ACCOUNTS[number % 3], ACCOUNTS[(number + 1) % 3], "0.25")
        return list(ledger.events(raw=True))


def publisher_killed(
    path: Path, place: Place, events: list[RecordedEvent], point: str, dice: Random, how: str = ""
) -> Counter[str]:
    """Kill a publisher at a point of some batch, let another one finish, and judge."""
    at, delay = dice.randint(1, len(events) // killed_publisher.BATCH), dice.uniform(0, 0.004)
    with child(killed_publisher.main, path, place.target, point, at, delay, how) as killed:
        said = killed.communicate(timeout=120)
        assert (killed.returncode, said) == (-signal.SIGKILL, ("", "")), said
    finished(path, place, how)
    return judged(events, place.parts()) + Counter({"rounds": 1})


def broker_killed(
    path: Path, place: Place, events: list[RecordedEvent], point: str, dice: Random
) -> Counter[str]:
    """Kill a broker while a publisher is at a point, start it again, and judge the end.

    The publisher may ride it out, or give up; then another one goes on.
    """
    at = dice.randint(1, len(events) // killed_publisher.BATCH)
    with child(killed_publisher.main, path, place.target, point, at, 0, "waits") as waiting:
        assert waiting.stdout is not None
        assert waiting.stdin is not None
        assert waiting.stdout.readline() == f"{point}\n"
        place.kill()
        early = dice.random() < 0.5  # it goes on while there is no broker
        if early:
            waiting.stdin.write("\n")
            waiting.stdin.flush()
        place.start()
        out, error = waiting.communicate(None if early else "\n", timeout=120)
        rode_out = waiting.returncode == 0
        assert rode_out or "TargetFailure" in error, (out, error)
    finished(path, place)
    return judged(events, place.parts()) + Counter({"rounds": 1, "ridden out": rode_out})


def finished(path: Path, place: Place, how: str = "") -> None:
    """Publish the rest."""
    with child(killed_publisher.main, path, place.target, "", 0, 0, how) as last:
        _, error = last.communicate(timeout=120)
        assert (last.returncode, error) == (0, "")
