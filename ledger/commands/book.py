"""Changing the book: what belongs to the ledger as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ledger.commands.context import Context
from ledger.commands.repository import fold
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import BookEvent, TestLedger
from ledger.domain.instant import to_datetime
from ledger.errors import InvalidTime
from ledger.eventstore.codec import new_event
from ledger.eventstore.records import RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore, archive_of


def read_book(store: EventStore) -> Book:
    """The book of a store; without an event where the store is empty.

    Raises:
        UnreadableEvent: an event of it cannot be read, or comes before its creation.
    """
    book = Book(BOOK_STREAM)
    fold(book, store.read_stream(BOOK_STREAM))
    return book


def create_book(
    store: EventStore,
    context: Context,
    *,
    time_zone: str,
    name: str = "",
    test: TestLedger | None = None,
) -> RecordedEvent:
    """Append the first event of a log; its zone must exist."""
    return change_book(
        store,
        context,
        "book create",
        lambda book: book.create(store.ledger_id, time_zone, name, test),
    )


def change_book(
    store: EventStore,
    context: Context,
    command: str,
    decide: Callable[[Book], BookEvent],
    *,
    recorded_at: int | None = None,
) -> RecordedEvent:
    """Append what is decided about the book as it is now.

    Args:
        command: its name.
        decide: gives the event, or refuses.
        recorded_at: µs UTC, for the one event that the clock alone dates; see `StreamWrite`.

    Raises:
        LedgerError: it is refused; nothing has changed.
    """
    with store.transaction():
        book = read_book(store)
        new = new_event(decide(book), context.metadata(command))
        (recorded,) = store.append(
            [StreamWrite(BOOK_STREAM, Book.aggregate_type, book.version, (new,), recorded_at)]
        )
    return recorded


def plan_lock(store: EventStore, until: int | None) -> int:
    """The moment (µs UTC) that would be locked.

    Raises:
        InvalidTime: there is none, it has not passed, or it is locked already.
    """
    if until is None:
        raise InvalidTime("no moment is named", advice="name the last day that is to be locked")
    with store.transaction(read_only=True):
        head = store.head()
        now = max(store.surroundings.now(head.position + 1), head.recorded_us)
        return read_book(store).lock(until, now).until


class UnlockPlan(NamedTuple):
    """From what is locked (µs UTC) to what stays so; None for nothing."""

    locked_until_us: int
    until_us: int | None

    @property
    def locked_until(self) -> datetime:
        """The moment that the books are locked until (UTC)."""
        return to_datetime(self.locked_until_us)

    @property
    def until(self) -> datetime | None:
        """The moment up to which they stay so (UTC); None for nothing."""
        return to_datetime(self.until_us)


def plan_unlock(store: EventStore, reason: str, until: int | None) -> UnlockPlan:
    """What would be unlocked.

    Raises:
        NothingToUnlock, InvalidTime, InvalidText: see `Book.unlock`.
    """
    book = read_book(store)
    unlocked = book.unlock(reason, until)
    assert book.state.locked_until is not None
    return UnlockPlan(book.state.locked_until, unlocked.until)


def change_time_zone(
    store: EventStore, context: Context, time_zone: str, since: int | None
) -> RecordedEvent:
    """Read and show times in another zone from an instant on (µs UTC; None for always).

    Raises:
        InvalidTime: there is no such zone, or something is recorded already of then or later.
    """
    from ledger.times.zones import check_zone  # only where there is one to check

    check_zone(time_zone)
    with store.transaction():
        return change_book(
            store,
            context,
            "book time-zone",
            lambda book: book.change_time_zone(
                time_zone, since, _last_moment(store, book.state.locked_until, since)
            ),
        )


def _last_moment(store: EventStore, locked_until: int | None, since: int | None) -> int | None:
    """A moment at or after an instant (µs UTC; None for any) that something is recorded of, or at.

    Also at: a date that was named to ask what was known then must not come to mean another day.

    Args:
        locked_until: µs UTC; a lock is about that moment, too.
    """
    if locked_until is not None and (since is None or locked_until >= since):
        return locked_until
    if since is None:
        archive = archive_of(store)
        kept = None if archive is None else next(archive.streams(), None)
        if kept is not None:
            return kept.highest_effective_at
        others = (each for each in store.read_all() if each.stream_id != BOOK_STREAM)
        first = next(others, None)
        return None if first is None else first.effective_at
    from ledger.commands.known import recorded_from  # few commands ask for it

    for recorded in recorded_from(store, since):
        if recorded.stream_id != BOOK_STREAM:
            return max(recorded.effective_at, recorded.recorded_at)
    return None
