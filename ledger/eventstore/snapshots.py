"""Snapshots: the state of a stream at a version, so that loading need not start at event 1.

They are always disposable. Each carries the fingerprint of the fold that made it; one whose
fingerprint is not today's is ignored, never trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Protocol

import msgspec

from ledger.domain.aggregate import AGGREGATES, Aggregate

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

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        """The newest usable one at or before a version, with nothing effective after an instant."""

    def read(self, stream_id: str | None = None, *, after_version: int = 0) -> Iterator[Snapshot]:
        """The snapshots of one stream past a version, or all, by stream id and version."""


@cache
def fold_fingerprint(kind: type[Aggregate[Any, Any]]) -> str:
    """What an aggregate's fold of today is: its revision, the state's fields, and the schema
    versions of the events that it reads."""
    fields = ",".join(kind.state_type.__struct_fields__)
    versions = ",".join(f"{each.__name__}{each.schema_version}" for each in kind.event_types)
    return f"{kind.aggregate_type}/{kind.fold_revision}/{fields}/{versions}"


def usable_fingerprints() -> set[str]:
    """The fingerprints of all folds that this process knows."""
    return {fold_fingerprint(kind) for kind in AGGREGATES.values()}


def take(aggregate: Aggregate[Any, Any], last_recorded_at: int) -> Snapshot:
    """A snapshot of an aggregate that has every event of its stream up to its version."""
    return Snapshot(
        aggregate.stream_id,
        aggregate.version,
        msgspec.json.encode(aggregate.state).decode(),
        fold_fingerprint(type(aggregate)),
        aggregate.highest_effective_at,
        last_recorded_at,
    )


def state_in(snapshot: Snapshot, kind: type[Aggregate[Any, Any]]) -> Any | None:
    """The state that a snapshot of an aggregate holds, or None where it does not fit."""
    try:
        return msgspec.json.decode(snapshot.state, type=kind.state_type)
    except (msgspec.MsgspecError, TypeError):  # a damaged page may hold no text at all
        return None


def is_right(snapshot: Snapshot, aggregate: Aggregate[Any, Any], last_recorded_at: int) -> bool:
    """Whether a snapshot says what the fold does, however its state is written.

    Args:
        aggregate: folded from event 1 up to the snapshot's version.
        last_recorded_at: of that version, µs UTC.
    """
    return (
        state_in(snapshot, type(aggregate)) == aggregate.state
        and snapshot.highest_effective_at == aggregate.highest_effective_at
        and snapshot.last_recorded_at == last_recorded_at
    )
