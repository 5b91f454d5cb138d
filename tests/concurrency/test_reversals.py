"""Eight processes reverse every entry at once, each in an order of its own."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random

from ledger import Ledger
from ledger.errors import LedgerError
from tests.support.child_process import child

PROCESSES = 8
DAYS = 12


def entries_made(path: Path) -> list[tuple[str, int]]:
    """Deposits, withdrawals and transfers, every other one backdated; what to name each by."""
    named = []
    with Ledger.open(path) as ledger:
        for account in ("bank", "cash"):
            ledger.open_account(account, "Club", initial_balance="1000", at="2026-01-01")
        for number in range(DAYS):
            day = f"2026-01-{(number * 7) % 27 + 2:02}"
            named.append(("bank", ledger.deposit("bank", "30", "dues", at=day).version))
            named.append(("cash", ledger.withdraw("cash", "4.50", "tea", at=day).version))
            sent = ledger.transfer("bank", "cash", "12", "till", at=day)
            named.append((("bank", "cash")[number % 2], sent.accounts[number % 2].version))
    return named


def reverse_all(path: str, named: str, seed: str) -> None:
    """Reverse all entries once the standard input ends; print what became of each."""
    order = [tuple(each) for each in json.loads(named)]
    Random(int(seed)).shuffle(order)
    sys.stdin.read()
    became = {}
    with Ledger.open(path, create=False, lock_timeout=60) as ledger:
        for account, version in order:
            try:
                ledger.reverse(account, version, f"process {seed}")
            except LedgerError as refusal:
                became[f"{account} {version}"] = refusal.code
            else:
                became[f"{account} {version}"] = "done"
    print(json.dumps(became))


def test_of_eight_processes_that_reverse_every_entry_one_wins_each(books: Path) -> None:
    path = books
    named = entries_made(path)
    children = [child(reverse_all, path, json.dumps(named), seed) for seed in range(PROCESSES)]
    for process in children:
        assert process.stdin is not None
        process.stdin.close()
    answers = [process.communicate(timeout=100) for process in children]
    assert [complaints for _, complaints in answers] == [""] * PROCESSES
    became = [json.loads(told) for told, _ in answers]
    for account, version in named:
        outcomes = Counter(each[f"{account} {version}"] for each in became)
        assert outcomes == {"done": 1, "already_reversed": PROCESSES - 1}, (account, version)
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify(workers=1).clean
        for account in ("bank", "cash"):
            state = ledger.history(account).state
            assert (state.balance_minor, state.transaction_count) == (100_000, 0)
            assert ledger.balance(account, as_of="2026-01-15").balance.minor_units == 100_000
