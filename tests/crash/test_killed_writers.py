"""Processes that are killed while they write: what was promised is there, and nothing by half."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ledger import Ledger
from ledger.eventstore.chaining import follow_chain
from ledger.eventstore.records import RecordedEvent
from tests.crash import victim

ROUNDS = 15


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "books.db")
    with Ledger.open(path) as ledger:
        for account in victim.ACCOUNTS:
            ledger.open_account(account, "Ana", initial_balance="10", at="2026-01-01T00:00:00Z")
    return path


def start(*arguments: str) -> subprocess.Popen[bytes]:
    boot = f"import sys; sys.path[:0] = sys.argv.pop().split('|'); import {victim.__name__} as it"
    return subprocess.Popen(
        [sys.executable, "-c", f"{boot}; it.main()", *arguments, "|".join(sys.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def kill_some(path: str, dice: random.Random, name: str, victims: int) -> list[dict[str, Any]]:
    """Let processes write for a random while, kill them, and give back what they have said."""
    processes = [start(path, f"{name}.{number}") for number in range(victims)]
    said = []
    for process in processes:
        assert process.stdout is not None
        said.append(process.stdout.readline())
    sleep(dice.uniform(0, 0.15))
    for process in processes:
        process.kill()
    for process in processes:
        assert process.stdout is not None
        assert process.stderr is not None
        said += process.stdout.readlines()
        assert process.stderr.read() == b""
        process.wait()
        process.stdout.close()
        process.stderr.close()
    return [json.loads(line) for line in said]


def check_promises(events: list[RecordedEvent], said: list[dict[str, Any]]) -> int:
    """Every command that returned is in the log, as the very events that it was told of."""
    places = {event.hash.hex(): event.position for event in events}
    done = [line for line in said if "done" in line]
    for line in done:
        assert line["first"] <= places[line["hash"]]
    return len(done)


def check_nothing_is_half(events: list[RecordedEvent]) -> None:
    open_transfer: dict[str, Any] | None = None
    batches: Counter[str] = Counter()
    for event in events:
        data = json.loads(event.data)
        if event.event_type == "TransferSent":
            assert open_transfer is None
            open_transfer = data
        elif event.event_type == "TransferReceived":
            assert open_transfer is not None
            for field in ("transfer_id", "amount", "description"):
                assert open_transfer[field] == data[field]
            open_transfer = None
        words = data.get("description", "")
        if " of " in words and event.event_type != "TransferReceived":
            batches[words] += 1
    assert open_transfer is None
    for words, lines in batches.items():
        assert lines == int(words.rpartition(" of ")[2])


def check_ledger(path: str, said: list[dict[str, Any]]) -> int:
    with Ledger.open(path, create=False) as ledger:
        events = list(follow_chain(ledger.identity, ledger.events()))
        promised = check_promises(events, said)
        check_nothing_is_half(events)
        assert [view.lag for view in ledger.projections()] == [0, 0]
        for account in victim.ACCOUNTS:
            assert ledger.agreement(account).holds
            assert all(step.after.balance >= 0 for step in ledger.replay(account))
        retry(ledger, said)
    return promised


def retry(ledger: Ledger, said: list[dict[str, Any]]) -> None:
    """Whoever was cut off in a deposit gives it again under its key: it is done once."""
    done = {line["done"] for line in said if "done" in line}
    deposits = {line["tries"]: line for line in said if line.get("kind") == "deposit"}
    for key, line in deposits.items():
        if key not in done:
            ledger.deposit(line["account"], line["amount"], key, idempotency_key=key)
        again = ledger.deposit(line["account"], line["amount"], key, idempotency_key=key)
        assert again.replayed
    keys = Counter(json.loads(event.metadata).get("idempotency_key") for event in ledger.events())
    assert all(keys[key] == 1 for key in deposits)


def lives(path: str, seed: int, rounds: int) -> Iterator[int]:
    """Rounds of killing, on one ledger; how many promises each of them checked."""
    dice = random.Random(seed)
    for number in range(rounds):
        said = kill_some(path, dice, f"{seed}.{number}", dice.choice([1, 1, 2, 3]))
        yield check_ledger(path, said)


def test_what_was_acknowledged_is_there_and_nothing_is_half(path: str) -> None:
    promises = list(lives(path, 1, ROUNDS))
    assert len(promises) == ROUNDS
    assert sum(promises) > ROUNDS
    assert os.listdir(os.path.dirname(path)) == ["books.db"]


@pytest.mark.soak
def test_what_was_acknowledged_is_there_and_nothing_is_half_for_long(
    tmp_path: Path, path: str, soak_seconds: int
) -> None:
    end = monotonic() + soak_seconds
    seed = 2
    while monotonic() < end:
        promises = list(lives(path, seed, 5))
        assert sum(promises) >= 0
        seed += 1


def test_a_process_that_is_killed_while_it_makes_a_ledger_leaves_a_whole_one_or_none(
    tmp_path: Path,
) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv.pop().split('|')\n"
        "from ledger import Ledger\n"
        "print('begins', flush=True)\n"
        "for number in range(1_000_000):\n"
        "    with Ledger.draft(f'{sys.argv[1]}/{number}.db') as ledger:\n"
        "        ledger.open_account('a', 'Ana', initial_balance='5')\n"
    )
    dice = random.Random(7)
    for place in range(4):
        folder = tmp_path / str(place)
        folder.mkdir()
        with subprocess.Popen(
            [sys.executable, "-c", program, str(folder), "|".join(sys.path)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            sleep(dice.uniform(0.05, 0.15))
            process.kill()
        whole = sorted(folder.glob("*.db"))
        for path in whole:
            with Ledger.open(path, create=False) as ledger:
                assert ledger.balance("a").balance.minor_units == 500
                assert ledger.agreement("a").holds
        unfinished = {each.name for each in folder.iterdir()} - {path.name for path in whole}
        assert all(".db.new-" in name for name in unfinished)


def test_an_import_that_is_killed_leaves_nothing_of_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv.pop().split('|')\n"
        "from ledger import Ledger\n"
        "with Ledger.open(sys.argv[1]) as ledger, open(sys.argv[2], 'rb') as lines:\n"
        "    print('begins', flush=True)\n"
        "    ledger.import_events(lines)\n"
        "    print('done', flush=True)\n"
    )
    origin = Ledger.in_memory()
    origin.open_account("a", "Ana")
    origin.batch([b'{"command": "deposit", "account": "a", "amount": "0.01"}'] * 4_000)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(origin.export_events()))
    dice = random.Random(3)
    for place in range(3):
        path = str(tmp_path / f"{place}.db")
        with subprocess.Popen(
            [sys.executable, "-c", program, path, str(log), "|".join(sys.path)],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            sleep(dice.uniform(0.0, 0.15))
            process.kill()
            done = process.stdout.read() == b"done\n"
        with Ledger.open(path, create=False) as ledger:
            head = ledger.head().position
            assert head in ((4_001,) if done else (0, 4_001))
            assert [view.checkpoint for view in ledger.projections()] == [head, head]
            if not head:
                ledger.import_events(log.read_bytes().splitlines())
            assert ledger.head() == origin.head()
            assert ledger.agreement("a").holds
