"""The commands of many clients, drawn from a seed: lines as a batch has them."""

from __future__ import annotations

import random
from typing import Any, Final

Line = dict[str, Any]

ACCOUNTS: Final = ("a", "b", "c", "d")
"""All in USD; the last one begins with nothing."""

INITIAL: Final = "40.00"
OPENED: Final = "2020-01-01T00:00:00Z"

LAST_WORDS: Final = "that is all"
"""The description of the deposit that ends the work of all clients."""


def opening_lines() -> list[Line]:
    """The commands that make the ledger that many clients work on."""
    return [
        {
            "command": "open",
            "account": account,
            "owner": f"Owner of {account}",
            "initial_balance": "0" if account == ACCOUNTS[-1] else INITIAL,
            "at": OPENED,
        }
        for account in ACCOUNTS
    ]


def draw(dice: random.Random, words: str) -> Line:
    """A deposit, a withdrawal or a transfer; one in four lies in the past."""
    account, other = dice.sample(ACCOUNTS, 2)
    line: Line = {"command": dice.choice(["deposit", "withdraw", "transfer", "transfer"])}
    if line["command"] == "transfer":
        line |= {"from": account, "to": other}
    else:
        line["account"] = account
    line |= {"amount": f"{dice.randint(0, 19)}.{dice.randint(1, 99):02}", "description": words}
    if dice.random() < 0.25:
        day = dice.randint(1, 28)
        line["at"] = f"2020-{dice.randint(1, 12):02}-{day:02}T00:00:00Z"
    return line


def shared(seed: str, key: str) -> Line:
    """The command that every process sends under a key."""
    return {**draw(random.Random(f"{seed}/{key}"), key), "idempotency_key": key}


def account_of(line: Line) -> str:
    """The account that an expected version refers to."""
    account: str = line["from"] if line["command"] == "transfer" else line["account"]
    return account


def last_line() -> Line:
    """The last command of all."""
    return {
        "command": "deposit",
        "account": ACCOUNTS[0],
        "amount": "0.01",
        "description": LAST_WORDS,
    }
