"""Carrying whole logs between files and ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Final

import msgspec

from ledger.commands.book import read_book
from ledger.commands.context import Context
from ledger.commands.erased_texts import ERASURE, ErasureFacts, ErasureWatch, misplaced_texts
from ledger.commands.input_lines import numbered_lines
from ledger.commands.repository import AccountRepository, fold, unfolded
from ledger.domain.account import BankAccount
from ledger.domain.book_events import BookCreated
from ledger.domain.changes import check_lock
from ledger.domain.events import PersonalDataErased
from ledger.domain.instant import effective_time
from ledger.errors import (
    BrokenChain,
    ClockBehind,
    ErasedMeanwhile,
    ImportRefused,
    InvalidLine,
    InvalidOption,
    LedgerError,
)
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_strictly, new_event
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import Erases, EventStore, head_at, stream_version
from ledger.exchange.contents import ContentCheck
from ledger.exchange.export_format import (
    FORMAT,
    event_line,
    header_line,
    read_events,
    read_header,
)
from ledger.exchange.legacy_format import OlderEvent, read_older_event

IMPORT_COMMAND: Final = "import-events"


def export_lines(store: EventStore, to_position: int | None = None) -> Iterator[bytes]:
    """The log in the export format, line by line without line ends.

    Args:
        to_position: the last event; what comes after it is not read. None for all.

    Raises:
        InvalidOption: the log has no such position.
        ErasedMeanwhile: texts were erased while it was read, so some lines have what others lack.
    """
    begun_at = store.head().position
    head = store.head() if to_position is None else head_at(store, to_position)
    if head is None:
        raise InvalidOption(
            f"the log has no position {to_position}",
            advice=f"it ends at position {store.head().position}",
        )
    yield header_line(store.ledger_id, head, _erased_after(store, head.position))
    for event in store.read_all(to_position=head.position):
        yield event_line(event)
    if any(event.event_type == ERASURE for event in store.read_all(after_position=begun_at)):
        raise ErasedMeanwhile(
            "personal texts were erased while the log was exported",
            advice="discard what was written, and export it again",
        )


def _erased_after(store: EventStore, position: int) -> list[str]:
    """The accounts that were erased after a position, as far as the log can be read there."""
    erased: dict[str, None] = {}
    try:
        for event in store.read_all(after_position=position):
            if event.event_type == ERASURE:
                erased[event.stream_id] = None
    except LedgerError:  # of a damaged log its beginning is saved
        pass
    return list(erased)


class ImportReport(msgspec.Struct, frozen=True):
    """What an import of events did.

    Attributes:
        source: ``ledger-events`` (our own export) or ``older-world``.
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


class Importer:
    """Appends a log from elsewhere to a store, all of it or nothing.

    Args:
        snapshot_interval: streams at least so long get a snapshot; 0 for none.
    """

    def __init__(
        self, store: EventStore, loader: AccountRepository, *, snapshot_interval: int
    ) -> None:
        self._store = store
        self._loader = loader
        self._snapshot_interval = snapshot_interval

    def run(self, lines: Iterable[bytes], context: Context) -> ImportReport:
        """Import a log in the export format or the older world's, whichever its first line says.

        The caller holds the transaction, and keeps the projections up.

        Raises:
            InvalidLine: a line cannot be read; it is named.
            ImportRefused: the ledger is not empty, or has events of these accounts already; or an
                event is there twice, or was imported before.
            RuleViolation: an event breaks a rule, or would change a locked period; its line is
                named.
            BrokenChain: the hashes of an export do not follow from its events.
        """
        numbered = numbered_lines(lines)
        first = next(numbered, None)
        if first is None:
            raise InvalidLine("the file is empty", advice="name a file of events, one JSON a line")
        if _is_export(first[1]):
            return self._restore(first[1], numbered, context)
        return self._append_older(chain([first], numbered), context)

    def _restore(
        self, first: bytes, lines: Iterator[tuple[int, bytes]], context: Context
    ) -> ImportReport:
        header = read_header(first)
        streams: set[str] = set()
        book: BookCreated | None = None
        watch, contents = ErasureWatch(self._store), ContentCheck(self._store)
        line = 1

        def events() -> Iterator[RecordedEvent]:
            nonlocal line, book
            for line, event in read_events(lines):
                known = decode_strictly(event)
                if isinstance(known, BookCreated) and event.position == 1:
                    book = known
                watch.see(event, known)
                streams.add(event.stream_id)
                yield event  # whoever takes it checks its hash first
                contents.check(event, known, line)
            contents.end()

        try:
            head = self._store.restore(header.ledger_id, events())
        except ImportRefused:
            raise
        except LedgerError as refusal:
            raise refusal.at_line(line) from None
        if head.position < header.events:
            raise InvalidLine(
                f"the export is cut off: it has {head.position} of {header.events} events",
                advice="export the ledger again",
            )
        if (head.position, head.hash.hex()) != (header.events, header.head):
            raise BrokenChain(
                f"the log does not end as its header says: at position {head.position} with hash "
                f"{head.hash.hex()}, not at {header.events} with {header.head}",
                advice="the export was changed after it was written; export the ledger again",
            )
        if book is None or book.ledger_id != header.ledger_id:
            raise InvalidLine(
                "the export does not begin with the creation of its own book",
                advice="export the whole ledger again",
            )
        facts, later = watch.end(), []
        if header.erased_later is not msgspec.UNSET:
            later = [each for each in header.erased_later if each in streams]
        for account_id in later:
            facts.erasures[account_id] = self._erase_again(account_id, context)
        erased = self._apply_erasures(facts)
        self._take_snapshots(streams)
        end = self._store.head()
        return ImportReport(
            FORMAT,
            head.position,
            sum(not each.startswith("$") for each in streams),
            0,
            end.position,
            end.hash.hex(),
            erased=erased,
            carried_over=len(later),
        )

    def _erase_again(self, account_id: str, context: Context) -> int:
        """Record an erasure that stood in a part of the log that is not here; gives its position.

        Else the texts that it took away would be missing without a reason.
        """
        new = new_event(PersonalDataErased(), context.metadata(IMPORT_COMMAND))
        version = stream_version(self._store, account_id)
        (recorded,) = self._store.append(
            [StreamWrite(account_id, BankAccount.aggregate_type, version, (new,))]
        )
        return recorded.position

    def _apply_erasures(self, facts: ErasureFacts) -> int:
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
                    advice="the export was changed after it was written; export the ledger again",
                    position=event.position,
                    account_id=event.stream_id,
                )
        return self._store.erase_texts([event.position for event, _ in misplaced])

    def _append_older(self, lines: Iterable[tuple[int, bytes]], context: Context) -> ImportReport:
        from ledger.exchange.older_ids import OlderIds
        from ledger.exchange.older_names import OlderNames

        events = rounded = rounded_to_nothing = 0
        ids, names = OlderIds(), OlderNames()
        locked_until = self._locked_until()
        before = self._store.head().position
        with self._loader.locked():
            for number, line in lines:
                try:
                    older = read_older_event(line)
                    ids.add(older.event_id, number)
                    names.see(older)
                    self._append_one(older, context, locked_until)
                except ClockBehind:
                    raise
                except LedgerError as refusal:
                    raise refusal.at_line(number) from None
                events += 1
                rounded += older.rounded
                rounded_to_nothing += older.rounded_to_nothing
        ids.check_stored(self._store, before)
        self._take_snapshots(names)
        head = self._store.head()
        return ImportReport(
            "older-world",
            events,
            len(names),
            rounded,
            head.position,
            head.hash.hex(),
            rounded_to_nothing,
            renamed=names.renamed,
        )

    def _locked_until(self) -> int | None:
        """The moment (µs UTC) that the book is locked until."""
        book = read_book(self._store)
        return book.state.locked_until if book.version else None

    def _append_one(self, older: OlderEvent, context: Context, locked_until: int | None) -> None:
        from ledger.exchange.older_times import parse_older_time

        loaded = self._loader.load(older.aggregate_id)
        account = loaded.account
        if older.version != account.version + 1:
            held = f"version {account.version}" if account.version else "no events yet"
            raise ImportRefused(
                f"version {older.version} of account {older.aggregate_id} does not follow: the "
                f"account has {held}",
                advice="a log is imported once, whole and in order",
                account_id=older.aggregate_id,
            )
        position = self._store.head().position + 1
        now = self._store.surroundings.now(position)
        effective_at = effective_time(parse_older_time(older.timestamp), now)
        check_lock(effective_at, locked_until)
        account.check(older.event, effective_at, rounded_to_nothing=older.rounded_to_nothing)
        metadata = context.metadata(IMPORT_COMMAND, imported=older.imported)
        event = NewEvent(
            older.event_type, older.schema_version, older.data, metadata, effective_at, older.text
        )
        (recorded,) = self._store.append(
            [StreamWrite(account.stream_id, BankAccount.aggregate_type, account.version, (event,))],
            not_before=now,
        )
        account.apply(older.event, effective_at)
        loaded.recorded_at = recorded.recorded_at

    def _take_snapshots(self, stream_ids: Iterable[str]) -> None:
        if not self._snapshot_interval:
            return
        for stream_id in stream_ids:
            if stream_version(self._store, stream_id) >= self._snapshot_interval:
                aggregate = unfolded(self._store, stream_id)
                if aggregate is not None:
                    recorded_at = fold(aggregate, self._store.read_stream(stream_id))
                    self._store.snapshots.save(snapshots.take(aggregate, recorded_at))


def looked_into(lines: Iterable[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether lines are an export, which makes a ledger of its own; and all of the lines again.

    Raises:
        LedgerError: the first line cannot be read.
    """
    source = iter(lines)
    number, first = next(numbered_lines(source), (1, b""))
    # Blank lines before it may be many, and only their number matters.
    return _is_export(first), chain(repeat(b"\n", number - 1), [first], source)


def _is_export(line: bytes) -> bool:
    try:
        return "format" in msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
