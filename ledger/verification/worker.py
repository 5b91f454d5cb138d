"""What one worker of a verification does, be it a process of its own or not.

What concerns neighbours in the log (positions, hashes, recorded times, transfers, idempotency keys)
is checked in ranges of the log; what concerns streams, in parts of the streams. A worker has one of
each. So one worker reads the log once; of several, each reads its range and, outside of it, only
its streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from operator import length_hint
from typing import Final

import msgspec

from ledger.commands.erased_texts import ErasureFacts
from ledger.commands.recorded_rules import Locks
from ledger.domain.book import BOOK_STREAM
from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore.archive.states import kept_events
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of, head_at
from ledger.projections.folding import AnyRows
from ledger.verification.archived import NOWHERE, archive_looked_for_in
from ledger.verification.chain import ChainCheck
from ledger.verification.control_totals import Totals
from ledger.verification.findings import Finding
from ledger.verification.idempotency_keys import KeyCheck, have_one_key
from ledger.verification.readable_events import BEFORE_ALL, Damage, Page, readable_pages
from ledger.verification.stored_projections import FoldTask
from ledger.verification.streams import StreamCheck
from ledger.verification.transfers import ImportedSide, TransferCheck, are_two_sides

UNFIT: Final = (TypeError, AttributeError, ValueError, ArithmeticError)
"""What looking at values of other types than a column's can raise: nothing but a table that is not
the one which ledger made lets them in."""


class Task(msgspec.Struct, frozen=True):
    """A worker's share.

    Attributes:
        head: the position up to which the log is verified.
        after, to: its range of the log are the positions in (after, to].
        part, parts: its part of the streams, of so many.
        folds: the projections to fold anew.
        base: the end of an archive that is not looked at; 0 where all of the log is.
        folder: where the archive is looked for.
    """

    head: int
    after: int
    to: int
    part: int
    parts: int
    folds: tuple[FoldTask, ...]
    base: int = 0
    folder: str = NOWHERE


class Share(msgspec.Struct):
    """What came of a task.

    Attributes:
        damages: the places that cannot be read, by position.
        events: how many events its range has.
        transfers: how many transfers of its range have both sides.
        imported_sides: sides from a log of the older world, which are still to be paired.
        recorded_keys: how many idempotency keys of its range have a record.
        stream_ids: its streams that have events.
        snapshots, outdated_snapshots: how many its streams have, and how many of them are not used.
        rows: for each projection, what its streams give.
        unknown_rows: for each projection, the streams of which the rows are not known.
        failures: for each projection, why no row is known; empty where they are.
        totals: of its streams.
        erasures: what is known of erased texts in its streams.
        confirmed: its streams of which a balance was confirmed.
        unasked: of how many events of its streams the rules could not be asked without the archive.
    """

    findings: list[Finding]
    damages: list[Damage]
    events: int
    transfers: int
    imported_sides: list[ImportedSide]
    recorded_keys: int
    stream_ids: list[str]
    snapshots: int
    outdated_snapshots: int
    rows: list[AnyRows]
    unknown_rows: list[set[str]]
    failures: list[str]
    totals: Totals
    erasures: ErasureFacts
    confirmed: set[str]
    unasked: int


def range_ends(store: EventStore, base: int, head: int, count: int) -> list[int]:
    """Where ranges of the log between two positions end, so that they are about equally long.

    A range ends with an event that can be read. None ends between the sides of a transfer or
    between the events of a command that came with an idempotency key.
    """
    ends: list[int] = []
    for number in range(1, count):
        near = max(base + (head - base) * number // count, *ends[-1:], base + 1)
        ends.append(_end_near(store, near, head))
    return [*ends, head]


def _end_near(store: EventStore, position: int, head: int) -> int:
    before: RecordedEvent | None = None
    for page in readable_pages(store, after=position - 1, to=head):
        for event in page.events:
            if before is not None and not (
                event.position == before.position + 1
                and (are_two_sides(before, event) or have_one_key(before, event))
            ):
                return before.position
            before = event
    return head


def check_share(store: EventStore, task: Task, report: Callable[[int], None]) -> Share:
    """Do a task; ``report`` is called with how many events of its streams were looked at."""
    with archive_looked_for_in(store, task.folder):
        return _Work(store, task, report).do()


class _Work:
    """A task that is being done."""

    def __init__(self, store: EventStore, task: Task, report: Callable[[int], None]) -> None:
        self._store = store
        self._task = task
        self._report = report
        self._chain = _chain_check(store, task.after)
        self._transfers = TransferCheck(store)
        self._keys = KeyCheck(store)
        self._streams = StreamCheck(store, task.folds, _locks(store))
        self._own: AbstractSet[str] | None = None
        """The ids of its streams; None for all."""
        if task.parts > 1:
            self._own = frozenset(store.stream_ids(part=task.part, parts=task.parts))
        self._findings: list[Finding] = []
        self._damages: dict[int, Damage] = {}
        self._events = 0
        self._looked_at = 0

    def do(self) -> Share:
        task, findings = self._task, self._findings
        if task.base:
            self._begin_with_kept()
        begin = task.base or BEFORE_ALL
        if task.after > task.base:
            self._read_outside(begin, task.after)
            begin = task.after
        for page in readable_pages(self._store, after=begin, to=task.to):
            self._check_range(page)
            self._check_streams(page)
        if task.to < task.head:
            self._read_outside(task.to, task.head)
        findings += self._chain.end(task.to)
        findings += self._transfers.end()
        findings += self._keys.end()
        findings += self._streams.end()
        refoldings = self._streams.refoldings
        return Share(
            findings=findings,
            damages=[damage for _, damage in sorted(self._damages.items())],
            events=self._events,
            transfers=self._transfers.pairs,
            imported_sides=self._transfers.imported,
            recorded_keys=self._keys.recorded,
            stream_ids=self._streams.stream_ids,
            snapshots=self._streams.snapshots.count,
            outdated_snapshots=self._streams.snapshots.outdated,
            rows=[each.rows for each in refoldings],
            unknown_rows=[each.unknown for each in refoldings],
            failures=[each.failure for each in refoldings],
            totals=self._streams.totals,
            erasures=self._streams.erasures.end(),
            confirmed=self._streams.confirmed,
            unasked=self._streams.unasked,
        )

    def _begin_with_kept(self) -> None:
        """Begin with what is kept of the archive: the states of accounts, and whole streams."""
        archive = archive_of(self._store)
        assert archive is not None
        archived_ids = set()
        for archived in archive.streams():
            archived_ids.add(archived.stream_id)
            if self._own is None or archived.stream_id in self._own:
                self._findings += self._streams.begin_archived(archived)
        kept = kept_events(self._store, self._task.base, archived_ids)
        self._check_streams(Page(kept))

    def _read_outside(self, after: int, to: int) -> None:
        part, parts = self._task.part, self._task.parts
        for page in readable_pages(self._store, after=after, to=to, part=part, parts=parts):
            self._check_streams(page)

    def _check_range(self, page: Page) -> None:
        self._events += len(page.events)
        self._check(page.events, self._chain.check, self._skip)
        self._check(page.events, self._transfers.check)
        self._check(page.events, self._keys.check)
        if page.damage is not None:
            self._findings += self._chain.skip(page.damage.position)
            self._damages[page.damage.position] = page.damage

    def _check_streams(self, page: Page) -> None:
        events = page.events
        if self._own is not None:
            events = [event for event in events if event.stream_id in self._own]
        self._check(events, self._streams.check, self._streams.lose)
        self._findings += self._streams.project()
        if page.damage is not None:
            self._streams.lose_unknown(page.damage.position)
        self._looked_at += len(events)
        self._report(self._looked_at)

    def _check(
        self,
        events: Sequence[RecordedEvent],
        check: Callable[[Iterator[RecordedEvent]], Iterable[Finding]],
        give_up: Callable[[RecordedEvent], None] = lambda event: None,
    ) -> None:
        """Check events, stepping over those that are not what the types of their fields say."""
        rest = iter(events)
        while True:
            try:
                self._findings.extend(check(rest))
                return
            except UNFIT:
                event = events[len(events) - length_hint(rest) - 1]
                self._damages[event.position] = Damage(
                    event.position, "the event is not stored as events are", event
                )
                give_up(event)

    def _skip(self, event: RecordedEvent) -> None:
        self._findings += self._chain.skip(event.position)


def _locks(store: EventStore) -> Locks:
    """The locks of the whole log, as far as its book can be read."""
    locks = Locks()
    with suppress(LedgerError, *UNFIT):  # which is found elsewhere
        for recorded in store.read_stream(BOOK_STREAM):
            locks.see(recorded, decode_event(recorded))
    return locks


def _chain_check(store: EventStore, after: int) -> ChainCheck:
    if not after:
        return ChainCheck(0, empty_head(store.ledger_id).hash, BEFORE_ALL)
    try:
        before = head_at(store, after)
    except DamagedLedger:  # which is found where it is
        before = None
    if before is None:
        return ChainCheck(after, None, BEFORE_ALL)
    previous = before.hash if type(before.hash) is bytes else None  # a damaged file may hold others
    return ChainCheck(after, previous, before.recorded_us)
