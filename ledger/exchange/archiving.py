"""Archiving: the oldest events leave the ledger for sealed files in a folder.

Each segment is written and read again before anything of the ledger changes. Then one transaction
notes it in the book and removes what is in it. So whatever dies at whatever moment, each event is
in the ledger, or in a checked file that the ledger knows; and a further run goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec

from ledger.commands.book import change_book
from ledger.commands.context import Context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.erased_texts import ERASURE
from ledger.commands.known import position_known_by
from ledger.commands.recorded_rules import are_of_one_append
from ledger.commands.repository import before_opening
from ledger.domain.aggregate import AGGREGATES, Aggregate
from ledger.domain.book_events import LogArchived
from ledger.errors import (
    InvalidUsage,
    LedgerError,
    LockTimeout,
    NothingToArchive,
    StorageFailure,
    moment,
)
from ledger.eventstore.archive.agreement import check_agreement
from ledger.eventstore.archive.left_over import left_over, remove_begun
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.records import ArchivedStream, Archives, KeptArchive, SegmentRecord
from ledger.eventstore.archive.states import (
    aggregate_at,
    archived_stream,
    can_be_archived,
    kept_events,
    states_digest,
)
from ledger.eventstore.archive.writing import write_segment
from ledger.eventstore.codec import decode_events
from ledger.eventstore.publications import Publication, Publishes
from ledger.eventstore.records import Progress, RecordedEvent
from ledger.eventstore.store import EventStore, head_at
from ledger.exchange.archive_folder import check_one_folder

SEGMENT_EVENTS: Final = 250_000
"""Events of a segment at most: others can write between one and the next."""


class _Archiving(EventStore, Archives, Protocol):
    """A store that has an archive."""


class ArchiveReport(msgspec.Struct, frozen=True):
    """What was archived.

    Attributes:
        folder: where the segments are.
        segments: those that were written now, in order.
        to_position: the end of all that is archived.
        size_before, size_after: bytes that the ledger took, and takes now.
        published: where less was archived than was asked for, since it is not published yet: the
            name of the publication.
        not_shrunk: why the room that was left is not given back yet, and what to do; empty where it
            is.
        left_over: files with entries of this ledger in the folder that it does not know: a killed
            run left them, or they are of a copy of the ledger.
    """

    folder: str
    segments: tuple[SegmentRecord, ...]
    to_position: int
    size_before: int
    size_after: int
    published: str = ""
    not_shrunk: str = ""
    left_over: tuple[str, ...] = ()

    @property
    def events(self) -> int:
        """How many were archived."""
        return sum(each.last_position - each.first_position + 1 for each in self.segments)


def archive(
    store: EventStore,
    dispatcher: EventDispatcher,
    context: Context,
    folder: str,
    until: int,
    *,
    progress: Progress | None = None,
    reached: Callable[[str], None] = lambda step: None,
) -> ArchiveReport:
    """Archive everything that was known by a moment, as far as it is published everywhere.

    Args:
        folder: made where there is none.
        until: µs UTC.
        progress: called with (events archived, events there are to archive).
        reached: called with the name of each step that was done, for every segment.

    Raises:
        InvalidUsage: this kind of store has no archive.
        NothingToArchive: nothing is left that was recorded by then.
        DamagedLedger: what the store remembers of its archive is not what its log says.
        InvalidOption: what is archived already is in another folder.
        ArchiveMissing: it is in none that is known.
        StorageFailure: a segment cannot be written, or the ledger only be read; what was to leave
            it is still there.
    """
    if not isinstance(store, Archives):
        raise InvalidUsage(
            "this ledger cannot be archived: it is neither in a file nor on a server",
            advice="export its log instead",
        )
    check_agreement(store)
    begun_at = base = store.archive.position
    known = position_known_by(store, until)
    to, behind = _published_by_all(store, known)
    to = _end_of_append(store, base, to)
    if to <= base:
        raise _nothing(store, base, known, until, behind)
    if _is_all_of_archiving(store, base, to) and not check_one_folder(store, folder):
        raise _nothing_new(base, behind)
    store.check_may_put_away()
    remove_begun(store, folder)
    size_before = store.size()
    segments: list[SegmentRecord] = []
    with _telling_how_far_it_came(segments, begun_at):
        while base < to:
            end = to
            if to - base > SEGMENT_EVENTS:
                most = base + SEGMENT_EVENTS
                end = _end_of_append(store, base, most)
                end = most if end == base else end  # one append that is longer than that
            record = _archive_segment(store, dispatcher, context, folder, base, end, reached)
            if record is None:
                continue
            segments.append(record)
            base = end
            if progress:
                progress(base - begun_at, to - begun_at)
        not_shrunk = ""
        try:
            store.shrink()
            reached("shrunk")
        except (LockTimeout, StorageFailure) as error:
            not_shrunk = "; ".join(filter(None, (error.message, error.advice)))
        return ArchiveReport(
            os.path.abspath(folder),
            tuple(segments),
            to,
            size_before,
            store.size(),
            "" if behind is None else behind.name,
            not_shrunk,
            tuple(left_over(store, folder)),
        )


@contextmanager
def _telling_how_far_it_came(segments: Sequence[SegmentRecord], begun_at: int) -> Iterator[None]:
    """Have an error say how much is archived nevertheless."""
    try:
        yield
    except LedgerError as error:
        if segments:
            count = segments[-1].last_position - begun_at
            error.message = f"{count} changes are archived; what came then failed: {error.untold}"
        raise


def _archive_segment(
    store: _Archiving,
    dispatcher: EventDispatcher,
    context: Context,
    folder: str,
    base: int,
    end: int,
    reached: Callable[[str], None],
) -> SegmentRecord | None:
    """Archive the events in (base, end]; None where texts were erased meanwhile."""
    begun_at = store.head().position
    moved = check_one_folder(store, folder)
    previous = head_at(store, base)
    assert previous is not None
    states = _States(store.archive)
    events = states.fold(store.read_all(after_position=base, to_position=end))
    with OwnFiles(store) as own:
        record = write_segment(folder, store.ledger_id, previous, events, reached, own)
        record = msgspec.structs.replace(record, folder=store.archive.remembered(folder))
        with store.transaction():
            own.commit_begins()
            erasures = store.read_all(after_position=begun_at)
            if any(event.event_type == ERASURE for event in erasures):
                return None
            _check_still_right(store, base, end)
            kept = list(states.kept())
            all_states = {each.stream_id: each for each in (*store.archive.streams(), *kept)}
            digest = states_digest(
                (state for _, state in sorted(all_states.items())),
                kept_events(store, end, all_states.keys()),
            ).hex()
            archived = LogArchived(end, record.hash.hex(), record.manifest_sha256.hex(), digest)
            change_book(store, context, "archive", lambda book: archived)
            for each in moved:
                store.replace_segment(each)
            store.put_away(record, kept)
            dispatcher.catch_up()
            reached("recorded")
    reached("deleted")
    return record


class _States:
    """The states of streams after the events that are passed through."""

    def __init__(self, archive: KeptArchive) -> None:
        self._archive = archive
        self._folded: dict[str, _Folded] = {}

    def fold(self, events: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
        """Pass events through.

        Raises:
            UnreadableEvent: one cannot be read, so no state can be kept.
        """
        for recorded, event in decode_events(events):
            if can_be_archived(recorded.aggregate_type):
                folded = self._folded.get(recorded.stream_id)
                if folded is None:
                    folded = self._folded[recorded.stream_id] = self._begun(recorded)
                try:
                    folded.aggregate.apply(event, recorded.effective_at)
                except AttributeError as error:
                    raise before_opening(recorded) from error
                folded.aggregate.version = recorded.version
                folded.highest = max(folded.highest, recorded.effective_at)
                folded.recorded_at = recorded.recorded_at
            yield recorded

    def kept(self) -> Iterator[ArchivedStream]:
        """What is to be kept, by stream."""
        for _, folded in sorted(self._folded.items()):
            yield archived_stream(folded.aggregate, folded.highest, folded.recorded_at)

    def _begun(self, first: RecordedEvent) -> _Folded:
        before = self._archive.stream(first.stream_id)
        if before is not None:
            return _Folded(aggregate_at(before), before.highest_effective_at, 0)
        kind = AGGREGATES[first.aggregate_type]
        return _Folded(kind(first.stream_id), first.effective_at, 0)


class _Folded(msgspec.Struct):
    """A stream as far as it is folded."""

    aggregate: Aggregate[Any, Any]
    highest: int
    recorded_at: int


def _published_by_all(store: EventStore, position: int) -> tuple[int, Publication | None]:
    """The position, or an earlier one that a publication has not passed, and that publication."""
    behind = None
    if isinstance(store, Publishes):
        for each in store.publications.read():
            if each.position < position:
                position, behind = each.position, each
    return position, behind


def _end_of_append(store: EventStore, base: int, position: int) -> int:
    """The position, or one before it where an append ends: what was recorded together stays so.

    It is the base where there is no such one.
    """
    end = position
    following = _event_at(store, position + 1)
    while following is not None and end > base:
        last = _event_at(store, end)
        if last is None or not are_of_one_append(last, following):
            return end
        end -= 1
    return end


def _is_all_of_archiving(store: EventStore, base: int, position: int) -> bool:
    """Whether nothing was recorded since but that something was archived: each run would archive
    what the one before it has left."""
    events = store.read_all(after_position=base, to_position=position)
    return all(event.event_type == LogArchived.__name__ for event in events)


def _event_at(store: EventStore, position: int) -> RecordedEvent | None:
    return next(store.read_all(after_position=position - 1, to_position=position), None)


def _check_still_right(store: _Archiving, base: int, end: int) -> None:
    """See, under the lock, that nobody has archived or begun to publish meanwhile.

    Raises:
        LockTimeout: somebody has archived.
        NothingToArchive: a publication was begun that has not passed these events.
    """
    if store.archive.position != base:
        raise LockTimeout(
            "another process has archived entries meanwhile",
            advice="repeat the command",
            archived_to=store.archive.position,
        )
    to, behind = _published_by_all(store, end)
    if behind is not None:
        raise _to_be_published(
            behind,
            f"the publication {behind.name} was begun meanwhile, and is only at position {to}",
        )


def _to_be_published(behind: Publication, message: str) -> NothingToArchive:
    return NothingToArchive(
        message,
        advice="publish first, then archive",
        publication=behind.name,
        target=behind.target,
    )


def _nothing_new(base: int, behind: Publication | None) -> NothingToArchive:
    if behind is not None:
        return _all_to_be_published(behind)
    return NothingToArchive(
        "nothing was recorded since the last time that entries were archived",
        advice="archive again when there is more",
        to_position=base,
    )


def _all_to_be_published(behind: Publication) -> NothingToArchive:
    return _to_be_published(
        behind, f"all that could be archived is still to be published by {behind.name}"
    )


def _nothing(
    store: EventStore, base: int, known: int, until: int, behind: Publication | None
) -> NothingToArchive:
    if behind is not None and known > base:
        return _all_to_be_published(behind)
    later = (
        "name a later day: what counts is when entries were recorded, not their dates, and the "
        f"last change was recorded on {moment(store.head().recorded_us)}"
    )
    if base and known:
        return NothingToArchive(
            f"all that was recorded by {moment(until)} is archived already",
            advice=later,
            to_position=base,
        )
    return NothingToArchive(f"nothing was recorded by {moment(until)}", advice=later)
