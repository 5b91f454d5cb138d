"""Snapshots of a log that was written as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.commands.repository import unfolded
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore


def take_snapshots(store: EventStore, versions: Mapping[str, int], interval: int) -> None:
    """Take the snapshots that would be there had the events been appended one by one.

    Args:
        versions: the last one of each stream.
        interval: in events of a stream; 0 for none.
    """
    for stream_id, version in versions.items():
        aggregate = unfolded(store, stream_id) if 0 < interval <= version else None
        if aggregate is None:
            continue
        with store.transaction():
            for recorded in store.read_stream(stream_id):
                try:
                    aggregate.apply(decode_event(recorded), recorded.effective_at)
                except AttributeError:  # it cannot come first, which a verification tells
                    break
                if recorded.version % interval == 0:
                    store.snapshots.save(snapshots.take(aggregate, recorded.recorded_at))
