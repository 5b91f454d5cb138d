"""What moves while others write, as it is at the moment when a verification begins."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.commands.book import read_book
from ledger.commands.future import future_notes
from ledger.commands.repeatable import surroundings_of
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import BookCreated
from ledger.errors import DamagedLedger, LedgerError, UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore, archive_of
from ledger.projections.folding import AnyProjection
from ledger.verification.archived import wrongly_remembered
from ledger.verification.findings import Finding
from ledger.verification.published_heads import other_than_published
from ledger.verification.stored_projections import (
    FoldTask,
    StoredProjection,
    read_projections,
    unknown_projections,
)
from ledger.verification.worker import UNFIT


class Start(msgspec.Struct):
    """What moves while others write, as it was at one moment.

    Attributes:
        base: the end of an archive that is not looked at; 0 where all of the log is.
        archived: the end of the archive.
        stream_ids: None where they cannot be read.
        keys: how many idempotency keys have a record.
        archived_keys: how many of them came with what is in an archive that is not looked at.
        compared_rows: of projections that questions catch up.
    """

    head: Head
    base: int = 0
    archived: int = 0
    projections: list[StoredProjection] = []
    stream_ids: list[str] | None = None
    keys: int = 0
    archived_keys: int = 0
    findings: list[Finding] = []
    notes: list[str] = []
    compared_rows: int = 0

    @property
    def compared_keys(self) -> int:
        """How many of the idempotency keys came with what is looked at."""
        return self.keys - self.archived_keys

    @property
    def folds(self) -> list[FoldTask]:
        """The projections to fold anew."""
        return [
            FoldTask(each.projection, each.to_position, each.is_built_in)
            for each in self.projections
            if each.rows is not None
        ]


def look(
    store: EventStore, projections: Sequence[AnyProjection], *, with_archive: bool = False
) -> Start:
    """See what moves.

    Args:
        with_archive: whether the archive is looked at, too.
    """
    start = Start(empty_head(store.ledger_id))
    with store.transaction(read_only=True):
        archive = archive_of(store)
        if archive is not None:
            start.archived = archive.position
            start.base = 0 if with_archive else archive.position
            start.findings += wrongly_remembered(store)
        for look, check in (
            (_look_at_head, "unreadable"),
            (_look_at_book, "book"),
            (_look_at_streams, "streams"),
            (_look_at_keys, "idempotency"),
            (_look_at_publications, "head"),
        ):
            try:
                look(store, start)
            except DamagedLedger as error:
                start.findings.append(Finding(check=check, message=error.message))
        start.projections = read_projections(store, projections, start.base, start.head.position)
        unknown = unknown_projections(store, [each.name for each in projections])
    for stored in start.projections:
        start.findings += stored.findings
        start.notes += stored.notes
    start.notes += [f"{name} was not compared: its class is not known here" for name in unknown]
    return start


def _look_at_head(store: EventStore, start: Start) -> None:
    start.head = store.head()


def _look_at_book(store: EventStore, start: Start) -> None:
    """The first event says which ledger it is, as the hash chain does that begins with its id."""
    # The book's own events are never archived.
    begin = store.read_stream(BOOK_STREAM) if start.base else store.read_all(to_position=1)
    first = next(begin, None)
    if first is None:
        return
    found = f"{first.event_type} of {first.stream_id!a}"
    if (first.stream_id, first.event_type) == (BOOK_STREAM, BookCreated.__name__):
        try:
            ledger_id = decode_event(first).ledger_id
        except UnreadableEvent:  # which is found elsewhere
            return
        if ledger_id == store.ledger_id:
            return
        found = f"ledger {ledger_id}"
    start.findings.append(
        Finding.at(
            first,
            "book",
            "the log does not begin with the creation of this ledger's book",
            expected=f"BookCreated of ledger {store.ledger_id}",
            found=found,
        )
    )


def _look_at_streams(store: EventStore, start: Start) -> None:
    start.stream_ids = list(store.stream_ids())


def _look_at_keys(store: EventStore, start: Start) -> None:
    for record in store.key_records():
        start.keys += 1
        start.archived_keys += record.last_position <= start.base


def _look_at_publications(store: EventStore, start: Start) -> None:
    try:
        start.findings += other_than_published(store)
    except DamagedLedger as error:  # to lose them costs no more than to publish again
        start.findings.append(Finding(check="head", message=error.message, derived=True))


def notes_on_the_future(store: EventStore) -> list[str]:
    """What is to be said of times in the future; nothing of a log that is too damaged to ask."""
    try:
        test = read_book(store).state.test
        surroundings = surroundings_of(store.surroundings.clock, test)
        return future_notes(store, surroundings.now(store.head().position + 1))
    except (LedgerError, *UNFIT):
        return []
