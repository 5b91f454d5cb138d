"""A server that is stopped at once at a step of a command: all of it is there afterwards, or none.

All round trips of a transfer are tried, each before it reaches the server, while the server is
busy with it, and when it has answered; of a writer who is alone, and of one who had to wait for
another, whose commit lets the next one in before it is on the disk, and who then waits for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count, product
from threading import Event, Thread
from time import sleep

import psycopg
import pytest

from ledger import Ledger
from ledger.errors import InsufficientFunds, LedgerError, StorageFailure
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import short_folder
from tests.support.servers.wire import AFTER, BEFORE, HELD, MEANWHILE, Wire

pytestmark = pytest.mark.servers

WRITES = 1
"""The round trip that writes, after one that looks."""


@contextmanager
def another_writer(server: PostgresServer, place: str) -> Iterator[None]:
    """Somebody has the write lock until somebody else waits for it."""
    has_it, over = Event(), Event()

    def hold() -> None:
        with (
            suppress(LedgerError, psycopg.Error),  # as the server is stopped
            Ledger.open(place) as ledger,
            server.connect() as admin,
            ledger._store.transaction(),
        ):
            has_it.set()
            waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not over.is_set() and not admin.execute(waits).fetchall():
                sleep(0.005)

    thread = Thread(target=hold)
    thread.start()
    try:
        assert has_it.wait(30)
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("waits", [False, True])
def test_a_transfer_is_there_whole_or_not_at_all(slow_server: PostgresServer, waits: bool) -> None:
    place, folder = slow_server.url("books"), short_folder()
    through = slow_server.url("books", host=str(folder))
    with Ledger.open(place) as ledger:
        for account in ("a", "b"):
            ledger.open_account(account, "Ana", initial_balance="100", at="2026-01-01")
        before = ledger.head().position
    numbers, told, kept = count(), [], []
    with closing(Wire(folder, slow_server.folder)) as wire:
        last = WRITES + waits
        for step, when in product(range(last + 1), (BEFORE, MEANWHILE, AFTER)):
            key, failure = f"key-{next(numbers)}", ""
            with ExitStack() as stack:
                ledger = stack.enter_context(Ledger.open(through))
                if waits:
                    stack.enter_context(another_writer(slow_server, place))
                wire.arm(step, when, slow_server.crash)
                try:
                    ledger.transfer("a", "b", "1", idempotency_key=key)
                except StorageFailure as error:
                    failure = error.message
                assert wire.is_cut
                wire.arm(None)
            slow_server.start()
            with Ledger.open(place) as ledger:
                is_there = ledger.head().position != before
                assert ledger.head().position in (before, before + 2)
                again = ledger.transfer("a", "b", "1", idempotency_key=key)
                assert again.replayed is is_there
                before += 2
                assert ledger.head().position == before
                assert is_there or failure, "it was acknowledged, and is lost"
                assert not is_there or "nothing was changed" not in failure
            told.append((step, when, bool(failure)))
            kept.append(is_there)
            if step < WRITES or (step, when) == (WRITES, BEFORE):
                assert not is_there
        assert kept[-1], told
        with Ledger.open(place) as ledger:
            assert ledger.verify(workers=1).clean
            assert str(ledger.balance("b").balance) == f"{100 + len(kept)}.00 USD"


@pytest.mark.parametrize("key", ["another", "the same"])
def test_what_is_answered_rests_on_nothing_that_a_crash_takes_away(
    slow_server: PostgresServer, key: str
) -> None:
    place, folder = slow_server.url("books"), short_folder()
    told: list[str] = []

    def answer_and_crash() -> None:
        """What was withdrawn can be seen, and is not on the disk yet."""
        try:
            done = third.withdraw("a", "100", idempotency_key=key)
            told.append("replayed" if done.replayed else "done")
        except InsufficientFunds:
            told.append("refused")
        slow_server.crash()

    with Ledger.open(place) as ledger:
        ledger.open_account("a", "Ana", initial_balance="100", at="2026-01-01")
    with closing(Wire(folder, slow_server.folder)) as wire, ExitStack() as stack:
        third = stack.enter_context(Ledger.open(place))
        ledger = stack.enter_context(Ledger.open(slow_server.url("books", host=str(folder))))
        stack.enter_context(another_writer(slow_server, place))
        wire.arm(WRITES + 1, HELD, answer_and_crash)
        with suppress(StorageFailure):
            ledger.withdraw("a", "100", idempotency_key="the same")
    slow_server.start()
    assert told == ["replayed" if key == "the same" else "refused"]
    with Ledger.open(place) as ledger:
        assert ledger.balance("a").balance.minor_units == 0
