"""A small ledger whose every time is known, written in the past through the Python API.

Its accounts are in three currencies; one entry was recorded eight days after it happened, and one
account was opened and closed again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ledger import Ledger
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store


def march(day: int, hour: int = 9) -> int:
    """A full hour of a day in March 2024, in µs UTC."""
    return int(datetime(2024, 3, day, hour, tzinfo=UTC).timestamp()) * 1_000_000


DEEDS: list[tuple[int, Callable[[Ledger], object]]] = [
    (march(1), lambda books: books.open_account("acc-001", "Ana Souza", "USD", "100.00")),
    (march(2), lambda books: books.open_account("acc-002", "Ben Okafor")),
    (march(3), lambda books: books.open_account("jp-camp", "Camp fund", "JPY", "20000")),
    (march(4), lambda books: books.open_account("kw-fund", "Travel fund", "KWD", "1.250")),
    (march(5), lambda books: books.deposit("acc-001", "50.00", "Paycheck")),
    (march(6), lambda books: books.withdraw("acc-001", "12.50", "Stamps")),
    (march(7), lambda books: books.transfer("acc-001", "acc-002", "20.00", "Half the rent")),
    (
        march(10),
        lambda books: books.deposit("acc-001", "7.25", "Receipt found", at="2024-03-02T12:00:00Z"),
    ),
    (march(11), lambda books: books.open_account("old-box", "Nobody in particular")),
    (march(12), lambda books: books.close_account("old-box", "moved")),
]
"""What was done, each with the time by the ledger's clock."""


def write_small_books(path: Path) -> None:
    """Make the ledger at a path."""
    now = march(1)

    def clock() -> int:
        return now

    Ledger.open(path, clock=clock).close()
    store = open_store(str(path), clock)
    with Ledger(store, clock=clock, context=Context("clerk", "run-1")) as books:
        for now, deed in DEEDS:  # noqa: B007 - the clock reads it
            deed(books)
