"""Changing the book: what belongs to the ledger as a whole."""

from __future__ import annotations

from collections.abc import Callable

from ledger.commands.context import Context
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import BookEvent, TestLedger
from ledger.eventstore.codec import decode_event, encode_event
from ledger.eventstore.metadata import Metadata
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore


def read_book(store: EventStore) -> Book:
    """The book of a store; without an event where the store is empty."""
    book = Book(BOOK_STREAM)
    for recorded in store.read_stream(BOOK_STREAM):
        book.apply(decode_event(recorded), recorded.effective_at)
        book.version = recorded.version
    return book


def create_book(
    store: EventStore,
    context: Context,
    *,
    time_zone: str,
    name: str = "",
    test: TestLedger | None = None,
) -> RecordedEvent:
    """Append the first event of a log."""
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
    metadata = Metadata(
        context.actor,
        command,
        context.run,
        context.via,
        context.correlation_id,
        context.causation_id,
    )
    with store.transaction():
        book = read_book(store)
        event = decide(book)
        data, text = encode_event(event)
        new = NewEvent(
            type(event).__name__, event.schema_version, data, metadata.encode(), None, text
        )
        (recorded,) = store.append(
            [StreamWrite(BOOK_STREAM, Book.aggregate_type, book.version, (new,), recorded_at)]
        )
    return recorded
