"""Carrying whole logs between files and ledgers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import chain, islice, repeat
from typing import Final

import msgspec

from ledger.commands.book import read_book
from ledger.commands.context import Context
from ledger.commands.erased_texts import ERASURE
from ledger.commands.input_lines import numbered_lines
from ledger.commands.repository import AccountRepository
from ledger.domain.account import BankAccount
from ledger.domain.changes import check_lock
from ledger.domain.instant import effective_time
from ledger.errors import (
    ClockBehind,
    ErasedMeanwhile,
    ImportRefused,
    InvalidLine,
    InvalidOption,
    LedgerError,
)
from ledger.eventstore.export_format import (
    event_line,
    header_line,
    read_events,
    read_header,
)
from ledger.eventstore.records import NewEvent, StreamWrite
from ledger.eventstore.store import EventStore, head_at
from ledger.exchange.legacy_format import OlderEvent, read_older_event
from ledger.exchange.restoring import IMPORT_COMMAND, ImportReport, Restoring, take_snapshots


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
    events = store.read_all(to_position=head.position)
    first = list(islice(events, 1))  # before anything is written: it may not be at hand
    yield header_line(store.ledger_id, head, _erased_after(store, head.position))
    for event in chain(first, events):
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
        """Import a log in the export format, as it was published, or the older world's, whichever
        its first line says.

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
        second = next(numbered, None) if first[1].strip() == b"{" else None
        _check_no_archive(first[1], b"" if second is None else second[1])
        numbered = chain(() if second is None else (second,), numbered)
        kind = _kind(first[1])
        if kind is _Kind.OLDER:
            return self._append_older(chain([first], numbered), context)
        restoring = Restoring(self._store, context, snapshot_interval=self._snapshot_interval)
        if kind is _Kind.EXPORTED:
            return restoring.run(read_header(first[1]), read_events(numbered))
        from ledger.exchange.publishing.read_back import each_once, ledger_of, read_published

        ledger_id = ledger_of(first[1], first[0])
        published = each_once(self._store, ledger_id, chain([first], numbered))
        return restoring.run_published(ledger_id, read_published(published))

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
        take_snapshots(self._store, names, self._snapshot_interval)
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


def looked_into(lines: Iterable[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether lines make a ledger of its own, as an export does; and all of the lines again.

    Raises:
        LedgerError: the first line cannot be read.
    """
    source = iter(lines)
    number, first = next(numbered_lines(source), (1, b""))
    # Blank lines before it may be many, and only their number matters.
    return _kind(first) is not _Kind.OLDER, chain(repeat(b"\n", number - 1), [first], source)


class _Kind(Enum):
    EXPORTED = auto()
    PUBLISHED = auto()
    OLDER = auto()


_GZIP: Final = b"\x1f\x8b"

_OF_AN_ARCHIVE: Final = re.compile(rb'\{?\s*"format":\s*"ledger-archive')


def _check_no_archive(first: bytes, second: bytes) -> None:
    """See that two lines are not the beginning of a file of an archive.

    Raises:
        InvalidLine: they may be; what it says is true of other packed files, too.
    """
    is_packed = first.startswith(_GZIP)
    if not is_packed and not any(map(_OF_AN_ARCHIVE.match, (first, second))):
        return
    raise InvalidLine(
        "this file is packed, as the files of an archive are"
        if is_packed
        else "this is a file of an archive, which has only a part of a log",
        advice=("unpack a log that was exported; " if is_packed else "")
        + "of a ledger that has an archive, export the whole log",
        of_archive=True,
    )


def _kind(line: bytes) -> _Kind:
    """What kind of log has such a first line."""
    try:
        names = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Kind.OLDER
    if "format" in names:
        return _Kind.EXPORTED
    return _Kind.PUBLISHED if "specversion" in names else _Kind.OLDER
