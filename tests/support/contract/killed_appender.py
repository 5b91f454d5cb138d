"""A process that writes to a store, to be run beside the test and killed by it.

A ``steady`` one appends batch after batch and says the number of each on its own line; one that
stops ``halfway`` says when it is inside a transaction, and stays there.
"""

from __future__ import annotations

from time import sleep

from ledger.eventstore.opening import open_store
from tests.support.appends import appended, deposit
from tests.support.clock import Clock

BATCH = 5


def main(location: str, kind: str) -> None:
    store = open_store(location, Clock())
    batch = 0
    while True:
        batch += 1
        with store.transaction():
            for _ in range(BATCH):
                appended(store, f"acc-{batch % 3}", deposit(batch))
            if kind == "halfway":
                store.head()  # the buffered events go into the file
                print("inside", flush=True)
                sleep(60)
        print(batch, flush=True)
