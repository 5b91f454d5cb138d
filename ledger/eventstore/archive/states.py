"""The states of streams at the end of what is archived.

They are no snapshots: while the archive is away nothing else can be made of them, so a state of an
older version is lifted, and their digest stands in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from hashlib import sha256
from itertools import takewhile
from typing import Any, Final

import msgspec

from ledger.domain.aggregate import AGGREGATES, Aggregate
from ledger.errors import DamagedLedger
from ledger.eventstore.archive.records import ArchivedStream
from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import Snapshot, fold_fingerprint
from ledger.eventstore.store import EventStore

_encode: Final = msgspec.json.Encoder().encode


def can_be_archived(aggregate_type: str) -> bool:
    """Whether events of such streams can leave the store."""
    kind = AGGREGATES.get(aggregate_type)
    return kind is not None and kind.state_version > 0


def archived_stream(
    aggregate: Aggregate[Any, Any], highest_effective_at: int, last_recorded_at: int
) -> ArchivedStream:
    """What is kept of a stream whose events up to the aggregate's version are archived.

    Args:
        highest_effective_at, last_recorded_at: up to and of that version, µs UTC.
    """
    return ArchivedStream(
        aggregate.stream_id,
        aggregate.aggregate_type,
        aggregate.version,
        highest_effective_at,
        last_recorded_at,
        aggregate.state_version,
        _encode(aggregate.state).decode(),
    )


def aggregate_at(stream: ArchivedStream) -> Aggregate[Any, Any]:
    """The aggregate at its last archived version.

    Raises:
        DamagedLedger: its kind is not known here, or its state cannot be read.
    """
    kind = AGGREGATES.get(stream.aggregate_type)
    if kind is None:
        raise _unreadable(stream)
    return kind(stream.stream_id, _state_in(stream, kind), stream.version)


def as_snapshot(stream: ArchivedStream) -> Snapshot:
    """The state as a snapshot of today's fold.

    Raises:
        DamagedLedger: it cannot be read.
    """
    kind = AGGREGATES.get(stream.aggregate_type)
    if kind is None:
        raise _unreadable(stream)
    if stream.state_version != kind.state_version:
        state = _encode(_state_in(stream, kind)).decode()
    else:
        state = stream.state
    return Snapshot(
        stream.stream_id,
        stream.version,
        state,
        fold_fingerprint(kind),
        stream.highest_effective_at,
        stream.last_recorded_at,
    )


def kept_events(
    store: EventStore, to_position: int, archived: AbstractSet[str]
) -> list[RecordedEvent]:
    """The events up to a position that stay in the store though others leave it, in order.

    Args:
        archived: the ids of the streams whose events leave.
    """
    kept = [
        event
        for stream_id in store.stream_ids()
        if stream_id not in archived
        for event in takewhile(
            lambda event: event.position <= to_position, store.read_stream(stream_id)
        )
    ]
    return sorted(kept, key=lambda event: event.position)


def states_digest(streams: Iterable[ArchivedStream], kept: Iterable[RecordedEvent]) -> bytes:
    """What stands in the log for all that a store keeps of archived events.

    It is SHA-256 of one JSON array a line: of each state, then of each event that stayed its
    position and the hash that it would have after 32 zero bytes. The chain leads past these events
    only in the archive, and without it nothing else vouches for them.

    Args:
        streams: by id.
        kept: by position.

    Raises:
        ValueError: an event that stayed has a text and salt that cannot be.
    """
    digest = sha256()
    for stream in streams:
        digest.update(_encode(msgspec.structs.astuple(stream)) + b"\n")
    for event in kept:
        digest.update(_encode([event.position, expected_hash(bytes(32), event).hex()]) + b"\n")
    return digest.digest()


def _state_in(stream: ArchivedStream, kind: type[Aggregate[Any, Any]]) -> Any:
    version = stream.state_version
    try:
        if version == kind.state_version:
            return msgspec.json.decode(stream.state, type=kind.state_type)
        if not 1 <= version < kind.state_version:
            raise _unreadable(stream)
        data = msgspec.json.decode(stream.state, type=dict[str, Any])
        for upcaster in kind.state_upcasters[version - 1 :]:
            data = upcaster(data)
        return msgspec.convert(data, kind.state_type)
    except (msgspec.MsgspecError, TypeError, LookupError, ValueError) as error:
        raise _unreadable(stream) from error


def _unreadable(stream: ArchivedStream) -> DamagedLedger:
    return DamagedLedger(
        f"what {stream.stream_id!a} was when its entries were archived cannot be read",
        advice="the file was changed from outside, or written by a newer ledger",
        account_id=stream.stream_id,
    )
