"""What the benchmarks work on: the same transactions for ledger and for its peers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

ACCOUNTS = 100

OPENED = datetime(2020, 1, 1, tzinfo=UTC)
INITIAL = 1_000_000_000
"""Cents; what each account begins with, so that no withdrawal is refused."""


class Movement(NamedTuple):
    """One deposit (positive) or withdrawal (negative), in cents."""

    account: str
    cents: int
    description: str


def account_id(number: int) -> str:
    return f"acc-{number:03}"


def movements(count: int, accounts: int = ACCOUNTS, seed: int = 1) -> Iterator[Movement]:
    """Random movements over some accounts; each description has twenty characters."""
    random = Random(seed)
    for number in range(count):
        cents = random.randrange(1, 500_000)
        account = account_id(random.randrange(accounts))
        yield Movement(
            account, cents if random.random() < 0.55 else -cents, f"movement {number:011}"
        )


def moment(number: int) -> datetime:
    """When the movement of a number happened, where that is said: one a minute."""
    return OPENED + timedelta(minutes=number + 1)


def decimal(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02}"


def openings(accounts: int = ACCOUNTS) -> Iterator[bytes]:
    for number in range(accounts):
        line = {
            "command": "open",
            "account": account_id(number),
            "owner": f"Owner {number}",
            "initial_balance": decimal(INITIAL),
            "at": OPENED.isoformat(),
        }
        yield json.dumps(line).encode() + b"\n"


def batch_lines(count: int, accounts: int = ACCOUNTS, *, dated: bool = False) -> Iterator[bytes]:
    """The movements as lines for ``ledger batch``; ``dated`` has each at its own `moment`."""
    for number, movement in enumerate(movements(count, accounts)):
        line = {
            "command": "deposit" if movement.cents > 0 else "withdraw",
            "account": movement.account,
            "amount": decimal(movement.cents),
            "description": movement.description,
        }
        if dated:
            line["at"] = moment(number).isoformat()
        yield json.dumps(line).encode() + b"\n"


def journal(count: int) -> Iterator[str]:
    """The same as a journal for ledger-cli and hledger."""
    for number in range(ACCOUNTS):
        yield (
            f"2020-01-01 open\n    Assets:{account_id(number)}  {decimal(INITIAL)} USD\n"
            "    Equity:Opening\n\n"
        )
    for movement in movements(count):
        sign = "" if movement.cents > 0 else "-"
        yield (
            f"2026-01-01 {movement.description}\n"
            f"    Assets:{movement.account}  {sign}{decimal(movement.cents)} USD\n"
            "    Equity:World\n\n"
        )
