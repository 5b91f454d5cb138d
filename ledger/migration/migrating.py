"""Writing a ledger anew from one of an older file format.

The new one is another log: its chain begins with its own id and runs over other bytes, so it gets
an id of its own, and two that were made of the same source are told apart. Where it came from is
the second fact in it. These two facts take the first time that the source knows, so that none of
its events is recorded before the one before it, and whatever was asked about the past is answered
as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from ledger.commands.book import change_book
from ledger.commands.context import Context
from ledger.domain.book import Book
from ledger.domain.book_events import BookCreated, LedgerMigrated, TestLedger
from ledger.domain.instant import EARLIEST
from ledger.errors import VersionConflict
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import keyed_part
from ledger.eventstore.opening import stored_size
from ledger.eventstore.records import Head, KeyedRequest, Progress, StreamWrite
from ledger.eventstore.store import EventStore
from ledger.migration.completion import Completion
from ledger.migration.figures import Figures
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.findings import (
    MOST_FINDINGS,
    Finding,
    SourceReport,
    refuse_damaged,
)
from ledger.migration.format1.ledger_file import FORMAT
from ledger.migration.format1.source import Source
from ledger.migration.format1.verification import verified_events
from ledger.migration.report import MigrationReport
from ledger.migration.source_event import Transform
from ledger.migration.translation import NotTranslatable, TodaysEvent, Translator

COMMAND: Final = "migrate"

BOOK_EVENTS: Final = 2
"""So many come before the first event of the source."""

_PER_TRANSACTION: Final = 10_000
"""Commands; what more of them have written is not held back by SQLite."""

_TOGETHER: Final = 500
"""Events that are appended together."""

_Command = tuple[KeyedRequest | None, list[TodaysEvent]]
"""Events that came with one idempotency key; without one, a single event."""


class Migration:
    """One source on its way into an empty store.

    Args:
        context: who migrates, in which run.
        time_zone: IANA name of the book's.
        lift: store what came from the older world in today's schema versions, too.
        transform: gives the events that replace an event; None to replace none.
        progress: called with (how much is done, how much there is to do).
    """

    def __init__(
        self,
        source: Source,
        store: EventStore,
        context: Context,
        *,
        time_zone: str,
        lift: bool = False,
        transform: Transform | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._source = source
        self._store = store
        self._context = context
        self._lift = lift
        self._transform = transform
        self._progress = progress
        self._time_zone = time_zone
        self._translator: Translator
        self._figures = Figures()
        self._versions: dict[str, int] = {}
        self._findings: list[Finding] = []
        self._events = 0

    def carry_over(self, test: TestLedger | None = None) -> Completion:
        """Write all of it; what stands in the store is only good once the completion that this
        gives has ended, too.

        Args:
            test: of a test ledger.

        Raises:
            VerificationFailed: the source is damaged; the details have the findings.
            StorageFailure: a disk fails, or somebody wrote to the source meanwhile.
        """
        events = verified_events(self._source)
        first = next(events, None)
        self._translator = Translator(
            lift=self._lift,
            transform=self._transform,
            time_zone=self._time_zone,
            mark_key=self._begin(first, test),
        )
        commands = self._commands(chain(() if first is None else (first,), events))
        while block := list(islice(commands, _PER_TRANSACTION)):
            with self._store.transaction():
                self._append_all(block)
            self._show(self._events)
        streams, findings = len(self._figures.versions), tuple(self._findings)
        refuse_damaged(self._source, SourceReport(self._events, streams, findings, len(findings)))
        return Completion(
            self._source.path,
            self._store,
            self._versions,
            self._figures,
            before=BOOK_EVENTS,
            transformed=self._transform is not None,
            show_verifying=lambda done, _: self._show(self._source.head.position + done),
        )

    def report(self, path: str, head: Head, accounts: int) -> MigrationReport:
        """What was made, now that it is at its path.

        Args:
            head: the end of the new log.
            accounts: how many there are.
        """
        source = self._source
        return MigrationReport(
            source=source.path,
            path=path,
            source_ledger_id=source.ledger_id,
            source_head=source.head,
            source_format=FORMAT,
            ledger_id=self._store.ledger_id,
            head=head,
            time_zone=self._time_zone,
            events=self._events,
            accounts=accounts,
            kept=self._translator.kept,
            size=stored_size(path),
            lifted=self._translator.lifted,
            renamed=self._translator.renamed,
        )

    def _show(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, 2 * self._source.head.position + BOOK_EVENTS)

    def _begin(self, first: Format1Event | None, test: TestLedger | None) -> bytes:
        """Write the facts about the ledger itself; gives the salt of where it came from."""
        source, store = self._source, self._store
        latest = store.surroundings.now(1) if first is None else first.recorded_at
        began_at = max(EARLIEST, min(source.created_at, latest))
        head = f"{source.head.position}:{source.head.hash.hex()}"

        def create(book: Book) -> BookCreated:
            return book.create(store.ledger_id, self._time_zone, "", test)

        def came_from(_: Book) -> LedgerMigrated:
            return LedgerMigrated(source.ledger_id, FORMAT, head)

        with store.transaction():
            change_book(store, self._context, COMMAND, create, recorded_at=began_at)
            origin = change_book(store, self._context, COMMAND, came_from, recorded_at=began_at)
        assert origin.salt is not None
        return origin.salt

    def _commands(self, events: Iterable[Format1Event]) -> Iterator[_Command]:
        """What takes the place of the events, in their order."""
        keyed: KeyedRequest | None = None
        run: list[TodaysEvent] = []
        for event in events:
            for todays in self._translated(event):
                found = _keyed(todays)
                if run and (found is None or keyed is None or found.key != keyed.key):
                    yield keyed, run
                    run = []
                if found is None:
                    yield None, [todays]
                else:
                    keyed = found
                    run.append(todays)
        if run:
            yield keyed, run

    def _translated(self, event: Format1Event) -> list[TodaysEvent]:
        self._events += 1
        try:
            todays = self._translator.translate(event)
        except NotTranslatable as error:
            self._find(error.finding)
            return []
        self._figures.count(event)
        return todays

    def _append_all(self, commands: Iterable[_Command]) -> None:
        """Append consecutive commands, in the caller's transaction."""
        waiting: list[TodaysEvent] = []
        for keyed, events in commands:
            if keyed is None:
                waiting += events
            if keyed is not None or len(waiting) >= _TOGETHER:
                self._append(waiting)
                waiting = []
            if keyed is not None:
                self._append(events, keyed)
        self._append(waiting)

    def _append(self, events: Sequence[TodaysEvent], keyed: KeyedRequest | None = None) -> None:
        if not events or self._findings:  # it is read to its end, to tell all that is wrong
            return
        writes = []
        for each in events:
            version = self._versions.get(each.stream_id, 0)
            writes.append(
                StreamWrite(
                    each.stream_id, each.aggregate_type, version, (each.new,), each.recorded_at
                )
            )
            self._versions[each.stream_id] = version + 1
        try:
            self._store.append(writes, keyed=keyed)
        except VersionConflict:
            if keyed is None:
                raise
            message = f"idempotency key {keyed.key!a} was used by another command before"
            self._find(
                Finding(check="idempotency", message=message, account_id=writes[0].stream_id)
            )

    def _find(self, finding: Finding) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(finding)


def _keyed(event: TodaysEvent) -> KeyedRequest | None:
    """The key that an event came with, and the fingerprint of its request in today's form."""
    metadata = event.new.metadata
    if '"idempotency_key"' not in metadata:
        return None
    found = keyed_part(metadata)
    if found.idempotency_key is None:
        return None
    return KeyedRequest(found.idempotency_key, request_fingerprint(bytes(found.request)))
