"""The archived part of what is read, so that a store can go on with what it has itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from ledger.errors import DamagedArchive
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
) -> Iterator[list[RecordedEvent]]:
    """Events with positions in (after, to], all of them archived, a page at a time.

    Args:
        is_wanted: whether the events of a stream are; all if left out.

    Raises:
        ArchiveMissing: a segment that has some of them is not at hand.
        DamagedArchive: one cannot be read.
    """
    events = access.log(segments, after, to)
    expected = after + 1
    while page := list(islice(events, _PAGE)):
        if page[0].position != expected:
            raise _gap(segments, expected)
        expected = page[-1].position + 1
        yield page if is_wanted is None else [each for each in page if is_wanted(each.stream_id)]
    if expected <= to:
        raise _gap(segments, expected)


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
    """The archived events of a stream that are asked for, as `EventStore.read_stream` has them.

    Raises:
        ArchiveMissing: a segment that may have some of them is not at hand.
        DamagedArchive: one cannot be read.
    """
    last = stream.version if to_version is None else min(to_version, stream.version)
    if after_version >= last:
        return
    if effective_after is not None and stream.highest_effective_at <= effective_after:
        return
    expected = 1
    found: list[RecordedEvent] = []
    for event in access.stream(segments, stream.stream_id, stream.version):
        if event.version != expected:
            raise _gap(segments, event.position)
        expected += 1
        if (
            after_version < event.version <= last
            and (effective_to is None or event.effective_at <= effective_to)
            and (effective_after is None or event.effective_at > effective_after)
        ):
            if newest_first:
                found.append(event)
            else:
                yield event
        if event.version >= last:
            break
    if expected <= last:
        raise _gap(segments, segments[-1].last_position)
    yield from reversed(found)


def _gap(segments: Sequence[SegmentRecord], position: int) -> DamagedArchive:
    segment = next((each for each in segments if each.last_position >= position), segments[-1])
    return DamagedArchive(
        f"{segment.file} of the archive lacks events that belong there",
        advice="put an unchanged copy of the file in its place",
        segment=segment.file,
        position=position,
    )
