"""Processes killed while they write: what was promised is there, and nothing is half done."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ledger import Ledger
from ledger.eventstore.records import RecordedEvent
from tests.support.child_process import child
from tests.support.crash import killed_writer
from tests.support.crash.file_checks import checked_content
from tests.support.soak import Soak

ROUNDS = 5


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "books.db")
    with Ledger.open(path) as ledger:
        for account in killed_writer.ACCOUNTS:
            ledger.open_account(account, "Ana", initial_balance="10", at="2026-01-01T00:00:00Z")
    return path


def kill_some(path: str, dice: random.Random, name: str, writers: int) -> list[dict[str, Any]]:
    """Let processes write for a random time, kill them, and return what they said."""
    processes = [child(killed_writer.main, path, f"{name}.{number}") for number in range(writers)]
    said = []
    for process in processes:
        assert process.stdout is not None
        said.append(process.stdout.readline())
    sleep(dice.uniform(0, 0.15))
    for process in processes:
        process.kill()
    for process in processes:
        with process:
            assert process.stdout is not None
            assert process.stderr is not None
            said += process.stdout.readlines()
            assert process.stderr.read() == ""
    return [json.loads(line) for line in said]


def check_promises(events: list[RecordedEvent], said: list[dict[str, Any]]) -> int:
    """Every command that returned is in the log, with the events that it was promised."""
    places = {event.hash.hex(): event.position for event in events}
    done = [line for line in said if "done" in line]
    for line in done:
        assert line["first"] <= places[line["hash"]]
    return len(done)


def check_nothing_is_half(events: list[RecordedEvent]) -> None:
    open_transfer: dict[str, Any] | None = None
    half_reversed: str | None = None
    text: str | bytes | None = None
    batches: Counter[str] = Counter()
    for event in events:
        data = json.loads(event.data)
        if event.event_type == "TransferSent":
            assert open_transfer is None
            open_transfer, text = data, event.text
        elif event.event_type == "TransferReceived":
            assert open_transfer is not None
            assert text == event.text
            for field in ("transfer_id", "amount"):
                assert open_transfer[field] == data[field]
            open_transfer = None
        elif event.event_type == "EntryReversed" and "transfer_id" in data:
            assert half_reversed in (None, data["transfer_id"])
            half_reversed = None if half_reversed else data["transfer_id"]
        words = str(event.text)
        if " of " in words and event.event_type != "TransferReceived":
            batches[words] += 1
    assert open_transfer is None
    assert half_reversed is None
    for words, lines in batches.items():
        assert lines == int(words.rpartition(" of ")[2])


def check_ledger(path: str, said: list[dict[str, Any]]) -> int:
    with Ledger.open(path, create=False) as ledger:
        events = list(ledger.events(raw=True))
        promised = check_promises(events, said)
        check_nothing_is_half(events)
        retry(ledger, said)
    checked_content(path)
    return promised


def retry(ledger: Ledger, said: list[dict[str, Any]]) -> None:
    """An interrupted deposit is repeated under its key: it is done once."""
    done = {line["done"] for line in said if "done" in line}
    deposits = {line["tries"]: line for line in said if line.get("kind") == "deposit"}
    for key, line in deposits.items():
        if key not in done:
            ledger.deposit(line["account"], line["amount"], key, idempotency_key=key)
        again = ledger.deposit(line["account"], line["amount"], key, idempotency_key=key)
        assert again.replayed
    keys = Counter(
        json.loads(event.metadata).get("idempotency_key") for event in ledger.events(raw=True)
    )
    assert all(keys[key] == 1 for key in deposits)


def lives(path: str, seed: int, rounds: int) -> Iterator[int]:
    """Rounds of killing on one ledger; yields how many promises each round checked."""
    dice = random.Random(seed)
    for number in range(rounds):
        said = kill_some(path, dice, f"{seed}.{number}", dice.choice([1, 1, 2, 3]))
        yield check_ledger(path, said)


def test_what_was_acknowledged_is_there_and_nothing_is_half_done(path: str) -> None:
    promises = list(lives(path, 1, ROUNDS))
    assert len(promises) == ROUNDS
    assert sum(promises) > ROUNDS
    assert os.listdir(os.path.dirname(path)) == ["books.db"]


@pytest.mark.soak
def test_what_was_acknowledged_is_there_and_nothing_is_half_done_soak(
    path: str, soak: Soak
) -> None:
    end = monotonic() + soak.seconds
    for number in count(soak.seed):
        for promises in lives(path, number, 5):
            soak.count(Counter({"rounds": 1, "promises checked": promises}))
        if monotonic() > end:
            break
