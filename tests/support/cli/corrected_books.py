"""A ledger in which every mistake was made once and put right, written through the Python API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ledger import Ledger
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from tests.support.clock import Clock, utc


def may(day: int, hour: int = 9) -> int:
    """A full hour of a day in May 2024, in µs UTC."""
    return utc(f"2024-05-{day:02}T{hour:02}:00")


COMMANDS: list[tuple[int, Callable[[Ledger], object]]] = [
    (may(1), lambda books: books.open_account("club", "Ana Souza", initial_balance="100")),
    (may(1), lambda books: books.open_account("till", "Ben Okafor")),
    (may(2), lambda books: books.deposit("club", "50", "Fees")),  # 2
    (may(3), lambda books: books.withdraw("club", "12.50", "Stamps")),  # 3
    (may(4), lambda books: books.transfer("club", "till", "20", "Change")),  # 4
    (may(5), lambda books: books.reverse("club", 2, "Not ours")),  # 5
    (may(6), lambda books: books.correct("club", 3, amount="21.50")),  # 6, 7
    (may(7), lambda books: books.deposit("club", "8", "Lottery")),  # 8
    (may(8), lambda books: books.reverse("club", 8, "Bounced", at=may(8))),  # 9
    (
        may(9),
        lambda books: books.amend_entry(  # 10
            "club", 4, {"description": "", "tags": {"category": "cash"}}
        ),
    ),
    (may(10), lambda books: books.amend_account("club", owner="Club", overdraft="30")),  # 11
    (
        may(11),
        lambda books: books.amend_account(  # 12
            "club", initial_balance="120", opened_at="2024-04-30T09:00:00Z"
        ),
    ),
    (may(12), lambda books: books.confirm("club", "78.50", "Bank", at=may(9))),  # 13
    (may(13), lambda books: books.confirm("club", "78.50", "Bank", at=may(10))),  # 14
    (may(13), lambda books: books.withdraw_confirmation("club", 14, "Misread")),  # 15
    (may(14), lambda books: books.withdraw("club", "78.50")),  # 16
    (may(15), lambda books: books.close_account("club", "Dissolved")),  # 17
    (may(16), lambda books: books.reopen_account("club", "Not dissolved", at=may(16))),  # 18
    (may(16), lambda books: books.lock(may(5))),
    (may(16), lambda books: books.unlock("Forgot one")),
    (may(17), lambda books: books.erase("till", "Asked for it")),
]
"""What was done, each at its time by the ledger's clock, with the version of ``club`` it led to."""


def write_corrected_books(path: Path) -> None:
    """Make the ledger at a path, with a book in UTC."""
    clock = Clock(may(1))
    with Ledger.draft(path, keep_empty=True, book={"time_zone": "UTC"}, clock=clock):
        pass
    store = open_store(str(path), clock)
    with Ledger(store, clock=clock, context=Context("clerk", "run-1")) as books:
        for clock.now, command in COMMANDS:
            command(books)
