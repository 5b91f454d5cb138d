"""Asking the rules of streams that something else may have written: right hashes keep no rule.

Each event is asked about with what was known when it was decided. Two things are known only around
it: what was locked, which the book says, and what all events of one append lead to together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, get_args

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import AGGREGATES, BEFORE_ALL_TIMES, Aggregate, Dated, Event
from ledger.domain.book_events import PeriodLocked, PeriodUnlocked
from ledger.domain.changes import check_lock
from ledger.domain.entries import Entry
from ledger.domain.event_history import rounds_to_nothing, unrounded_amount, was_rounded_to_nothing
from ledger.domain.events import (
    EntryAmended,
    EntryReversed,
    Movement,
    PersonalDataErased,
)
from ledger.domain.instant import format_instant
from ledger.domain.receipts import Receipt
from ledger.domain.recorded_changes import RecordedChange, check_change
from ledger.errors import (
    BalanceTooLarge,
    InsufficientFunds,
    InvalidAmount,
    InvalidTime,
    moment,
)
from ledger.eventstore.archive.records import ArchivedStream
from ledger.eventstore.archive.states import aggregate_at
from ledger.eventstore.codec import decode_event, parse_exactly
from ledger.eventstore.metadata import unrounded_in
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, event_at

_CHANGES: Final = frozenset(get_args(RecordedChange))


class Locks:
    """Until when the books were locked, at each position of the log.

    Attributes:
        highest: no lock was ever about a later moment (µs UTC).
    """

    def __init__(self) -> None:
        self.highest = BEFORE_ALL_TIMES
        self._positions: list[int] = []
        self._moments: list[int | None] = []

    def see(self, recorded: RecordedEvent, event: Any) -> None:
        """Take the next event of the book."""
        if isinstance(event, PeriodLocked | PeriodUnlocked):
            self._positions.append(recorded.position)
            self._moments.append(event.until)
            self.highest = max(self.highest, event.until or BEFORE_ALL_TIMES)

    def before(self, position: int) -> int | None:
        """The moment (µs UTC) that was locked when the event at a position was recorded."""
        number = bisect_left(self._positions, position)
        return self._moments[number - 1] if number else None


class StreamRules:
    """Asks the rules of one stream's events, which come in the order of their versions.

    Attributes:
        aggregate: as it was before the next event; whoever asks applies the event to it.
        unsettled: the last change so far of an append of which only the whole can be asked about;
            None where there is none.
    """

    __slots__ = (
        "_receipts",
        "_reversed_by",
        "_since",
        "_store",
        "aggregate",
        "unsettled",
    )

    def __init__(self, store: EventStore, aggregate: Aggregate[Any, Any]) -> None:
        self.aggregate = aggregate
        self.unsettled: RecordedEvent | None = None
        self._store = store
        self._since = 0
        self._reversed_by: dict[int, int] = {}
        self._receipts: dict[int, tuple[Receipt, ...]] = {}

    def ask(self, event: Any, recorded: RecordedEvent, locks: Locks) -> None:
        """Ask whether the next event could have been produced here.

        An append that is unsettled must be the event's own; see `are_of_one_append`.

        Raises:
            LedgerError: the rules refuse it.
        """
        aggregate, effective_at = self.aggregate, recorded.effective_at
        moves_figures = True
        if event.__class__ in _CHANGES and isinstance(aggregate, BankAccount):
            moves_figures = self._ask_about_change(event, recorded, aggregate)
        else:
            try:
                aggregate.check(event, effective_at)
            except InvalidAmount:
                if not isinstance(aggregate, BankAccount) or not _is_less_than_counts(
                    recorded, event
                ):
                    raise
                aggregate.check(event, effective_at, rounded_to_nothing=True)
            except (InsufficientFunds, BalanceTooLarge):
                if self.unsettled is None:
                    raise
            if self.unsettled is not None:
                self._ask_later(recorded)
        if (
            effective_at <= locks.highest
            and moves_figures
            and type(event) is not PersonalDataErased
            and isinstance(aggregate, BankAccount)
        ):
            check_lock(effective_at, locks.before(recorded.position))

    def settle(self) -> None:
        """See that the append, which has ended, left nothing behind that is against the rules.

        Raises:
            RuleViolation: the first bad moment since what it changed is named.
        """
        self.unsettled = None
        account = self.aggregate
        assert isinstance(account, BankAccount)
        account.check_since(self._since)

    def _ask_about_change(
        self, event: RecordedChange, recorded: RecordedEvent, account: BankAccount
    ) -> bool:
        """Whether it moves figures, which the rules allow.

        Raises:
            LedgerError: they refuse it.
        """
        change = check_change(account, event, recorded.effective_at, self._entry)
        if type(event) is EntryReversed and recorded.effective_at > recorded.recorded_at:
            self._check_ahead(event, recorded)
        if type(event) is EntryAmended:
            if event.receipts is not None:
                self._receipts[event.amends] = event.receipts
        elif change.moves_figures:
            if type(event) is EntryReversed:
                self._reversed_by[event.reverses] = recorded.version
            self._ask_later(recorded)
        return change.moves_figures

    def _check_ahead(self, event: EntryReversed, recorded: RecordedEvent) -> None:
        """A reversal lies in the future only where its entry does, at the same moment."""
        entry = self._entry(event.reverses)
        if entry is None or entry.effective_at != recorded.effective_at:
            raise InvalidTime(
                f"the reversal of version {event.reverses} of account {recorded.stream_id} was "
                f"recorded before {moment(recorded.effective_at)}, from when on it counts",
                advice="only an entry that a wrong clock dated ahead is reversed in the future",
                account_id=recorded.stream_id,
                at=format_instant(recorded.effective_at),
            )

    def _ask_later(self, recorded: RecordedEvent) -> None:
        """Ask about the path once all events of the append have counted."""
        since = recorded.effective_at
        if self.unsettled is not None and are_of_one_append(self.unsettled, recorded):
            since = min(self._since, since)
        self.unsettled, self._since = recorded, since

    def _entry(self, version: int) -> Entry | None:
        """An entry of its past with what matters of it; its texts and tags are those of then."""
        if not 0 < version <= self.aggregate.version:
            return None
        recorded = event_at(self._store, self.aggregate.stream_id, version)
        event = None if recorded is None else decode_event(recorded)
        if recorded is None or not isinstance(event, Movement):
            return None
        return Entry(
            version,
            recorded.effective_at,
            event,
            event.words,
            event.tags,
            self._receipts.get(version, event.receipts),
            self._reversed_by.get(version, 0),
        )


def rules_of(store: EventStore, first: RecordedEvent) -> StreamRules | None:
    """What asks the rules of the stream that an event begins; None where its type is not known."""
    kind = AGGREGATES.get(first.aggregate_type)
    if kind is None:
        return None
    return StreamRules(store, kind(first.stream_id, events_after=partial(_events_after, store)))


def rules_since(store: EventStore, archived: ArchivedStream) -> StreamRules:
    """What asks the rules of a stream from the state on that it had when its events were archived.

    Where they want to know what was before, they raise `ledger.errors.ArchiveMissing` if the
    archive is not at hand.

    Raises:
        DamagedLedger: the state cannot be read.
    """
    then = aggregate_at(archived)
    events_after = partial(_events_after, store, archived=archived)
    return StreamRules(
        store, type(then)(archived.stream_id, then.state, archived.version, events_after)
    )


def _events_after(
    store: EventStore,
    stream_id: str,
    at: int,
    version: int,
    *,
    archived: ArchivedStream | None = None,
) -> Iterator[Dated[Event]]:
    """The events of a stream up to a version that are effective after an instant (µs UTC).

    Read backwards, an event that is not backdated and happened by that instant has nothing but such
    events before it; so the search ends there. No snapshot is asked: those are checked, too.
    """
    first = 0
    if archived is not None and archived.highest_effective_at <= at:
        first = archived.version
    for earlier in store.read_stream(
        stream_id, after_version=first, to_version=version, newest_first=True
    ):
        if earlier.effective_at > at:
            yield Dated(earlier.version, earlier.effective_at, decode_event(earlier))
        elif not earlier.backdated:
            return


def are_of_one_append(one: RecordedEvent, other: RecordedEvent) -> bool:
    """Whether two events may have been appended together."""
    return one.recorded_at == other.recorded_at and one.metadata == other.metadata


def _is_less_than_counts(recorded: RecordedEvent, event: Any) -> bool:
    """Whether the amount comes from the older world, and was there less than can be counted."""
    data = parse_exactly(recorded.data)
    unrounded = unrounded_amount(recorded.event_type, recorded.schema_version, data)
    if unrounded is not None:
        return rounds_to_nothing(unrounded)
    noted = unrounded_in(recorded.metadata)  # of an event that a migration stored anew
    return noted is not None and was_rounded_to_nothing(noted, event.currency)
