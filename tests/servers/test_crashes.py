"""A server that stops at once: nobody was told anything that is not there afterwards.

A commit is seen by others before it is on the disk, so that writers need not wait for each other's
disks. So whoever reads has to see to it that what was read is on the disk before it is handed out.
A slow disk makes the time in between long.
"""

from __future__ import annotations

import random
from time import sleep

import pytest

from ledger import Ledger
from tests.support.child_process import Child, child
from tests.support.servers.crash_clients import ask, follow, write
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.servers

WRITERS = 3


def told(process: Child[str]) -> list[list[str]]:
    """What a process has printed, line by line; a last one that is cut short is none."""
    out, err = process.communicate(timeout=60)
    assert err == ""
    return [line.split() for line in out.splitlines(keepends=True) if line.endswith("\n")]


def crash_once(server: PostgresServer, place: str, seconds: float) -> int:
    """Let clients work for a while, crash the server, and compare what they were told with what is
    there; gives how many events were handed out."""
    writers = [child(write, place, f"acc-{number}") for number in range(WRITERS)]
    followers = [child(follow, place) for _ in range(2)]
    askers = [child(ask, place, "acc-0")]
    everybody = [*writers, *followers, *askers]
    for process in everybody:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in everybody:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    sleep(seconds)
    server.crash()
    acknowledged = [told(process) for process in writers]
    handed_out = [told(process) for process in followers]
    answers = told(askers[0])
    server.start()
    with Ledger.open(place, create=False) as ledger:
        ids = {event.position: event.event_id for event in ledger.events(raw=True)}
        for lines in acknowledged:
            for position, event_id, key in lines:
                assert ids.get(int(position)) == event_id, f"{key} was acknowledged, and is lost"
        for lines in handed_out:
            for number, (position, event_id) in enumerate(lines, 1):
                assert number == int(position)
                assert ids.get(number) == event_id, f"event {number} was handed out, and is lost"
        if answers:
            version, balance = answers[-1]
            assert ledger.balance("acc-0").version >= int(version), "an answer is lost"
            assert ledger.balance("acc-0").balance.minor_units >= int(balance)
        for lines, account in zip(acknowledged, range(WRITERS), strict=True):
            for _, event_id, key in lines[-1:]:
                again = ledger.deposit(f"acc-{account}", "1", idempotency_key=key)
                assert again.replayed
                assert again.recorded[0].event_id == event_id
        assert ledger.verify(workers=1).clean
    return sum(map(len, handed_out))


def crash_again_and_again(server: PostgresServer, rounds: int, seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    handed_out = 0
    for number in range(rounds):
        place = server.url(f"round_{number}")
        with Ledger.open(place) as ledger:
            for account in range(WRITERS):
                ledger.open_account(f"acc-{account}", "Ana")
        handed_out += crash_once(server, place, dice.uniform(0.2, 0.8))
    assert handed_out > rounds * 10


def test_nothing_that_was_told_is_lost_by_a_crash(slow_server: PostgresServer) -> None:
    crash_again_and_again(slow_server, 2, 7)


@pytest.mark.servers
def test_nothing_that_was_told_is_lost_by_many_crashes(slow_server: PostgresServer) -> None:
    crash_again_and_again(slow_server, 12, 8)
