"""One of several processes that write to the same two accounts: ``python -m … PATH SEED``.

It starts when a line comes in, and ends by writing what it did, one JSON object.
"""

from __future__ import annotations

import json
import random
import sys

from ledger import Ledger
from ledger.errors import InsufficientFunds

COMMANDS = 40


def main() -> None:
    path, seed = sys.argv[1:]
    dice = random.Random(int(seed))
    done = {"deposited": 0, "withdrawn": 0, "sent": 0, "refused": 0}
    with Ledger.open(path, create=False) as ledger:
        sys.stdin.readline()
        for turn in range(COMMANDS):
            account = dice.choice("ab")
            amount = dice.randint(1, 9)
            try:
                if turn % 4 == 0:
                    ledger.deposit(account, amount, idempotency_key=f"{seed}/{turn}")
                    done["deposited"] += amount
                elif turn % 4 == 1:
                    ledger.withdraw(account, amount)
                    done["withdrawn"] += amount
                elif turn % 4 == 2:
                    ledger.withdraw(account, amount, at="2026-01-02T00:00Z")
                    done["withdrawn"] += amount
                else:
                    ledger.transfer(account, "ab".replace(account, ""), amount)
                    done["sent"] += 1
            except InsufficientFunds:
                done["refused"] += 1
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main()
