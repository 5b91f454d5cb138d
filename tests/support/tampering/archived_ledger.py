"""A ledger whose first events are archived in two files, and what came after that.

Positions 1 to 15 are those of the ledger that is attacked elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from ledger import Ledger
from tests.support.clock import DAY, Clock
from tests.support.tampering.attacked_ledger import COMMANDS, FIRST

FOLDER: Final = "archive"

_LATER: Final[tuple[Callable[[Ledger], object], ...]] = (
    lambda books: books.deposit("b", "2", "Between", idempotency_key="k-4"),
    lambda books: books.lock(FIRST + DAY, "the first day"),
)

_AFTER: Final[tuple[Callable[[Ledger], object], ...]] = (
    lambda books: books.deposit("a", "3", "After", at=FIRST + 16 * DAY),
    lambda books: books.reverse("a", 2, "Wrong"),  # archived, and so is the next one
    lambda books: books.withdraw("b", "1", "Long ago", at=FIRST + 7 * DAY),
    lambda books: books.transfer("b", "a", "4", "Rent back"),
    lambda books: books.confirm("b", "21", at=FIRST + 16 * DAY),
    lambda books: books.open_account("d", "Dora"),
    lambda books: books.deposit("d", "9", "Gift", idempotency_key="k-5"),
    lambda books: books.deposit("a", "6"),
)


def write_books(path: str) -> str:
    """Make the ledger, one command per day, and return its head."""
    clock = Clock(FIRST)
    folder = os.path.join(os.path.dirname(path), FOLDER)
    with Ledger.open(path, clock=clock, snapshot_interval=3) as books:
        for command in (*COMMANDS, *_LATER):
            clock.now += DAY
            command(books)
        for until in (FIRST + 6 * DAY, clock.now):
            books.archive(folder, until)
        for command in _AFTER:
            clock.now += DAY
            command(books)
        return books.head().short
