"""One of several processes that append to one stream at once.

It begins when its standard input ends. A ``locked`` one reads the version under the write lock. An
``exact`` one expects the version that it last saw, and tries again where that is wrong.
"""

from __future__ import annotations

import sys
from contextlib import closing

from ledger.errors import VersionConflict
from ledger.eventstore.opening import open_store
from ledger.eventstore.store import stream_version
from tests.support.appends import appended, deposit
from tests.support.clock import Clock


def main(path: str, how: str, count: str, name: str) -> None:
    with closing(open_store(path, Clock(), lock_timeout=60)) as store:
        print("ready", flush=True)
        sys.stdin.read()
        for number in range(int(count)):
            event = deposit(number + 1, writer=name)
            if how == "locked":
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
