"""Snapshots: the state of a stream at a version, so that loading need not start at event 1.

They are always disposable. Each carries the fingerprint of the fold that made it; one whose
fingerprint is not today's is passed over, never trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.account_state import FOLD_REVISION, AccountState
from ledger.eventstore.codec import CURRENT_VERSIONS

SNAPSHOT_INTERVAL: Final = 100


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The state of a stream after its event number ``version``.

    Attributes:
        state: JSON.
        fingerprint: of the fold that made the state.
        highest_effective_at: the highest effective time (µs UTC) up to that version.
        last_recorded_at: the recorded time (µs UTC) of that version.
    """

    stream_id: str
    version: int
    state: str
    fingerprint: str
    highest_effective_at: int
    last_recorded_at: int


class SnapshotStore(Protocol):
    """Where snapshots are kept; part of an event store."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; one of the same stream and version is replaced."""

    def drop(self, stream_id: str, version: int) -> None:
        """Let go of the snapshot of a stream at a version, if there is one."""

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        """The newest usable one at or before a version, with nothing effective after an instant."""

    def next_after(self, stream_id: str, version: int) -> Snapshot | None:
        """The first one of a stream past a version, usable or not."""

    def all(self, stream_id: str | None = None) -> Iterator[Snapshot]:
        """Every snapshot, of one stream or all, usable or not, by stream id and version."""


def fold_fingerprint() -> str:
    """What the fold of today is: its revision, the state's fields, the events' schema versions."""
    fields = ",".join(AccountState.__struct_fields__)
    versions = ",".join(f"{name}{version}" for name, version in CURRENT_VERSIONS.items())
    return f"{BankAccount.aggregate_type}/{FOLD_REVISION}/{fields}/{versions}"


FINGERPRINT: Final = fold_fingerprint()


def take(account: BankAccount, last_recorded_at: int) -> Snapshot:
    """A snapshot of an account that has every event of its stream up to its version."""
    state = account.state
    return Snapshot(
        account.stream_id,
        account.version,
        msgspec.json.encode(state).decode(),
        FINGERPRINT,
        state.last_activity,
        last_recorded_at,
    )


def restore(snapshot: Snapshot) -> BankAccount | None:
    """The account as it was at the snapshot, or None where the stored state does not fit."""
    try:
        state = msgspec.json.decode(snapshot.state, type=AccountState)
    except msgspec.MsgspecError:
        return None
    return BankAccount(snapshot.stream_id, state, snapshot.version)


def is_right(snapshot: Snapshot, account: BankAccount, last_recorded_at: int) -> bool:
    """Whether a snapshot says what the fold does, however its state is written.

    Args:
        account: folded from event 1 up to the snapshot's version.
        last_recorded_at: of that version, µs UTC.
    """
    restored = restore(snapshot)
    return (
        restored is not None
        and restored.state == account.state
        and snapshot.highest_effective_at == account.state.last_activity
        and snapshot.last_recorded_at == last_recorded_at
    )
