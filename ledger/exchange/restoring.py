"""Making a ledger again from its log, with every hash, and without the texts that it erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from ledger.commands.context import Context
from ledger.commands.erased_texts import ErasureFacts, ErasureWatch, misplaced_texts
from ledger.commands.repository import fold, unfolded
from ledger.domain.account import BankAccount
from ledger.domain.book_events import BookCreated
from ledger.domain.events import PersonalDataErased
from ledger.errors import BrokenChain, ImportRefused, InvalidLine, LedgerError
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_strictly, new_event
from ledger.eventstore.export_format import FORMAT, ExportHeader
from ledger.eventstore.records import Head, RecordedEvent, StreamWrite
from ledger.eventstore.store import Erases, EventStore, stream_version
from ledger.exchange.contents import ContentCheck

IMPORT_COMMAND: Final = "import-events"

PUBLISHED: Final = "published-events"
"""What a report calls a log that was published."""

_EXPORT_AGAIN: Final = "the export was changed after it was written; export the ledger again"
_PUBLISH_THE_REST: Final = (
    "if the ledger has not been published to its end, publish the rest and import it again; else "
    "what was published was changed"
)


class ImportReport(msgspec.Struct, frozen=True):
    """What an import of events did.

    Attributes:
        source: ``ledger-events`` (our own export), ``published-events`` or ``older-world``.
        events, accounts: how many were added.
        rounded: how many decimal amounts had to be rounded to minor units.
        rounded_to_nothing: of how many of these nothing was left.
        erased: how many texts the log itself said were erased later, and still had.
        carried_over: how many erasures were recorded anew, since they stood after the end of the
            part of a log that was exported.
        renamed: the accounts whose ids there cannot be ids here, each with the id that it has here.
    """

    source: str
    events: int
    accounts: int
    rounded: int
    head_position: int
    head_hash: str
    rounded_to_nothing: int = 0
    erased: int = 0
    carried_over: int = 0
    renamed: dict[str, str] = {}


class Restoring:
    """Restores a log into an empty store. The caller holds the transaction.

    Args:
        context: of this run, for what it has to record itself.
        snapshot_interval: streams at least so long get a snapshot; 0 for none.
    """

    def __init__(self, store: EventStore, context: Context, *, snapshot_interval: int) -> None:
        self._store = store
        self._context = context
        self._snapshot_interval = snapshot_interval

    def run(
        self, header: ExportHeader, events: Iterator[tuple[int, RecordedEvent]]
    ) -> ImportReport:
        """Restore an export; see `ledger.exchange.log_files.Importer.run` for what is refused.

        Args:
            events: each with its line.
        """
        log = self._take_in(header.ledger_id, events)
        head = log.head
        if head.position < header.events:
            raise InvalidLine(
                f"the export is cut off: it has {head.position} of {header.events} events",
                advice="export the ledger again",
            )
        if (head.position, head.hash.hex()) != (header.events, header.head):
            raise BrokenChain(
                f"the log does not end as its header says: at position {head.position} with hash "
                f"{head.hash.hex()}, not at {header.events} with {header.head}",
                advice=_EXPORT_AGAIN,
            )
        if not log.begins_well:
            raise InvalidLine(
                "the export does not begin with the creation of its own book",
                advice="export the whole ledger again",
            )
        later: list[str] = []
        if header.erased_later is not msgspec.UNSET:
            later = [each for each in header.erased_later if each in log.streams]
        for account_id in later:
            log.erasures.erasures[account_id] = self._erase_again(account_id)
        return self._finish(log, FORMAT, _EXPORT_AGAIN, carried_over=len(later))

    def run_published(
        self, ledger_id: str, events: Iterator[tuple[int, RecordedEvent]]
    ) -> ImportReport:
        """Restore what was published of a ledger; nothing there says where it ends.

        Args:
            events: in the order of the log, each once, with its line.
        """
        log = self._take_in(ledger_id, events)
        if not log.begins_well:
            raise InvalidLine(
                "what was published does not begin with the creation of its own book",
                advice="publish the whole ledger again",
            )
        return self._finish(log, PUBLISHED, _PUBLISH_THE_REST)

    def _take_in(self, ledger_id: str, coming: Iterator[tuple[int, RecordedEvent]]) -> _Log:
        streams: set[str] = set()
        book: BookCreated | None = None
        watch, contents = ErasureWatch(self._store), ContentCheck(self._store)
        line = 1

        def events() -> Iterator[RecordedEvent]:
            nonlocal line, book
            for line, event in coming:
                known = decode_strictly(event)
                if isinstance(known, BookCreated) and event.position == 1:
                    book = known
                watch.see(event, known)
                streams.add(event.stream_id)
                yield event  # whoever takes it checks its hash first
                contents.check(event, known, line)
            contents.end()

        try:
            head = self._store.restore(ledger_id, events())
        except ImportRefused:
            raise
        except LedgerError as refusal:
            raise refusal.at_line(line) from None
        begins_well = book is not None and book.ledger_id == ledger_id
        return _Log(head, streams, watch.end(), begins_well)

    def _erase_again(self, account_id: str) -> int:
        """Record an erasure that stood in a part of the log that is not here; gives its position.

        Else the texts that it took away would be missing without a reason.
        """
        new = new_event(PersonalDataErased(), self._context.metadata(IMPORT_COMMAND))
        version = stream_version(self._store, account_id)
        (recorded,) = self._store.append(
            [StreamWrite(account_id, BankAccount.aggregate_type, version, (new,))]
        )
        return recorded.position

    def _finish(
        self, log: _Log, source: str, advice: str, *, carried_over: int = 0
    ) -> ImportReport:
        erased = self._apply_erasures(log.erasures, advice)
        take_snapshots(self._store, log.streams, self._snapshot_interval)
        end = self._store.head()
        return ImportReport(
            source,
            log.head.position,
            sum(not each.startswith("$") for each in log.streams),
            0,
            end.position,
            end.hash.hex(),
            erased=erased,
            carried_over=carried_over,
        )

    def _apply_erasures(self, facts: ErasureFacts, advice: str) -> int:
        """Erase the texts that a log has in spite of its own erasures, as one published before.

        Raises:
            BrokenChain: a text was taken out though no erasure says so.
        """
        if facts.hold or not isinstance(self._store, Erases):
            return 0
        misplaced = list(misplaced_texts(self._store, self._store.read_all(), facts.erasures))
        for event, wanted in misplaced:
            if not wanted:
                raise BrokenChain(
                    f"the text of the event at position {event.position} was taken out, and no "
                    "erasure in the log says so",
                    advice=advice,
                    position=event.position,
                    account_id=event.stream_id,
                )
        return self._store.erase_texts([event.position for event, _ in misplaced])


class _Log(msgspec.Struct):
    """What was taken in.

    Attributes:
        begins_well: whether it begins with the creation of the ledger's own book.
    """

    head: Head
    streams: set[str]
    erasures: ErasureFacts
    begins_well: bool


def take_snapshots(store: EventStore, stream_ids: Iterable[str], interval: int) -> None:
    """Take a snapshot of each stream that is at least so long; of none where that is 0."""
    if not interval:
        return
    for stream_id in stream_ids:
        if stream_version(store, stream_id) >= interval:
            aggregate = unfolded(store, stream_id)
            if aggregate is not None:
                recorded_at = fold(aggregate, store.read_stream(stream_id))
                store.snapshots.save(snapshots.take(aggregate, recorded_at))
