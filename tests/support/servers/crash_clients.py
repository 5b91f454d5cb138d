"""Processes that work on a ledger until its server crashes, and note what they were told."""

from __future__ import annotations

import sys
from itertools import count

from ledger import Ledger
from ledger.errors import LedgerError, StorageFailure

ENDED = (OSError, LedgerError)


def write(place: str, account: str) -> None:
    """Deposit under keys; print each key once the answer to it is there."""
    with Ledger.open(place, create=False) as ledger:
        ready()
        try:
            for number in count():
                key = f"{account}-{number}"
                done = ledger.deposit(account, "1", idempotency_key=key)
                event = done.recorded[0]
                print(event.position, event.event_id, key, flush=True)
        except ENDED:
            return


def follow(place: str) -> None:
    """Print each event as it is handed out."""
    with Ledger.open(place, create=False) as ledger:
        ready()
        try:
            for event in ledger.follow(pause=lambda _: None, on_loss=_end, raw=True):
                print(event.position, event.event_id, flush=True)
        except ENDED:
            return


def _end(failure: StorageFailure) -> None:
    """The server is not waited for: what it had told is compared with what is there then."""
    raise failure


def ask(place: str, account: str) -> None:
    """Ask for a balance over and over; print the position that each answer is of."""
    with Ledger.open(place, create=False) as ledger:
        ready()
        try:
            while True:
                found = ledger.balance(account)
                print(found.version, found.balance.minor_units, flush=True)
        except ENDED:
            return


def ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
