"""One of several processes that append to one stream at once.

It begins when its standard input ends. An ``exact`` one expects the version that it last saw, and
tries again where that is wrong; one that takes ``any`` version expects none.
"""

from __future__ import annotations

import sys
from contextlib import closing

from ledger.errors import VersionConflict
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import ANY
from ledger.eventstore.store import stream_version
from tests.support.appends import appended, deposit
from tests.support.clock import Clock


def main(path: str, expects: str, count: str, name: str) -> None:
    with closing(open_store(path, Clock(), lock_timeout=60)) as store:
        print("ready", flush=True)
        sys.stdin.read()
        for number in range(int(count)):
            event = deposit(number + 1, writer=name)
            expected = stream_version(store, "a")
            while True:
                try:
                    appended(store, "a", event, expected=ANY if expects == "any" else expected)
                    break
                except VersionConflict as conflict:
                    expected = conflict.actual_version
