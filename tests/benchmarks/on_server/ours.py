"""Our side: `Ledger.transfer` with an idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from tests.benchmarks.on_server.clients import ACCOUNTS, Transfer
from tests.benchmarks.on_server.server import Server
from tests.benchmarks.product import Ledger


def create(server: Server) -> str:
    """A new ledger of the accounts; its URL."""
    url = server.url()
    with Ledger.open(url) as ledger:
        for number in range(ACCOUNTS):
            ledger.open_account(_account(number), owner="Owner", initial_balance="1000000")
    return url


@contextmanager
def client(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    run = uuid4()
    with Ledger.open(url) as ledger:

        def transfer(made: Transfer) -> None:
            ledger.transfer(
                _account(made.sender),
                _account(made.receiver),
                "1.00",
                description=f"movement {number} {made.number}",
                idempotency_key=f"{run}-{made.number}",
            )

        yield transfer


def _account(number: int) -> str:
    return f"acc-{number:03}"
