"""What an append is in every store: numbering, stamping and chaining events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

import msgspec

from ledger.domain.aggregate import BEFORE_ALL_TIMES
from ledger.errors import BrokenChain, VersionConflict, moment
from ledger.eventstore.codec import known_event_class
from ledger.eventstore.hash_chain import chain_hash, empty_head, expected_hash
from ledger.eventstore.records import Head, RecordedEvent, StreamWrite
from ledger.eventstore.surroundings import Surroundings


class Tail(msgspec.Struct, gc=False):
    """The end of a stream: its last version, the highest effective time (µs UTC), and its type."""

    version: int
    highest_effective_at: int
    aggregate_type: str


def no_tail() -> Tail:
    """The tail of a stream that has no events."""
    return Tail(0, BEFORE_ALL_TIMES, "")


class Chain:
    """The end of a log, to which events are added.

    It is true only while nobody else can write: what it says is not looked up again.

    Args:
        head: the end of the log, read under the write lock.
        read_tail: gives the tail of a stream.
    """

    def __init__(self, head: Head, read_tail: Callable[[str], Tail]) -> None:
        self._position = head.position
        self._hash = head.hash
        self._recorded_at = head.recorded_us
        self._read_tail = read_tail
        self._tails: dict[str, Tail] = {}

    @property
    def head(self) -> Head:
        """The end of the log, with what was added."""
        return Head(self._position, self._hash, self._recorded_at)

    def know(self, stream_id: str, tail: Tail) -> None:
        """Take the tail of a stream as the store has it now, unless it was written to already."""
        self._tails.setdefault(stream_id, tail)

    def append(
        self, writes: Sequence[StreamWrite], surroundings: Surroundings, not_before: int = 0
    ) -> list[RecordedEvent]:
        """Number, stamp and chain new events.

        A stream may be written to several times: each write expects the version that the one before
        it leads to. The recorded time is the later of the clock and the head's recorded time, and
        one for all writes that do not name their own; effective times never move it.

        Args:
            not_before: what the clock was seen to say already (µs UTC); it may have been set back.

        Raises:
            VersionConflict: a stream is not at its expected version.
            ClockBehind: the clock is far behind the end of the log.
            ValueError: a write is of another aggregate type than the stream, or an event would be
                effective after it is recorded.
        """
        position, previous = self._position, self._hash
        salts = surroundings.salts(position + 1, sum([len(write.events) for write in writes]))
        stamped: int | None = None
        recorded_at = self._recorded_at
        tails: dict[str, Tail] = {}
        recorded = []
        for write in writes:
            stream_id, aggregate_type = write.stream_id, write.aggregate_type
            tail = tails.get(stream_id)
            if tail is None:
                tail = tails[stream_id] = self.tail(stream_id)
            version, highest = tail.version, tail.highest_effective_at
            if write.expected_version != version:
                raise version_conflict(stream_id, write.expected_version, version)
            if version and tail.aggregate_type != aggregate_type:
                raise ValueError(
                    f"{stream_id!a} is a {tail.aggregate_type}, not a {aggregate_type}"
                )
            if write.recorded_at is not None:
                recorded_at = write.recorded_at
            elif write.events:
                if stamped is None:
                    stamped = surroundings.recorded_time(position + 1, self._recorded_at)
                    stamped = max(stamped, not_before)
                recorded_at = stamped
            for new in write.events:
                position += 1
                version += 1
                effective_at = recorded_at if new.effective_at is None else new.effective_at
                text, drawn = new.text, next(salts)
                salt, digest = None, b""
                if text is not None:
                    salt, digest = drawn, sha256(drawn + text.encode()).digest()
                backdated = effective_at < highest
                if not backdated:
                    highest = effective_at
                previous = chain_hash(
                    previous,
                    position,
                    stream_id,
                    aggregate_type,
                    version,
                    new.event_type,
                    new.schema_version,
                    new.data,
                    digest,
                    new.metadata,
                    effective_at,
                    recorded_at,
                    backdated,
                )
                event = RecordedEvent(
                    position,
                    stream_id,
                    aggregate_type,
                    version,
                    new.event_type,
                    new.schema_version,
                    new.data,
                    text,
                    salt,
                    new.metadata,
                    effective_at,
                    recorded_at,
                    backdated,
                    previous,
                )
                if effective_at > recorded_at and not may_lie_ahead(event):
                    raise ValueError(f"a {new.event_type} cannot be effective after it is recorded")
                recorded.append(event)
            tail.version, tail.highest_effective_at = version, highest
            tail.aggregate_type = aggregate_type
        self._tails.update(tails)
        self._position, self._hash, self._recorded_at = position, previous, recorded_at
        return recorded

    def tail(self, stream_id: str) -> Tail:
        """A stream's tail, with what was added; to be changed: it counts once that is through."""
        known = self._tails.get(stream_id)
        if known is None:
            return self._read_tail(stream_id)
        return Tail(known.version, known.highest_effective_at, known.aggregate_type)


def version_conflict(stream_id: str, expected: int, actual: int) -> VersionConflict:
    """The conflict of a writer that expects a stream to be at another version than it is."""
    wanted, found = (f"version {each}" if each else "no stream" for each in (expected, actual))
    return VersionConflict(
        f"{stream_id} is at {found}, not {wanted}",
        actual_version=actual,
        advice="look at it again, then repeat the command with its version",
        account_id=stream_id,
        expected_version=expected,
    )


def key_taken(key: str) -> VersionConflict:
    """The conflict of an append whose idempotency key another one has used meanwhile."""
    return VersionConflict(
        f"idempotency key {key!a} was used by another command just now",
        actual_version=0,
        advice="repeat the command: it will answer with the recorded result",
        idempotency_key=key,
    )


def follow_chain(ledger_id: str, events: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
    """Pass a whole log through, seeing that each event follows from those before it.

    Raises:
        BrokenChain: a position, version, aggregate type, recorded time, backdated mark or hash does
            not follow.
    """
    head = empty_head(ledger_id)
    tails: dict[str, Tail] = {}
    for event in events:
        tail = tails.get(event.stream_id) or no_tail()
        if event.position != head.position + 1:
            raise _broken(event, f"its position should be {head.position + 1}")
        if event.version != tail.version + 1:
            raise _broken(event, f"its version should be {tail.version + 1}")
        if tail.version and event.aggregate_type != tail.aggregate_type:
            raise _broken(event, f"its aggregate type should be {tail.aggregate_type}")
        if event.recorded_at < head.recorded_us and not may_be_recorded_earlier(event):
            raise _broken(event, f"it was recorded before {moment(head.recorded_us)}")
        if event.recorded_at < event.effective_at and not may_lie_ahead(event):
            raise _broken(event, "it was recorded before it happened")
        if event.backdated != (event.effective_at < tail.highest_effective_at):
            raise _broken(event, "it is wrongly marked as backdated or not")
        try:
            right = expected_hash(head.hash, event)
        except ValueError as error:
            raise _broken(event, str(error)) from None
        if event.hash != right:
            raise _broken(event, "its hash does not follow from its content and the event before")
        head = Head(event.position, event.hash, event.recorded_at)
        tails[event.stream_id] = Tail(
            event.version, max(event.effective_at, tail.highest_effective_at), event.aggregate_type
        )
        yield event


def may_be_recorded_earlier(event: RecordedEvent) -> bool:
    """Whether an event may be recorded earlier than the one before it."""
    kind = known_event_class(event.event_type)
    return kind is not None and kind.stamped_by_clock_alone


def may_lie_ahead(event: RecordedEvent) -> bool:
    """Whether an event may be effective later than it was recorded."""
    kind = known_event_class(event.event_type)
    return kind is not None and kind.dated_by_another


def _broken(event: RecordedEvent, why: str) -> BrokenChain:
    return BrokenChain(
        f"the hash chain is broken at position {event.position}: {why}",
        advice="the log was changed after it was written; go back to an unchanged copy",
        position=event.position,
        account_id=event.stream_id,
    )
