"""What written times mean: they are in the time zone of the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from ledger.commands.arguments import TimeLike
from ledger.commands.book import read_book
from ledger.domain.book import BOOK_STREAM, Book, ZoneChange
from ledger.domain.instant import check_instant
from ledger.eventstore.appending import version_conflict
from ledger.eventstore.store import EventStore, stream_version

if TYPE_CHECKING:
    from ledger.times.book_zone import BookZone


class When(NamedTuple):
    """When something happened (µs UTC): a moment, or some time from a first to a last instant."""

    first: int
    last: int


class BookTimes:
    """What a store's book says about times: their zone, and what is locked.

    It may change while the store is open.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._zone: BookZone | None = None
        self._book: Book | None = None

    def see(self, book: Book) -> None:
        """Take the book as somebody has just read it."""
        self._book, self._zone = book, None

    def forget(self) -> None:
        """Take nothing for known: what was seen may not have been committed."""
        self._book = self._zone = None

    def look(self) -> Book:
        """The book as it is now."""
        book = self._book
        if book is None or self._has_changed(book.version):
            self.see(book := read_book(self._store))
        return book

    def _has_changed(self, version: int) -> bool:
        """Whether the book has come further than a version."""
        later = self._store.read_stream(BOOK_STREAM, after_version=version)
        return next(later, None) is not None

    def check_unchanged(self) -> None:
        """See that the book is still as it was last seen.

        Raises:
            VersionConflict: it is not.
        """
        if self._has_changed(self.version):
            raise version_conflict(
                BOOK_STREAM, self.version, stream_version(self._store, BOOK_STREAM)
            )

    @property
    def version(self) -> int:
        """The version of the book when it was last seen; 0 where it never was."""
        return 0 if self._book is None else self._book.version

    @property
    def locked_until(self) -> int | None:
        """The moment (µs UTC) that the book was locked until when it was last seen."""
        book = self._book or self.look()
        return book.state.locked_until if book.version else None

    def zone_changes(self) -> Sequence[ZoneChange]:
        """The time zones of the book, each with the instant that it holds from; UTC where there is
        no book."""
        book = self.look()
        return tuple(book.state.time_zones) if book.version else (ZoneChange(None, "UTC"),)

    @property
    def zone(self) -> BookZone:
        """The book's time zone; UTC where there is no book."""
        from ledger.times.book_zone import BookZone  # few commands read a time

        changes = self.zone_changes()
        if self._zone is None:
            self._zone = BookZone(changes)
        return self._zone

    def now(self) -> int:
        """What the clock says, µs UTC."""
        surroundings = self._store.surroundings
        return surroundings.now(self._store.head().position if surroundings.repeatable else 0)

    def when(self, text: str, *, months: bool = False) -> When:
        """When a command says that something happened; a bare date is some time on that day.

        Args:
            months: whether it may be some time in a month, too.

        Raises:
            InvalidTime: it is no such time.
        """
        return When(*self.zone.moment_or_day(text, now=self.now(), months=months))

    def period_start(self, time: TimeLike) -> int | None:
        """The first instant of a date or month, or the time itself (µs UTC).

        Raises:
            InvalidTime: it is no such time.
        """
        time = _as_written(time)
        if isinstance(time, str):
            return self.zone.period_start(time, now=self.now())
        return self._instant(time)

    def period_end(self, time: TimeLike) -> int | None:
        """The last instant of a date or month, or the time itself (µs UTC).

        Raises:
            InvalidTime: it is no such time.
        """
        time = _as_written(time)
        if isinstance(time, str):
            return self.zone.period_end(time, now=self.now())
        return self._instant(time)

    def _instant(self, time: datetime | int | None) -> int | None:
        if isinstance(time, datetime):
            return self.zone.instant_of(time)
        return None if time is None else check_instant(time)


def _as_written(time: TimeLike) -> str | datetime | int | None:
    """A time, a date as its text."""
    if isinstance(time, date) and not isinstance(time, datetime):
        return time.isoformat()
    return time
