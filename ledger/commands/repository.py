"""Loading accounts: steps one and two of every command, and the way to any point in the past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import AGGREGATES, Aggregate, Dated
from ledger.domain.validation import check_account_id, is_id
from ledger.errors import DamagedLedger, NoSuchAccount, UnreadableEvent
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_event, decode_events
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

if TYPE_CHECKING:
    from ledger.commands.entry_changes import EntryChanges

_KEPT: Final = 100_000
"""Accounts; each takes some 500 bytes."""

_PASTS_KEPT: Final = 2_000_000
"""Events that accounts asked for; each takes 80 bytes of an account's path at most."""

_AnyAggregate = TypeVar("_AnyAggregate", bound=Aggregate[Any, Any])


class LoadedAccount(msgspec.Struct):
    """An account and when its last event was recorded (µs UTC; 0 where there is none).

    Attributes:
        entry_changes: None where no entry of it was to be put right.
    """

    account: BankAccount
    recorded_at: int = 0
    snapshot_version: int = 0
    entry_changes: EntryChanges | None = None


class AccountRepository:
    """Folds streams into accounts, from the newest usable snapshot on.

    The accounts that were loaded for commands are kept. A kept one is a snapshot in memory: what
    came since is folded into it when it is loaded again. While `locked` is on not even that is
    done; only a caller that holds the write lock, and folds its own appends into the accounts, may
    ask for it.

    Attributes:
        is_locked: whether that is on.
        kept: those accounts, by id.
        next_position: of the log, had nobody else written since this object did; 0 where that is
            not known, since what it wrote may not have been committed.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.kept: dict[str, LoadedAccount] = {}
        self.next_position = 0
        self.is_locked = False
        self._past_read = 0
        self._before_reading: Callable[[], None] = _nothing

    @contextmanager
    def locked(self, before_reading: Callable[[], None] | None = None) -> Iterator[None]:
        """Take kept accounts as they are, since nobody else can write.

        Args:
            before_reading: appends what was folded into the accounts and is not appended yet.
        """
        self.kept.clear()
        self.is_locked = True
        self._before_reading = before_reading or _nothing
        try:
            yield
        finally:
            self.is_locked = False
            self._before_reading = _nothing
            self.kept.clear()
            self.next_position = 0

    def forget(self, stream_ids: Iterable[str]) -> None:
        """Do not trust what is kept: events were folded in that may not have been committed."""
        for stream_id in stream_ids:
            self.kept.pop(stream_id, None)
        self.next_position = 0

    def trim(self) -> None:
        """Keep no more than so many: all that was folded into them has been appended."""
        if len(self.kept) >= _KEPT or self._past_read >= _PASTS_KEPT:
            self.kept.clear()
            self._past_read = 0

    def read_ahead(self, stream_ids: Iterable[str]) -> None:
        """Load those accounts together that commands are about to ask for; while `locked` is on.

        What cannot be read is left for `load`, which says what is wrong with it.
        """
        from ledger.eventstore.reading_ahead import ReadsAhead  # only batches do

        store = self._store
        wanted = [each for each in dict.fromkeys(stream_ids) if each not in self.kept]
        if not self.is_locked or len(wanted) < 2 or not isinstance(store, ReadsAhead):
            return
        ends = store.read_ahead(
            [each for each in wanted if is_id(each)], snapshots.fold_fingerprint(BankAccount)
        )
        with suppress(DamagedLedger):
            for stream_id, snapshot, events in ends:
                loaded = self._begun(stream_id, snapshot)
                if snapshot is not None and not loaded.snapshot_version:  # it does not fit
                    continue
                try:
                    loaded.recorded_at = fold(loaded.account, events) or loaded.recorded_at
                except UnreadableEvent:
                    continue
                self.kept[stream_id] = loaded

    def load(self, stream_id: str) -> LoadedAccount:
        """The account as it is now; version 0 where it was never opened.

        Raises:
            InvalidAccountId: none can have that id, though a file made by hand may hold one.
        """
        loaded = self.kept.get(stream_id)
        if loaded is None:
            check_account_id(stream_id)
            if not self.is_locked:
                self.trim()
            loaded = self.kept[stream_id] = self.load_at(stream_id)
        elif not self.is_locked:
            after = loaded.account.version
            try:
                loaded.recorded_at = (
                    fold(loaded.account, self._store.read_stream(stream_id, after_version=after))
                    or loaded.recorded_at
                )
            except BaseException:  # it is half folded
                self.forget([stream_id])
                raise
        return loaded

    def load_at(
        self,
        stream_id: str,
        *,
        to_version: int | None = None,
        as_of: int | None = None,
        use_snapshot: bool = True,
    ) -> LoadedAccount:
        """The account folded from its events up to a version and effective by an instant.

        The result is exactly the fold, in version order, of the events that count; a snapshot only
        shortens the way. Its version is that of the last event that counts.

        Args:
            to_version: None for all.
            as_of: µs UTC; None for any effective time.
            use_snapshot: False to fold from event 1.
        """
        loaded = (
            self.from_snapshot(stream_id, to_version=to_version, as_of=as_of)
            if use_snapshot
            else LoadedAccount(BankAccount(stream_id, events_after=self.events_after))
        )
        events = self._store.read_stream(
            stream_id,
            after_version=loaded.snapshot_version,
            to_version=to_version,
            effective_to=as_of,
        )
        loaded.recorded_at = fold(loaded.account, events) or loaded.recorded_at
        return loaded

    def from_snapshot(
        self, stream_id: str, *, to_version: int | None = None, as_of: int | None = None
    ) -> LoadedAccount:
        """The account as the newest usable snapshot has it; without an event where there is none.

        All events that the snapshot covers count: none of them is effective after ``as_of``.
        """
        snapshot = self._snapshot(stream_id, to_version=to_version, effective_to=as_of)
        return self._begun(stream_id, snapshot)

    def _begun(self, stream_id: str, snapshot: snapshots.Snapshot | None) -> LoadedAccount:
        state = None if snapshot is None else snapshots.state_in(snapshot, BankAccount)
        if snapshot is None or state is None:
            return LoadedAccount(BankAccount(stream_id, events_after=self.events_after))
        account = BankAccount(stream_id, state, snapshot.version, self.events_after)
        return LoadedAccount(account, snapshot.last_recorded_at, snapshot.version)

    def events_after(self, stream_id: str, at: int, version: int) -> Iterator[Dated[Any]]:
        """The events of a stream up to a version that are effective after an instant (µs UTC)."""
        self._before_reading()
        # The snapshot has nothing effective after `at`, so all of that is in later versions.
        snapshot = self._snapshot(stream_id, to_version=version, effective_to=at)
        later = self._store.read_stream(
            stream_id,
            after_version=0 if snapshot is None else snapshot.version,
            to_version=version,
            effective_after=at,
        )
        for each in later:
            self._past_read += 1
            yield Dated(each.version, each.effective_at, decode_event(each))

    def _snapshot(
        self, stream_id: str, *, to_version: int | None, effective_to: int | None
    ) -> snapshots.Snapshot | None:
        return self._store.snapshots.newest(
            stream_id,
            snapshots.fold_fingerprint(BankAccount),
            to_version=to_version,
            effective_to=effective_to,
        )


def _nothing() -> None:
    pass


def unfolded(store: EventStore, stream_id: str) -> Aggregate[Any, Any] | None:
    """The aggregate of a stream without any of its events; None where its type is not known."""
    first = next(store.read_stream(stream_id, to_version=1), None)
    kind = None if first is None else AGGREGATES.get(first.aggregate_type)
    return None if kind is None else kind(stream_id)


def fold(aggregate: Aggregate[Any, Any], events: Iterable[RecordedEvent]) -> int:
    """Fold recorded events into an aggregate, lifting old schema versions.

    Returns:
        When the last one was recorded (µs UTC); 0 where there is none.

    Raises:
        UnreadableEvent: an event cannot be read, or comes before the opening.
        NoSuchAccount: they are of another kind of aggregate.
    """
    return fold_decoded(aggregate, decode_events(events))


def fold_decoded(
    aggregate: Aggregate[Any, Any], events: Iterable[tuple[RecordedEvent, Any]]
) -> int:
    """The same of events that were decoded already.

    Raises:
        UnreadableEvent: an event comes before the opening.
        NoSuchAccount: they are of another kind of aggregate.
    """
    apply = aggregate.apply
    recorded: RecordedEvent | None = None
    for recorded, event in events:
        try:
            apply(event, recorded.effective_at)
        except AttributeError as error:
            if recorded.aggregate_type != aggregate.aggregate_type:
                raise _of_another_kind(recorded) from error
            raise before_opening(recorded) from error
    if recorded is None:
        return 0
    aggregate.version = recorded.version
    return recorded.recorded_at


def _of_another_kind(recorded: RecordedEvent) -> NoSuchAccount:
    return NoSuchAccount(
        f"{recorded.stream_id!a} is no account, but a {recorded.aggregate_type}",
        advice="name an account, or choose another id for a new one",
        account_id=recorded.stream_id,
    )


def before_opening(recorded: RecordedEvent) -> UnreadableEvent:
    """The error for an event that cannot be the first one of its stream, and is."""
    return UnreadableEvent(
        f"event {recorded.position} ({recorded.event_type}) comes before the opening of "
        f"{recorded.stream_id!a}",
        advice="the file was changed from outside; go back to an unchanged copy",
        position=recorded.position,
        account_id=recorded.stream_id,
    )
