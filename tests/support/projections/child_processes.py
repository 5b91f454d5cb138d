"""What child processes of these tests do."""

from __future__ import annotations

import select
import sys

from ledger import Ledger


def write_until_told(path: str) -> None:
    """Deposit cents, saying so after each, until the parent closes our input."""
    with Ledger.open(path, create=False) as ledger:
        while not select.select([sys.stdin], [], [], 0)[0]:
            ledger.deposit("acc-0", "0.01")
            print("deposited", flush=True)


def rebuild_over_and_over(path: str, workers: str) -> None:
    """Rebuild without end, saying when each begins."""
    with Ledger.open(path, create=False) as ledger:
        while True:
            print("begins", flush=True)
            ledger.rebuild_projections(workers=int(workers))


def make_entries_over_and_over(path: str) -> None:
    """Make the entries anew without end, saying when each begins."""
    with Ledger.open(path, create=False) as ledger:
        while True:
            print("begins", flush=True)
            ledger.rebuild_projections(["account_entries"])
