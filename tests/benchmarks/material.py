"""What the benchmarks work on: the same transactions for ledger and for its peers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

ACCOUNTS = 100


class Movement(NamedTuple):
    """One deposit (positive) or withdrawal (negative), in cents."""

    account: str
    cents: int
    description: str


def movements(count: int, seed: int = 1) -> Iterator[Movement]:
    """Random movements over a hundred accounts, each of which begins with a million."""
    random = Random(seed)
    for number in range(count):
        cents = random.randrange(1, 500_000)
        yield Movement(
            f"acc-{random.randrange(ACCOUNTS):03}",
            cents if random.random() < 0.55 else -cents,
            f"movement {number}",
        )


def decimal(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02}"


def openings() -> Iterator[bytes]:
    for number in range(ACCOUNTS):
        line = {
            "command": "open",
            "account": f"acc-{number:03}",
            "owner": f"Owner {number}",
            "initial_balance": "10000000.00",
            "at": "2020-01-01T00:00:00Z",
        }
        yield json.dumps(line).encode() + b"\n"


def batch_lines(count: int) -> Iterator[bytes]:
    """The movements as lines for ``ledger batch``."""
    for movement in movements(count):
        line = {
            "command": "deposit" if movement.cents > 0 else "withdraw",
            "account": movement.account,
            "amount": decimal(movement.cents),
            "description": movement.description,
        }
        yield json.dumps(line).encode() + b"\n"


def journal(count: int) -> Iterator[str]:
    """The same as a journal for ledger-cli and hledger."""
    for number in range(ACCOUNTS):
        yield (
            f"2020-01-01 open\n    Assets:acc-{number:03}  10000000.00 USD\n    Equity:Opening\n\n"
        )
    for movement in movements(count):
        sign = "" if movement.cents > 0 else "-"
        yield (
            f"2026-01-01 {movement.description}\n"
            f"    Assets:{movement.account}  {sign}{decimal(movement.cents)} USD\n"
            "    Equity:World\n\n"
        )
