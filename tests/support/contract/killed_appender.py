"""A process that writes to a store, to be run beside the test and killed by it.

``python -m tests.support.contract.killed_appender LOCATION steadily`` appends batch after batch and
says the number of each on its own line; ``... halfway`` stops inside a transaction.
"""

from __future__ import annotations

import sys
from time import sleep

from ledger.eventstore.opening import open_store
from tests.support.appends import Clock, appended, deposit

BATCH = 5


def main(location: str, manner: str) -> None:
    store = open_store(location, Clock())
    batch = 0
    while True:
        batch += 1
        with store.transaction():
            for _ in range(BATCH):
                appended(store, f"acc-{batch % 3}", deposit(batch))
            if manner == "halfway":
                store.head()  # the buffered events go into the file
                print("inside", flush=True)
                sleep(60)
        print(batch, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
