"""A ledger whose oldest entries are archived now and then, while naive intents are carried out."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from ledger import Ledger
from ledger.commands.context import Context
from ledger.errors import LedgerError, NothingToArchive
from tests.support.naive_book import Book
from tests.support.naive_intents import Intent
from tests.support.naive_log import BOOK
from tests.support.property.lived_books import LivedBook


class ArchivedBook(LivedBook):
    """Archives up to random moments.

    Args:
        folder: of the archive.
    """

    def __init__(self, folder: str, seed: int, **wiring: Any) -> None:
        super().__init__(**wiring)
        self._folder = folder
        self._dice = Random(seed)
        self._noted_at: list[int] = []
        self.archived = 0
        """Positions."""

    def carry_out(self, intent: Intent, book: Book) -> LedgerError | None:
        if intent.command == "withdraw_correction":
            # What the book's own event notes of an archiving is not in the naive book.
            shift = sum(noted < intent.version for noted in self._noted_at)
            intent = replace(intent, version=intent.version + shift)
        return super().carry_out(intent, book)

    def archive(self, book: Book) -> None:
        """Archive what was known by some moment, if anything was; ``book`` is the naive one."""
        known = sorted(book.known_times())
        if not known:
            return
        until = self._dice.choice([*known, known[len(known) // 2]])
        # A clock that is ahead, with which nothing was recorded, must not date the note of it.
        now, self._now = self._now, self.store.head().recorded_us
        ledger = Ledger(self.store, context=Context("archivist", "archive"), **self._wiring)
        try:
            report = ledger.archive(self._folder, until)
        except NothingToArchive:
            return
        finally:
            self._now = now
        self.archived = report.to_position
        self._noted_at.append(len(book.events(BOOK)))
