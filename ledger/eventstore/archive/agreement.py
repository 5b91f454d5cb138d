"""Whether what a store remembers of its archive is what its log says.

Nothing else vouches for the states that are kept while the archive is away. So whoever signs them
anew, with what has changed since, sees first that they are those that were signed last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import ClockCorrected, LogArchived
from ledger.errors import DamagedLedger, UnreadableEvent
from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
from ledger.eventstore.archive.states import kept_events, states_digest
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of


class Disagreement(msgspec.Struct, frozen=True):
    """One thing that a store remembers otherwise than its log says.

    Attributes:
        position: the end of the segment that it is about.
        expected: what the log says; None where the message says it.
    """

    position: int
    message: str
    expected: str | None = None


def disagreements(store: EventStore) -> Iterator[Disagreement]:
    """Where what a store remembers of its archive is not what its log says.

    Raises:
        DamagedLedger: what it remembers cannot be read.
    """
    archive = archive_of(store)
    if archive is None:
        return
    noted = dict(_noted(store))
    end, previous = 0, genesis(store.ledger_id)
    for segment in archive.segments():
        if (segment.first_position, segment.previous_hash) != (end + 1, previous):
            yield _wrong(segment, "it does not follow from what was archived before it")
        end, previous = segment.last_position, segment.hash
        event = noted.get(end)
        if event is None:
            yield _wrong(segment, "the book does not say that it was archived")
        elif event.head != segment.hash.hex():
            yield _wrong(segment, "it does not end with the hash that the book says")
        elif event.manifest_sha256 != segment.manifest_sha256.hex():
            yield _wrong(segment, "its manifest is not the one that the book says")
    streams = list(archive.streams())
    kept = kept_events(store, archive.position, {each.stream_id for each in streams})
    event = noted.get(end)
    if event is not None and event.states_sha256 != _digest(streams, kept):
        yield Disagreement(
            end,
            "what is kept of the accounts at the end of the archive, or of the book before that, "
            "is not what the book says",
            event.states_sha256,
        )
    for last in archive.segments()[-1:]:
        if last.recorded_at not in _possible_ends(streams, kept):
            yield _wrong(last, "it was not recorded when the ledger remembers")


def check_agreement(store: EventStore) -> None:
    """See that what a store remembers of its archive is what its log says.

    Raises:
        DamagedLedger: it is not, or cannot be read.
    """
    with store.transaction(read_only=True):
        wrong = next(disagreements(store), None)
    if wrong is not None:
        raise DamagedLedger(
            f"the ledger was changed from outside: {wrong.message}",
            advice="keep the file as it is, and have it diagnosed",
            position=wrong.position,
        )


def _noted(store: EventStore) -> Iterator[tuple[int, LogArchived]]:
    """What the book says of the archive, by its last position; what it said last counts."""
    for recorded in store.read_stream(BOOK_STREAM):
        if recorded.event_type == LogArchived.__name__:
            try:
                event = decode_event(recorded)
            except UnreadableEvent:  # which is found elsewhere
                continue
            yield event.to_position, event


def _digest(streams: Iterable[ArchivedStream], kept: Iterable[RecordedEvent]) -> str:
    try:
        return states_digest(streams, kept).hex()
    except ValueError as error:
        return str(error)


def _possible_ends(
    streams: Iterable[ArchivedStream], kept: Iterable[RecordedEvent]
) -> AbstractSet[int]:
    """When the last archived event can have been recorded (µs UTC), by all that is signed.

    It was the last of a stream, and was recorded after all others; unless the clock was corrected,
    where it is not known which of the streams came last.
    """
    ends = {each.last_recorded_at for each in streams} | {each.recorded_at for each in kept}
    if any(each.event_type == ClockCorrected.__name__ for each in kept):
        return ends
    return {max(ends)} if ends else ends


def _wrong(segment: SegmentRecord, why: str) -> Disagreement:
    return Disagreement(segment.last_position, f"{segment.file}: {why}")
