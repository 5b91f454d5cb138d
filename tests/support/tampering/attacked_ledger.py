"""The ledger that is attacked: fifteen events, each known by its position; the first one is the
book's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger import Ledger
from tests.support.clock import DAY, Clock

FIRST: Final = 1_700_000_000_000_000

COMMANDS: Final[tuple[Callable[[Ledger], object], ...]] = (
    lambda books: books.open_account("a", "Ana Souza", "USD", "100"),  # 2
    lambda books: books.open_account("b", "Ben Okafor"),  # 3
    lambda books: books.deposit("a", "50", "Paycheck", idempotency_key="k-1"),  # 4
    lambda books: books.withdraw("a", "12.50", "Stamps"),  # 5, a snapshot of a at version 3
    lambda books: books.transfer("a", "b", "20", "Rent", idempotency_key="k-2"),  # 6 and 7
    lambda books: books.deposit("a", "7.25", "Receipt found", at=FIRST + DAY + 5),  # 8
    lambda books: books.open_account("j", "Camp fund", "JPY", "20000"),  # 9
    lambda books: books.deposit("b", "5"),  # 10, a snapshot of b at version 3
    lambda books: books.withdraw("b", "6", at=FIRST + 8 * DAY - DAY // 2),  # 11
    lambda books: books.open_account("c", "Nobody"),  # 12
    lambda books: books.close_account("c", "moved"),  # 13
    lambda books: books.deposit("b", "1", idempotency_key="k-3"),  # 14
    lambda books: books.deposit("a", "1"),  # 15, a snapshot of a at version 6
)


def write_books(path: str) -> str:
    """Make the ledger, one command per day, and return its head."""
    clock = Clock(FIRST)
    with Ledger.open(path, clock=clock, snapshot_interval=3) as books:
        for command in COMMANDS:
            clock.now += DAY
            command(books)
        return books.head().short
