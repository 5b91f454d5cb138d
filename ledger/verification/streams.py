"""Streams: each is followed from its first event, by all that must hold along it.

The rules are asked again of every event, knowing what was known when it was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.commands.erased_texts import ErasureWatch
from ledger.commands.recorded_contents import flaws
from ledger.commands.recorded_rules import (
    Locks,
    StreamRules,
    are_of_one_append,
    rules_of,
    rules_since,
)
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import AGGREGATES
from ledger.domain.events import BalanceConfirmed, OpeningAmended
from ledger.errors import (
    ArchiveMissing,
    DamagedLedger,
    LedgerError,
    UnreadableEvent,
)
from ledger.eventstore.archive.records import ArchivedStream
from ledger.eventstore.codec import decode_strictly
from ledger.eventstore.metadata import check_metadata
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of
from ledger.projections.projection import DecodedEvent
from ledger.verification.control_totals import Totals
from ledger.verification.findings import Finding
from ledger.verification.followed_stream import (
    FollowedStream,
    against_the_rules,
    broken_rule,
    foreign,
    other_than_kept,
    wrong_mark,
    wrong_version,
)
from ledger.verification.stored_projections import FoldTask, Refolding
from ledger.verification.stored_snapshots import SnapshotCheck

_KNOWN_METADATA: Final = 1_000


class StreamCheck:
    """Looks at the events of whole streams, in the order of the log.

    Args:
        folds: the projections to fold anew.
        locks: those of the whole log.

    Attributes:
        snapshots: the check of the snapshots of these streams.
        refoldings: one for each projection.
        totals: what the accounts among these streams moved and hold.
        erasures: which texts were erased, and when.
        confirmed: the ids of the streams of which a balance was confirmed.
        unasked: of how many events the rules could not be asked without the archive.
    """

    def __init__(self, store: EventStore, folds: Iterable[FoldTask], locks: Locks) -> None:
        self._store = store
        self._locks = locks
        self._streams: dict[str, FollowedStream] = {}
        self._readable: list[DecodedEvent] = []
        self._moved: list[tuple[Any, int]] = []
        self._readable_metadata: set[str] = set()
        """Some that can be read: those of one run are mostly the same."""
        self.snapshots = SnapshotCheck(store)
        self.refoldings = [Refolding(fold) for fold in folds]
        self.totals = Totals()
        self.erasures = ErasureWatch(store)
        self.unasked = 0
        self._archive = archive_of(store)
        self.confirmed: set[str] = set()

    @property
    def stream_ids(self) -> list[str]:
        """The ids of the streams seen."""
        return list(self._streams)

    def begin_archived(self, archived: ArchivedStream) -> Iterator[Finding]:
        """Begin a stream with what was kept of it when its first events were archived."""
        stream_id = archived.stream_id
        rules: StreamRules | None = None
        try:
            if archived.aggregate_type in AGGREGATES:
                rules = rules_since(self._store, archived)
        except DamagedLedger as error:
            yield Finding(check="archive", account_id=stream_id, message=error.untold)
        stream = self._streams[stream_id] = FollowedStream(rules)
        stream.version, stream.highest = archived.version, archived.highest_effective_at
        yield from self.snapshots.begin(stream_id)
        stream.next_snapshot = self.snapshots.next_version(stream_id)
        if rules is None:
            stream.lost = True
            self._lose_row(stream_id)
        elif isinstance(rules.aggregate, BankAccount):
            state = rules.aggregate.state
            self.totals[state.currency, state.decimals].carried_over_minor += state.balance
            for refolding in self.refoldings:
                refolding.begin(rules.aggregate)

    def check(self, events: Iterable[RecordedEvent]) -> Iterator[Finding]:
        """What is wrong with the next events; the earlier ones of their streams were seen."""
        streams, readable, erasures = self._streams, self._readable, self.erasures
        for recorded in events:
            stream = streams.get(recorded.stream_id)
            if stream is None:
                stream = streams[recorded.stream_id] = FollowedStream(
                    rules_of(self._store, recorded)
                )
                yield from self._begin(recorded, stream)
            if recorded.version != stream.version + 1:
                yield wrong_version(recorded, stream)
                stream.lost = True
            stream.version = recorded.version
            if recorded.effective_at < stream.highest or recorded.backdated:
                yield from wrong_mark(recorded, stream)
            else:
                stream.highest = recorded.effective_at
            try:
                event = decode_strictly(recorded)
            except UnreadableEvent as error:
                yield Finding.at(recorded, "unreadable", error.message)
                event, stream.lost = None, True
            rules = stream.rules
            if (
                rules is not None
                and (changed := rules.unsettled) is not None
                and not are_of_one_append(changed, recorded)
            ):
                yield from self._settle(stream, rules, changed)
            if recorded.metadata not in self._readable_metadata:
                yield from self._read_metadata(recorded)
            if event is not None:
                erasures.see(recorded, event)
                for flaw in flaws(event, recorded.stream_id, recorded.position):
                    yield against_the_rules(recorded, flaw)
            if event is not None and rules is not None:
                broken = self._apply(event, recorded, stream, rules)
                if broken is not None:
                    yield broken
            if stream.boundary is not None and recorded.version >= stream.boundary.version:
                yield from other_than_kept(stream, recorded)
            if stream.lost:
                self._lose_for_projections(recorded)
            else:
                readable.append((recorded, event))
            if recorded.version >= stream.next_snapshot:
                known = None if stream.lost else stream.aggregate
                yield from self.snapshots.check(recorded, known)
                stream.next_snapshot = self.snapshots.next_version(recorded.stream_id)

    def _apply(
        self,
        event: Any,
        recorded: RecordedEvent,
        stream: FollowedStream,
        rules: StreamRules,
    ) -> Finding | None:
        """Apply an event to its aggregate; what the rules have against it, if anything."""
        if type(event) not in stream.event_types:
            stream.lost = True
            return foreign(recorded)
        broken, aggregate = None, rules.aggregate
        if not stream.lost:
            try:
                rules.ask(event, recorded, self._locks)
            except ArchiveMissing:
                self.unasked += 1
            except LedgerError as refusal:
                broken = broken_rule(recorded, stream, refusal)
                stream.doubtful = True
        if type(event) is BalanceConfirmed:
            self.confirmed.add(recorded.stream_id)
        if type(event) is OpeningAmended and aggregate.version:
            self.totals.change_opening(aggregate.state, event)
        try:
            aggregate.apply(event, recorded.effective_at)
        except AttributeError:  # it cannot begin a stream, which the rules have said
            return broken
        if type(aggregate) is BankAccount:
            self._moved.append((event, aggregate.state.decimals))
        return broken

    def project(self) -> Iterator[Finding]:
        """Fold the events that were checked into the projections and the totals."""
        self.totals.count(self._moved)
        for refolding in self.refoldings:
            yield from refolding.fold(self._readable)
        self._moved.clear()
        self._readable.clear()

    def lose(self, event: RecordedEvent) -> None:
        """Give up on an event that could not be checked."""
        self._lose_for_projections(event)
        stream = self._streams.get(event.stream_id)
        if stream is not None:
            stream.lost = True

    def lose_unknown(self, position: int) -> None:
        """Know that an event at a position, of whatever stream, cannot be read."""
        for refolding in self.refoldings:
            refolding.lose(position, None)

    def end(self) -> Iterator[Finding]:
        """Every stream has ended."""
        yield from self.snapshots.end()
        for stream in self._streams.values():
            if stream.rules is not None and (changed := stream.rules.unsettled) is not None:
                yield from self._settle(stream, stream.rules, changed)
            if isinstance(stream.aggregate, BankAccount) and stream.aggregate.version:
                state = stream.aggregate.state
                self.totals[state.currency, state.decimals].balances_minor += state.balance

    def _begin(self, first: RecordedEvent, stream: FollowedStream) -> Iterator[Finding]:
        yield from self.snapshots.begin(first.stream_id)
        stream.next_snapshot = self.snapshots.next_version(first.stream_id)
        if self._archive is not None:
            stream.boundary = self._archive.stream(first.stream_id)
        if stream.aggregate is None:
            yield Finding.at(
                first,
                "unknown_type",
                f"the stream is a {first.aggregate_type}, which is unknown here, and not checked",
                expected="a type that is known here",
                found=first.aggregate_type,
            )

    def _read_metadata(self, recorded: RecordedEvent) -> Iterator[Finding]:
        try:
            check_metadata(recorded)
        except UnreadableEvent as error:
            yield Finding.at(recorded, "unreadable", error.message)
            return
        if len(self._readable_metadata) >= _KNOWN_METADATA:
            self._readable_metadata.clear()
        self._readable_metadata.add(recorded.metadata)

    def _lose_for_projections(self, recorded: RecordedEvent) -> None:
        for refolding in self.refoldings:
            refolding.lose(recorded.position, recorded.stream_id)

    def _lose_row(self, stream_id: str) -> None:
        for refolding in self.refoldings:
            refolding.lose(0, stream_id)

    def _settle(
        self, stream: FollowedStream, rules: StreamRules, changed: RecordedEvent
    ) -> Iterator[Finding]:
        """What an append that has ended left behind, unless it follows from earlier findings."""
        try:
            if stream.lost or stream.doubtful:
                rules.unsettled = None
            else:
                rules.settle()
        except ArchiveMissing:
            self.unasked += 1
        except LedgerError as refusal:
            stream.doubtful = True
            yield against_the_rules(changed, refusal)
