"""A process that gives commands until it is killed, and reports what it was promised.

It writes a line before each command, and one with its events after the command has returned. A line
is written whole or not at all, since it is shorter than a pipe's buffer.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

from ledger import Ledger
from ledger.commands.corrections import EntryChanges
from ledger.commands.results import WriteResult
from ledger.errors import LedgerError

ACCOUNTS = ("a", "b", "c")
LONG_BATCH = 400
KINDS = (
    *("deposit", "deposit", "transfer", "transfer", "withdraw", "batch", "long"),
    *("reverse", "correct"),
)


def main(path: str, name: str) -> None:
    dice = random.Random(name)
    with Ledger.open(path, create=False) as ledger:
        for turn in range(1_000_000):
            command(ledger, dice, f"{name}/{turn}")


def command(ledger: Ledger, dice: random.Random, key: str) -> None:
    kind = dice.choice(KINDS)
    amount = f"0.{dice.randint(1, 99):02}"
    account, other = dice.sample(ACCOUNTS, 2)
    results: list[WriteResult] = []
    options: dict[str, Any] = {"idempotency_key": key}
    if dice.random() < 0.3:
        options["at"] = f"2026-01-{dice.randint(2, 28):02}T00:00:00Z"
    say({"tries": key, "kind": kind, "account": account, "amount": amount})
    try:
        if kind == "deposit":
            results.append(ledger.deposit(account, amount, key, idempotency_key=key))
        elif kind == "withdraw":
            results.append(ledger.withdraw(account, amount, key, **options))
        elif kind == "transfer":
            results.append(ledger.transfer(account, other, amount, key, **options))
        elif kind == "reverse":
            version = dice.randint(2, ledger.balance(account).version + 1)
            results.append(ledger.reverse(account, version, key, idempotency_key=key))
        elif kind == "correct":
            version = dice.randint(2, ledger.balance(account).version + 1)
            changes: EntryChanges = {"description": key}
            options = {"changes": changes, "idempotency_key": key}
            results.append(ledger.correct(account, version, amount=amount, **options))
        else:
            lines = batch_lines(account, other, key, LONG_BATCH if kind == "long" else 5)
            ledger.batch(lines, lambda number, outcome: results.append(whole(outcome)))
    except LedgerError as refusal:
        say({"refused": key, "code": refusal.code})
        return
    events = [event for result in results for event in result.recorded]
    say({"done": key, "first": events[0].position, "hash": events[-1].hash.hex()})


def whole(outcome: WriteResult | LedgerError) -> WriteResult:
    assert isinstance(outcome, WriteResult)
    return outcome


def batch_lines(account: str, other: str, key: str, size: int) -> list[bytes]:
    """Lines of one batch, each with the batch's key and size in its description."""
    lines: list[dict[str, str]] = []
    for number in range(size):
        words = f"{key} of {size}"
        if number % 2:
            lines.append({"command": "transfer", "from": account, "to": other})
        else:
            lines.append({"command": "deposit", "account": account})
        lines[-1] |= {"amount": "0.01", "description": words}
    return [json.dumps(line).encode() for line in lines]


def say(what: dict[str, object]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")
