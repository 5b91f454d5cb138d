"""One of several processes that append to one stream at once.

``python -m tests.support.eventstore.contending_writer PATH locked|exact COUNT NAME``; it begins
when its standard input ends. A locked one reads the version under the write lock. An exact one
expects the version that it last saw, and tries again where that is wrong.
"""

from __future__ import annotations

import sys
from contextlib import closing

from ledger.errors import VersionConflict
from ledger.eventstore.opening import open_store
from ledger.eventstore.store import stream_version
from tests.support.appends import Clock, appended, deposit


def main(path: str, manner: str, count: str, name: str) -> None:
    with closing(open_store(path, Clock(), lock_timeout=60)) as store:
        print("ready", flush=True)
        sys.stdin.read()
        for number in range(int(count)):
            event = deposit(number + 1, writer=name)
            if manner == "locked":
                with store.transaction():
                    appended(store, "a", event)
                continue
            expected = stream_version(store, "a")
            while True:
                try:
                    appended(store, "a", event, expected=expected)
                    break
                except VersionConflict as conflict:
                    expected = conflict.actual_version


if __name__ == "__main__":
    main(*sys.argv[1:])
