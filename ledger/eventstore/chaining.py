"""What an append is in every store: numbering, stamping and chaining events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ledger.domain.instant import short_instant
from ledger.errors import BrokenChain
from ledger.eventstore.hash_chain import chain_hash, expected_hash, genesis
from ledger.eventstore.records import Head, Identity, RecordedEvent, StreamWrite


class Tail(msgspec.Struct, frozen=True, gc=False):
    """The end of a stream: its last version, the highest effective time (µs UTC), and its type."""

    version: int
    highest_effective_at: int
    aggregate_type: str


NO_TAIL = Tail(0, -(2**63), "")


def chain(
    writes: Sequence[StreamWrite], head: Head, tails: Mapping[str, Tail], now: int
) -> tuple[list[RecordedEvent], Head, dict[str, Tail]]:
    """Turn new events into recorded ones.

    Args:
        writes: checked against their expected versions.
        head: the end of the log, read under the write lock.
        tails: of every stream written to.
        now: the clock (µs UTC). The recorded time is the latest of it, the head's recorded time and
            the events' effective times, so it never runs backwards and nothing happens after it
            was recorded.

    Returns:
        The events, the new head, and the new tails.

    Raises:
        ValueError: two writes are to one stream, or one is of another aggregate type than before.
    """
    recorded_at = max(now, head.recorded_at)
    for write in writes:
        for new in write.events:
            if new.effective_at > recorded_at:
                recorded_at = new.effective_at
    position, previous = head.position, head.hash
    recorded: list[RecordedEvent] = []
    new_tails: dict[str, Tail] = {}
    for write in writes:
        stream_id, aggregate_type = write.stream_id, write.aggregate_type
        tail = tails[stream_id]
        if stream_id in new_tails:
            raise ValueError(f"two writes to {stream_id!a} in one append")
        if tail.version and tail.aggregate_type != aggregate_type:
            raise ValueError(f"{stream_id!a} is a {tail.aggregate_type}, not a {aggregate_type}")
        version, highest = tail.version, tail.highest_effective_at
        for new in write.events:
            position += 1
            version += 1
            backdated = new.effective_at < highest
            if not backdated:
                highest = new.effective_at
            previous = chain_hash(
                previous,
                position,
                stream_id,
                aggregate_type,
                version,
                new.event_type,
                new.schema_version,
                new.data,
                new.metadata,
                new.effective_at,
                recorded_at,
                backdated,
            )
            recorded.append(
                RecordedEvent(
                    position,
                    stream_id,
                    aggregate_type,
                    version,
                    new.event_type,
                    new.schema_version,
                    new.data,
                    new.metadata,
                    new.effective_at,
                    recorded_at,
                    backdated,
                    previous,
                )
            )
        new_tails[stream_id] = Tail(version, highest, aggregate_type)
    return recorded, Head(position, previous, recorded_at), new_tails


def follow_chain(identity: Identity, events: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
    """Pass a whole log through, seeing that each event follows from those before it.

    Raises:
        BrokenChain: a position, version, aggregate type, recorded time, backdated mark or hash does
            not follow.
    """
    head = Head(0, genesis(identity.ledger_id), 0)
    tails: dict[str, Tail] = {}
    for event in events:
        tail = tails.get(event.stream_id, NO_TAIL)
        if event.position != head.position + 1:
            raise _broken(event, f"its position should be {head.position + 1}")
        if event.version != tail.version + 1:
            raise _broken(event, f"its version should be {tail.version + 1}")
        if tail.version and event.aggregate_type != tail.aggregate_type:
            raise _broken(event, f"its aggregate type should be {tail.aggregate_type}")
        if event.recorded_at < head.recorded_at:
            raise _broken(event, f"it was recorded before {short_instant(head.recorded_at)}")
        if event.recorded_at < event.effective_at:
            raise _broken(event, "it was recorded before it happened")
        if event.backdated != (event.effective_at < tail.highest_effective_at):
            raise _broken(event, "it is wrongly marked as backdated or not")
        if event.hash != expected_hash(head.hash, event):
            raise _broken(event, "its hash does not follow from its content and the event before")
        head = Head(event.position, event.hash, event.recorded_at)
        tails[event.stream_id] = Tail(
            event.version, max(event.effective_at, tail.highest_effective_at), event.aggregate_type
        )
        yield event


def _broken(event: RecordedEvent, why: str) -> BrokenChain:
    return BrokenChain(
        f"the hash chain is broken at position {event.position}: {why}",
        hint="the log was changed after it was written; go back to an unchanged copy",
        position=event.position,
        account_id=event.stream_id,
    )
