"""A period is locked while other processes go on backdating entries into it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import sleep

import pytest

from ledger import Ledger
from ledger.errors import LedgerError, Locked
from tests.support.child_process import child
from tests.support.clock import DAY

WRITERS = 4
ROUNDS = 2
PATIENCE = 60
"""Seconds to wait for the write lock: nobody should ever give up."""

OPENED, LOCKED_UNTIL = 19_000 * DAY, 19_100 * DAY


def backdate_until_locked(path: str, account: str, lines: str) -> None:
    """Deposit at moments around the end of the period until one is refused; print what became of
    each: its effective time and position, or the code that it was refused with."""
    told: list[tuple[int, int | str]] = []
    with Ledger.open(path, create=False, lock_timeout=PATIENCE) as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        codes: set[str] = set()
        for number in range(10_000):
            at = LOCKED_UNTIL + (number % 3 - 1)
            try:
                if lines == "batch":
                    line = {"command": "deposit", "account": account, "amount": "1", "at": iso(at)}
                    positions: list[int] = []
                    ledger.batch(
                        [json.dumps(line).encode()],
                        lambda _, done, found=positions: found.append(done.events[0].position),  # type: ignore[misc]
                    )
                    told.append((at, positions[0]))
                else:
                    told.append((at, ledger.deposit(account, "1", at=at).recorded[0].position))
            except LedgerError as refusal:
                told.append((at, refusal.code))
                codes.add(refusal.code)
            if codes and number % 3 == 2:
                break
    print(json.dumps(told))


def iso(instant: int) -> str:
    from ledger.domain.instant import format_instant

    return format_instant(instant)


@pytest.mark.parametrize("lines", ["single", "batch"])
def test_nothing_gets_in_after_the_lock_and_nobody_hears_of_a_conflict(
    books: Path, lines: str
) -> None:
    path = books
    with Ledger.open(path) as ledger:
        for number in range(2):
            ledger.open_account(f"acc-{number}", "Ana", at=OPENED)
    for turn in range(ROUNDS):
        writers = [
            child(backdate_until_locked, path, f"acc-{each % 2}", lines) for each in range(WRITERS)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("\n")
            writer.stdin.flush()
        with Ledger.open(path, create=False, lock_timeout=PATIENCE) as ledger:
            sleep(0.1 * turn)
            lock = ledger.lock(LOCKED_UNTIL).position
        answers = [writer.communicate(timeout=120) for writer in writers]
        assert [complaint for _, complaint in answers] == [""] * WRITERS
        told = [each for out, _ in answers for each in json.loads(out)]
        done = [(at, position) for at, position in told if isinstance(position, int)]
        refused = [(at, code) for at, code in told if isinstance(code, str)]
        assert {code for _, code in refused} == {Locked.code}
        assert all(at <= LOCKED_UNTIL for at, _ in refused)
        assert all(position < lock for at, position in done if at <= LOCKED_UNTIL)
        assert any(position > lock for _, position in done)
        with Ledger.open(path, create=False) as ledger:
            for event in ledger.events(raw=True, from_position=lock + 1):
                assert event.effective_at > LOCKED_UNTIL
            ledger.unlock("the next round")
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify(workers=1).clean
