"""Loading accounts: steps one and two of every command, and the way to any point in the past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.balance_timeline import BalanceTimeline
from ledger.domain.events import signed_amount
from ledger.errors import UnreadableEvent
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

_KEPT: Final = 1_000
"""Accounts."""


class LoadedAccount(msgspec.Struct):
    """An account and when its last event was recorded (µs UTC; 0 where there is none)."""

    account: BankAccount
    recorded_at: int = 0
    snapshot_version: int = 0


class AccountRepository:
    """Folds streams into accounts, from the newest usable snapshot on.

    The accounts that were loaded for commands are kept. A kept one is a snapshot in memory: what
    came since is folded into it when it is loaded again. While `locked` is on not even that is
    done; only a caller that holds the write lock, and folds its own appends into the accounts, may
    ask for it.

    Attributes:
        is_locked: whether that is on.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._kept: dict[str, LoadedAccount] = {}
        self.is_locked = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Take kept accounts as they are, since nobody else can write."""
        self._kept.clear()
        self.is_locked = True
        try:
            yield
        finally:
            self.is_locked = False
            self._kept.clear()

    def forget(self, stream_ids: Iterable[str]) -> None:
        """Do not trust what is kept: facts were folded in that may not have been committed."""
        for stream_id in stream_ids:
            self._kept.pop(stream_id, None)

    def keeps(self, stream_ids: Iterable[str]) -> bool:
        """Whether all these accounts are kept."""
        return self._kept.keys() >= set(stream_ids)

    def load_kept(self, stream_id: str) -> LoadedAccount:
        """The account as it is kept: as it is now, unless somebody else has written to it."""
        return self._kept[stream_id]

    def load(self, stream_id: str) -> LoadedAccount:
        """The account as it is now; version 0 where it was never opened."""
        loaded = self._kept.get(stream_id)
        if loaded is None:
            if len(self._kept) >= _KEPT and not self.is_locked:
                self._kept.clear()
            loaded = self._kept[stream_id] = self.load_at(stream_id)
        elif not self.is_locked:
            after = loaded.account.version
            try:
                fold(loaded, self._store.read_stream(stream_id, after_version=after))
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
        loaded = LoadedAccount(BankAccount(stream_id))
        if use_snapshot:
            snapshot = self._store.snapshots.newest(
                stream_id, snapshots.FINGERPRINT, to_version=to_version, effective_to=as_of
            )
            restored = None if snapshot is None else snapshots.restore(snapshot)
            if snapshot is not None and restored is not None:
                loaded = LoadedAccount(restored, snapshot.last_recorded_at, snapshot.version)
        fold(
            loaded,
            self._store.read_stream(
                stream_id,
                after_version=loaded.account.version,
                to_version=to_version,
                effective_to=as_of,
            ),
        )
        return loaded

    def path_from(self, stream_id: str, at: int) -> BalanceTimeline:
        """The balances of an account at an instant (µs UTC) and at each later effective moment."""
        loaded = self.load_at(stream_id, as_of=at)
        account = loaded.account
        # The snapshot holds nothing effective after `at`, so all of that is in later versions.
        later = self._store.read_stream(
            stream_id, after_version=loaded.snapshot_version, effective_after=at
        )
        movements = ((event.effective_at, signed_amount(decode_event(event))) for event in later)
        return BalanceTimeline.starting(at, account.state.balance, movements)


def fold(loaded: LoadedAccount, events: Iterable[RecordedEvent]) -> None:
    """Fold recorded events into an account, lifting old schema versions.

    Raises:
        UnreadableEvent: an event cannot be read, or comes before the account's opening.
    """
    apply = loaded.account.apply
    last: RecordedEvent | None = None
    for recorded in events:
        event = decode_event(recorded)
        try:
            apply(event, recorded.effective_at)
        except AttributeError as error:
            raise UnreadableEvent(
                f"event {recorded.position} ({recorded.event_type}) comes before the opening of "
                f"{recorded.stream_id!a}",
                advice="the file was changed from outside; go back to an unchanged copy",
                position=recorded.position,
                account_id=recorded.stream_id,
            ) from error
        last = recorded
    if last is not None:
        loaded.account.version = last.version
        loaded.recorded_at = last.recorded_at
