"""A small ledger with known times, written in the past through the Python API.

Its accounts are in three currencies; one entry was recorded eight days after it happened, and one
account was opened and closed again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ledger import Ledger
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from tests.support.clock import Clock, utc


def march(day: int, hour: int = 9) -> int:
    """A full hour of a day in March 2024, in µs UTC."""
    return utc(f"2024-03-{day:02}T{hour:02}:00")


COMMANDS: list[tuple[int, Callable[[Ledger], object]]] = [
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
"""What was done, each at its time by the ledger's clock."""


def write_small_books(path: Path, time_zone: str = "UTC") -> None:
    """Make the ledger at a path, with a book in a time zone."""
    clock = Clock(march(1))
    with Ledger.draft(path, keep_empty=True, book={"time_zone": time_zone}, clock=clock):
        pass
    store = open_store(str(path), clock)
    with Ledger(store, clock=clock, context=Context("clerk", "run-1")) as books:
        for clock.now, command in COMMANDS:
            command(books)
