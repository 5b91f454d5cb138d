"""Processes that write to a ledger of members, each with words of its own, or erase."""

from __future__ import annotations

import random

from ledger import Ledger
from tests.support.bank_statements.reading import TAKE_ALL
from tests.support.erasure.members import OF_ANNE

LOCK_TIMEOUT = 60.0


def write_words(path: str, name: str, rounds: str) -> None:
    """Deposits, transfers, batches and statements, whose words begin with `OF_ANNE`'s."""
    dice = random.Random(name)
    with Ledger.open(path, create=False, lock_timeout=LOCK_TIMEOUT) as ledger:
        for number in range(int(rounds)):
            words = f"{OF_ANNE[1]} {name} {number}"
            match dice.randrange(4):
                case 0:
                    ledger.deposit("anne", "1", words, idempotency_key=f"{name}-{number}")
                case 1:
                    ledger.transfer("ben", "anne", "1", words)
                case 2:
                    line = '{"command":"deposit","account":"anne","amount":"1","description":"%s"}'
                    ledger.batch([(line % words).encode()] * 3)
                case _:
                    day = f"2026-01-{number % 28 + 1:02}"
                    content = f"Date,Text,Amount\n{day},{words},1.00\n"
                    ledger.import_statement("anne", content.encode(), decisions=TAKE_ALL)


def erase_often(path: str, account_id: str, rounds: str) -> None:
    """Erasures of one account, one after the other."""
    with Ledger.open(path, create=False, lock_timeout=LOCK_TIMEOUT) as ledger:
        for number in range(int(rounds)):
            ledger.erase(account_id, f"round {number}")
