"""Writing segments: whole, on the disk, and read again before anybody relies on them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

import msgspec

from ledger.domain.instant import format_instant
from ledger.errors import BrokenChain
from ledger.eventstore.archive.files import make_folder, manifest_name, put, segment_name
from ledger.eventstore.archive.manifest import (
    BLOCK_EVENTS,
    Manifest,
    StreamRanges,
    manifest_text,
)
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.archive.segments import GZIP, Segment, header_line
from ledger.eventstore.export_format import archived_line
from ledger.eventstore.hash_chain import expected_hash, text_digest
from ledger.eventstore.records import Head, RecordedEvent


def write_segment(
    folder: str,
    ledger_id: str,
    previous: Head,
    events: Iterable[RecordedEvent],
    reached: Callable[[str], None],
    own: OwnFiles,
) -> SegmentRecord:
    """Write a segment and its manifest, and see that both can be read again.

    The same events have the same names and bytes, so a repeated run replaces what an interrupted
    one has left, and nothing else.

    Args:
        folder: made where there is none.
        previous: the end of the log before the first event.
        events: one or more, at the positions after it.
        reached: called with the name of each step that was done.
        own: the files of the run, to which both belong.

    Raises:
        BrokenChain: the events do not follow from one another.
        DamagedArchive: what was written cannot be read again.
        StorageFailure: it cannot be written.
    """
    make_folder(folder)
    content = _Content(ledger_id, previous)

    def write(file: BinaryIO) -> str:
        content.write(file, events)
        digits = content.digest.hexdigest()
        return segment_name(ledger_id, previous.position + 1, content.head.position, digits)

    name = put(folder, ledger_id, write, own)
    reached("segment written")
    manifest = content.manifest(name)
    text = manifest_text(manifest)

    def write_manifest(file: BinaryIO) -> str:
        file.write(text)
        return manifest_name(name)

    put(folder, ledger_id, write_manifest, own)
    reached("manifest written")
    record = SegmentRecord(
        manifest.first_position,
        manifest.last_position,
        previous.hash,
        content.head.hash,
        content.head.recorded_us,
        name,
        folder,
        sha256(text).digest(),
    )
    segment = Segment(folder, record, ledger_id)
    try:
        segment.check()
    finally:
        segment.close()
    reached("verified")
    return record


def rewrite_segment(
    record: SegmentRecord,
    folder: str,
    ledger_id: str,
    positions: AbstractSet[int],
    reached: Callable[[str], None],
    own: OwnFiles,
) -> SegmentRecord:
    """Write a segment anew, beside the old file, without the texts of events.

    Args:
        folder: where it is.
        positions: of the events; those without a text stay as they are.
        reached, own: as for `write_segment`.

    Raises:
        ArchiveMissing, DamagedArchive, StorageFailure: the old one is not there, not as it was
            archived, or cannot be read, or the new one cannot be written.
    """
    segment = Segment(folder, record, ledger_id)
    try:
        segment.check()
        events = (
            _without_text(event) if event.position in positions else event
            for event in segment.read()
        )
        previous = Head(record.first_position - 1, record.previous_hash, 0)
        written = write_segment(folder, ledger_id, previous, events, reached, own)
    finally:
        segment.close()
    return msgspec.structs.replace(written, folder=record.folder)


def _without_text(event: RecordedEvent) -> RecordedEvent:
    if not isinstance(event.text, str):
        return event
    return msgspec.structs.replace(event, text=text_digest(event.text, event.salt), salt=None)


class _Content:
    """What is written of events, and what comes to be known of them meanwhile.

    Attributes:
        digest: of the bytes written so far.
        head: the last event written.
    """

    def __init__(self, ledger_id: str, previous: Head) -> None:
        self._ledger_id = ledger_id
        self._previous = previous
        self._ranges = StreamRanges()
        self._blocks: list[int] = []
        self._size = 0
        self.digest = sha256()
        self.head = previous

    def write(self, file: BinaryIO, events: Iterable[RecordedEvent]) -> None:
        """Write the header, and the events in blocks."""
        self._write(file, [header_line(self._ledger_id, self._previous.position + 1)])
        coming = iter(events)
        while block := list(islice(coming, BLOCK_EVENTS)):
            self._blocks.append(self._size)
            self._write(file, [self._line(event) for event in block])

    def manifest(self, name: str) -> Manifest:
        """The manifest of what was written to a file of a name."""
        return Manifest(
            ledger_id=self._ledger_id,
            first_position=self._previous.position + 1,
            last_position=self.head.position,
            events=self.head.position - self._previous.position,
            previous_hash=self._previous.hash.hex(),
            last_hash=self.head.hash.hex(),
            last_recorded_at=format_instant(self.head.recorded_us),
            file=name,
            size=self._size,
            sha256=self.digest.hexdigest(),
            events_per_block=BLOCK_EVENTS,
            blocks=self._blocks,
            streams=self._ranges.ranges(),
        )

    def _line(self, event: RecordedEvent) -> bytes:
        try:
            if event.position != self.head.position + 1:
                raise ValueError(f"its position should be {self.head.position + 1}")
            if event.hash != expected_hash(self.head.hash, event):
                raise ValueError("its hash does not follow from its content and the event before")
            self._ranges.see(event)
        except ValueError as error:
            raise _broken(event.position, str(error)) from None
        self.head = Head(event.position, event.hash, event.recorded_at)
        return archived_line(event) + b"\n"

    def _write(self, file: BinaryIO, lines: list[bytes]) -> None:
        packing = zlib.compressobj(wbits=GZIP)  # whose header has no time
        packed = packing.compress(b"".join(lines)) + packing.flush()
        file.write(packed)
        self.digest.update(packed)
        self._size += len(packed)


def _broken(position: int, why: str) -> BrokenChain:
    return BrokenChain(
        f"the hash chain is broken at position {position}: {why}",
        advice="the log was changed after it was written; go back to an unchanged copy",
        position=position,
    )
