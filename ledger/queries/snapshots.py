"""Snapshots of accounts: taking them when asked to, and listing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ledger.domain.instant import to_datetime
from ledger.eventstore import snapshots
from ledger.eventstore.store import archived_version
from ledger.queries.source import Source, check_there


class SnapshotInfo(msgspec.Struct, frozen=True):
    """A stored snapshot.

    Attributes:
        version: of the account that it is of.
        highest_effective_us, last_recorded_us: µs UTC.
        usable: whether today's fold made it.
    """

    account_id: str
    version: int
    highest_effective_us: int
    last_recorded_us: int
    usable: bool

    @property
    def highest_effective_at(self) -> datetime:
        """The highest effective time that it covers (UTC)."""
        return to_datetime(self.highest_effective_us)

    @property
    def last_recorded_at(self) -> datetime:
        """When the last event that it covers was recorded (UTC)."""
        return to_datetime(self.last_recorded_us)


def take_snapshots(source: Source, account_ids: Sequence[str]) -> list[SnapshotInfo]:
    """Take a snapshot of accounts as they are now.

    Raises:
        NoSuchAccount: one of them does not exist; no snapshot was taken.
    """
    with source.store.transaction():
        taken = []
        for account_id in account_ids:
            loaded = source.repository.load_at(account_id)
            check_there(source, loaded.account)
            snapshot = snapshots.take(loaded.account, loaded.recorded_at)
            if snapshot.version > archived_version(source.store, account_id):
                source.store.snapshots.save(snapshot)  # else what is kept there serves as one
            taken.append(_info(snapshot))
    return taken


def stored_snapshots(source: Source, account_id: str | None) -> list[SnapshotInfo]:
    """The stored snapshots of one account or all."""
    return [_info(snapshot) for snapshot in source.store.snapshots.read(account_id)]


def _info(snapshot: snapshots.Snapshot) -> SnapshotInfo:
    return SnapshotInfo(
        snapshot.stream_id,
        snapshot.version,
        snapshot.highest_effective_at,
        snapshot.last_recorded_at,
        usable=snapshot.fingerprint in snapshots.usable_fingerprints(),
    )
