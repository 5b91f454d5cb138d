"""Writing a ledger of today's format anew, with every event in its current schema version.

The new one is another log, so it has an id of its own. Its book is that of the source: the first
event of all says what it said there, but for the id, and all later ones stand where they stood. The
last event of the new log says where the others came from. It comes last so that no position and no
version changes, to which corrections of the clock refer; and since it comes after the erasures
of the source, it may say which head that had: what was erased there is in no hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ledger.commands.book import read_book
from ledger.commands.context import Context
from ledger.errors import BrokenChain, VerificationFailed
from ledger.eventstore.opening import stored_size
from ledger.eventstore.records import Head, Progress, RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.migration.completion import Completion
from ledger.migration.figures import Figures
from ledger.migration.opening import TODAYS_FORMAT
from ledger.migration.report import (
    MigrationReport,
    refuse_damaged,
    refuse_transformed,
)
from ledger.migration.source_event import Transform
from ledger.migration.todays.rewriting import NotCarriedOver, Rewriter

_SHOWN_AFTER: Final = 1_000
"""Events; so often it is told how far the writing is."""


class TodaysMigration:
    """One source on its way into an empty store.

    Args:
        path: of the source, for messages.
        source: a copy of it, which nobody else has.
        store: the new one.
        context: who migrates.
        lift: store every event in its current schema version.
        transform: gives the events that replace an event; None to replace none.
        progress: called with (how much is done, how much there is to do).
    """

    def __init__(
        self,
        path: str,
        source: EventStore,
        store: EventStore,
        context: Context,
        *,
        lift: bool,
        transform: Transform | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._path = path
        self._source = source
        self._head = source.head()
        self._store = store
        self._context = context
        self._transform = transform
        self._progress = progress
        ledger_id = store.surroundings.draw_uuid(self._head.position, "ledger")
        self._rewriter = Rewriter(
            source, ledger_id, store.surroundings, lift=lift, transform=transform
        )
        self._ledger_id = ledger_id
        self._figures = Figures()

    @property
    def time_zone(self) -> str:
        """IANA name of the zone that the book keeps."""
        return read_book(self._source).state.time_zones[-1][1]

    def show_verifying_source(self, done: int, _all_of_it: int) -> None:
        """Show how far the verification of the source is."""
        self._show(done)

    def check_source(self, findings: Sequence[Any]) -> None:
        """See that the source is what was written.

        Args:
            findings: what a verification of it has found.

        Raises:
            VerificationFailed: there are findings, other than about what is made from its log.
        """
        made_anew = ("snapshot", "projection", "idempotency")
        refuse_damaged(
            self._path,
            [each for each in findings if not (each.derived or each.check in made_anew)],
        )

    def carry_over(self) -> Completion:
        """Write all of it; what stands in the store is only good once the completion that this
        gives has ended, too.

        Raises:
            VerificationFailed: what a transformation gives cannot be in a log.
            InvalidUsage: parts of the source are in an archive.
        """
        try:
            self._store.restore(self._ledger_id, self._events())
        except NotCarriedOver as error:
            refuse_transformed(self._path, [error.finding])
        except BrokenChain as error:
            if self._transform is None:
                raise
            raise VerificationFailed(
                f"what the transformation makes of {self._path} is no sound ledger: "
                f"{error.message}",
                advice="correct the transformation; nothing was kept",
                path=self._path,
                count=0,
                findings=[],
            ) from None
        return Completion(
            self._path,
            self._store,
            self._rewriter.versions,
            self._figures,
            before=0,
            transformed=self._transform is not None,
            show_verifying=lambda done, _: self._show(2 * self._head.position + done),
        )

    def report(self, path: str, head: Head, accounts: int) -> MigrationReport:
        """What was made, now that it is at its path.

        Args:
            head: the end of the new log.
            accounts: how many there are.
        """
        return MigrationReport(
            source=self._path,
            path=path,
            source_ledger_id=self._source.ledger_id,
            source_head=self._head,
            source_format=TODAYS_FORMAT,
            ledger_id=self._ledger_id,
            head=head,
            time_zone=self.time_zone,
            events=self._head.position,
            accounts=accounts,
            kept=self._rewriter.kept,
            size=stored_size(path),
            lifted=self._rewriter.lifted,
        )

    def _events(self) -> Iterator[RecordedEvent]:
        for recorded in self._source.read_all():
            if recorded.position % _SHOWN_AFTER == 0:
                self._show(self._head.position + recorded.position)
            self._figures.count(recorded)
            yield from self._rewriter.replacing(recorded)
        yield self._rewriter.origin(self._context)

    def _show(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, 3 * self._head.position + 1)
