"""The archived part of what is read, so that a store can go on with what it has itself.

All of it raises ArchiveMissing where a segment that has some of it is not at hand, and
DamagedArchive where one cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from ledger.eventstore.archive.access import ArchiveAccess
from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
from ledger.eventstore.records import RecordedEvent

_PAGE: Final = 512


def archived_log(
    access: ArchiveAccess,
    segments: Sequence[SegmentRecord],
    after: int,
    to: int,
    is_wanted: Callable[[str], bool] | None = None,
    *,
    bare: bool = False,
) -> Iterator[list[RecordedEvent]]:
    """Events with positions in (after, to], all of them archived, a page at a time.

    Args:
        is_wanted: whether the events of a stream are; all if left out.
        bare: leave out what `EventStore.read_all` says.
    """
    for record in segments:
        if record.last_position <= after or record.first_position > to:
            continue
        events = access.segment(record).read(
            after_position=after, to_position=to, is_wanted=is_wanted, bare=bare
        )
        while page := list(islice(events, _PAGE)):
            yield page


def archived_together(
    access: ArchiveAccess,
    segments: Sequence[SegmentRecord],
    stream_ids: Collection[str],
    *,
    to_position: int,
    effective_to: int,
) -> Iterator[RecordedEvent]:
    """The archived events of several streams, in the order of the log, each file read once.

    They are bare: what `EventStore.read_all` says is left out.

    Args:
        to_position: only those up to this one.
        effective_to: only those that are effective by then (µs UTC).
    """
    for record in segments:
        if record.first_position > to_position:
            return
        yield from access.segment(record).read_streams(
            stream_ids, to_position=to_position, effective_to=effective_to
        )


def archived_stream(
    access: ArchiveAccess,
    segments: Sequence[SegmentRecord],
    stream: ArchivedStream,
    *,
    after_version: int = 0,
    to_version: int | None = None,
    effective_to: int | None = None,
    effective_after: int | None = None,
    newest_first: bool = False,
) -> Iterator[RecordedEvent]:
    """The archived events of a stream that are asked for, as `EventStore.read_stream` has them."""
    if effective_after is not None and stream.highest_effective_at <= effective_after:
        return
    last = stream.version if to_version is None else min(to_version, stream.version)
    for record in reversed(segments) if newest_first else segments:
        if after_version >= last:
            return
        segment = access.segment(record)
        there = segment.manifest.streams.get(stream.stream_id)
        if (
            there is None
            or (effective_to is not None and there.lowest_effective_at > effective_to)
            or (effective_after is not None and there.highest_effective_at <= effective_after)
        ):
            continue
        found = segment.read_stream(
            stream.stream_id,
            after_version=after_version,
            to_version=last,
            newest_first=newest_first,
        )
        for event in found:
            if newest_first:
                last = event.version - 1
            else:
                after_version = event.version
            if (effective_to is None or event.effective_at <= effective_to) and (
                effective_after is None or event.effective_at > effective_after
            ):
                yield event
