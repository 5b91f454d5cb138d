"""The commands that are about the ledger as a whole; see `ledger.commands.amendments`."""

from __future__ import annotations

from typing import final

from ledger.commands.command import FreeText, OfBook
from ledger.commands.desk import Desk
from ledger.domain.book import Book
from ledger.domain.book_events import BookEvent


@final
class Lock(OfBook, frozen=True, gc=False, tag="lock"):
    """Let nothing change any more at or before a moment, of a date or month its last instant."""

    until: str
    reason: FreeText = ""

    def decide_of_book(self, book: Book, desk: Desk) -> BookEvent:
        """The event that the command leads to; the rules are asked."""
        until = desk.times.period_end(self.until)
        assert until is not None
        return book.lock(until, desk.now, self.reason)


@final
class Unlock(OfBook, frozen=True, gc=False, tag="unlock"):
    """Let what is locked after a moment change again; all of it where none is named."""

    until: str | None = None
    reason: FreeText = ""

    def decide_of_book(self, book: Book, desk: Desk) -> BookEvent:
        """The event that the command leads to; the rules are asked."""
        return book.unlock(self.reason, desk.times.period_end(self.until))
