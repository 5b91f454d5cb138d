"""Segments: the files of an archive, each with a whole stretch of the log.

Such a file is gzip over lines of JSON: a header of its own, then each event as an export has it. It
is made of blocks, which are gzip files one after the other, so that one event can be had without
reading all before it. Whatever is read was checked against the digests that the store knows.
"""

from __future__ import annotations

import os
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import BinaryIO, Final, TypeVar

import msgspec

from ledger.domain.instant import LATEST
from ledger.eventstore.archive.files import damaged, open_file, unreadable
from ledger.eventstore.archive.manifest import Manifest, StreamRanges, read_manifest
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.export_format import archived_event, bare_archived_event
from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.records import RecordedEvent
from ledger.json_text import what_is_wrong

GZIP: Final = 16 + zlib.MAX_WBITS

_PIECE: Final = 1 << 20
"""Bytes that are read, or unpacked, at a time."""

_LONGEST_LINE: Final = 1 << 24
"""Bytes; an event with the longest text there may be takes a hundredth of it."""


class SegmentHeader(msgspec.Struct, frozen=True):
    """The first line of a segment's file."""

    format: str
    format_version: int
    ledger_id: str
    first_position: int


def header_line(ledger_id: str, first_position: int) -> bytes:
    """The first line of a segment's file, with its end."""
    header = SegmentHeader("ledger-archive-segment", 1, ledger_id, first_position)
    return msgspec.json.encode(header) + b"\n"


class _Place(msgspec.Struct, gc=False):
    """What of a line says where its event belongs."""

    position: int
    aggregate_id: str


_decode_place: Final = msgspec.json.Decoder(_Place).decode

_OnALine = TypeVar("_OnALine", RecordedEvent, _Place)


class Segment:
    """A file of the archive, opened and checked when it is first read.

    Methods raise ArchiveMissing, DamagedArchive or StorageFailure where it is not there, not as it
    was archived, or the disk fails.

    Args:
        folder: where it is.
        record: what the store knows of it.
        ledger_id: of the ledger whose it is.
    """

    def __init__(self, folder: str, record: SegmentRecord, ledger_id: str) -> None:
        self._folder = folder
        self._record = record
        self._ledger_id = ledger_id
        self._manifest: Manifest | None = None
        self._file: BinaryIO | None = None
        self._positions: dict[str, array[int]] | None = None

    @property
    def manifest(self) -> Manifest:
        """What is in it."""
        if self._manifest is None:
            self._manifest = read_manifest(self._folder, self._record, self._ledger_id)
        return self._manifest

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        is_wanted: Callable[[str], bool] | None = None,
        bare: bool = False,
    ) -> Iterator[RecordedEvent]:
        """Its events at positions in (after, to], in order.

        Args:
            is_wanted: whether the events of a stream are; all if left out.
            bare: leave out what `ledger.eventstore.store.EventStore.read_all` says.
        """
        first, last = self._record.first_position, self._record.last_position
        begin = max(after_position + 1, first)
        end = last if to_position is None else min(to_position, last)
        if begin > end:
            return
        size = self.manifest.events_per_block
        decode = bare_archived_event if bare else archived_event
        for block in range((begin - first) // size, (end - first) // size + 1):
            for position, lines in self._lines(block):
                if position > end:
                    return
                passed = max(begin - position, 0)
                for place, line in enumerate(lines[passed : end - position + 1], position + passed):
                    if is_wanted is None or is_wanted(
                        self._on_line(line, place, _decode_place).aggregate_id
                    ):
                        yield self._on_line(line, place, decode)

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        """Its events of a stream with versions in (after, to], in order, or in the reverse order.

        Where they are not all that it has of the stream, the first such question reads all of it.
        """
        versions = self.manifest.streams.get(stream_id)
        if versions is None:
            return
        first = versions.first_version
        begin = max(after_version + 1, first)
        end = versions.last_version
        end = end if to_version is None else min(to_version, end)
        if begin > end:
            return
        if begin == first and not newest_first and self._positions is None:
            for event in self.read_streams((stream_id,), bare=False):
                if event.version > end:
                    break
                yield event
            return
        positions = self._positions_of(stream_id)[begin - first : end - first + 1]
        if newest_first:
            positions.reverse()
        size, start = self.manifest.events_per_block, self._record.first_position
        for block, group in groupby(positions, lambda position: (position - start) // size):
            found = self._events_at(block, sorted(group))
            yield from reversed(found) if newest_first else found

    def read_streams(
        self,
        stream_ids: Iterable[str],
        *,
        to_position: int | None = None,
        effective_to: int = LATEST,
        bare: bool = True,
    ) -> Iterator[RecordedEvent]:
        """Its events of some streams at positions up to one, and effective by an instant (µs UTC).

        They are in the order of the log. It is read once for all of them, and not where it has
        none.
        """
        streams = self.manifest.streams
        spans = {
            stream_id: streams[stream_id]
            for stream_id in stream_ids
            if stream_id in streams and streams[stream_id].lowest_effective_at <= effective_to
        }
        if not spans:
            return
        following = {stream_id: span.first_version for stream_id, span in spans.items()}
        for event in self.read(to_position=to_position, is_wanted=spans.__contains__, bare=bare):
            stream_id = event.stream_id
            if not event.version == following[stream_id] <= spans[stream_id].last_version:
                raise self._damaged("its manifest tells of other events")
            following[stream_id] += 1
            if event.effective_at <= effective_to:
                yield event
        is_whole = to_position is None or to_position >= self._record.last_position
        if is_whole and any(
            following[stream_id] != span.last_version + 1 for stream_id, span in spans.items()
        ):
            raise self._damaged("its manifest tells of other events")

    def check(self) -> None:
        """See that it is whole: each event follows from the one before it, and all is as its
        manifest says.
        """
        record, manifest = self._record, self.manifest
        header = header_line(self._ledger_id, record.first_position)
        if b"".join(self._unpacked(0, manifest.blocks[0])) != header:
            raise self._damaged("its first line is not as it should be")
        ranges, previous, recorded_at = StreamRanges(), record.previous_hash, 0
        for event in self.read():
            try:
                right = expected_hash(previous, event)
                ranges.see(event)
            except ValueError as error:
                raise self._damaged(f"at position {event.position}, {error}") from None
            if event.hash != right:
                raise self._damaged(
                    f"the hash of position {event.position} does not follow from the event and the "
                    "previous hash"
                )
            previous, recorded_at = event.hash, event.recorded_at
        if (previous, recorded_at) != (record.hash, record.recorded_at):
            raise self._damaged("its last event is not the one that it should end with")
        if ranges.ranges() != manifest.streams:
            raise self._damaged("its manifest tells of other events")

    def _on_line(self, line: bytes, position: int, decode: Callable[[bytes], _OnALine]) -> _OnALine:
        try:
            found = decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            why = what_is_wrong(error, line)
            raise self._damaged(f"position {position} cannot be read: {why}") from None
        if found.position != position:
            raise self._damaged(f"position {found.position} stands where {position} should")
        return found

    def _events_at(self, block: int, positions: Sequence[int]) -> list[RecordedEvent]:
        """The events of a block at some positions, in order."""
        found: list[RecordedEvent] = []
        for begin, lines in self._lines(block):
            for position in positions[len(found) :]:
                if position >= begin + len(lines):
                    break
                found.append(self._on_line(lines[position - begin], position, archived_event))
            if len(found) == len(positions):
                break
        return found

    def _positions_of(self, stream_id: str) -> array[int]:
        if self._positions is None:
            self._positions = self._read_positions()
        found = self._positions.get(stream_id)
        versions = self.manifest.streams[stream_id]
        if found is None or len(found) != versions.last_version - versions.first_version + 1:
            raise self._damaged("its manifest tells of other events")
        return found

    def _read_positions(self) -> dict[str, array[int]]:
        """The positions of the events of each stream."""
        positions: dict[str, array[int]] = {}
        for block in range(len(self.manifest.blocks)):
            for begin, lines in self._lines(block):
                for position, line in enumerate(lines, begin):
                    stream_id = self._on_line(line, position, _decode_place).aggregate_id
                    positions.setdefault(stream_id, array("q")).append(position)
        return positions

    def _lines(self, block: int) -> Iterator[tuple[int, list[bytes]]]:
        """The lines of a block, some at a time, with the position of the first of them.

        None of them may fill the memory.
        """
        manifest = self.manifest
        begin = manifest.blocks[block]
        is_last = block + 1 == len(manifest.blocks)
        end = manifest.size if is_last else manifest.blocks[block + 1]
        before = block * manifest.events_per_block
        left = min(manifest.events - before, manifest.events_per_block)
        position = self._record.first_position + before
        rest = b""
        for piece in self._unpacked(begin, end):
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_LINE or len(lines) > left:
                raise self._damaged("there is more in it than there should be")
            left -= len(lines)
            yield position, lines
            position += len(lines)
        if rest or left:
            raise self._damaged("there is less in it than there should be")

    def _unpacked(self, begin: int, end: int) -> Iterator[bytes]:
        """What is packed in a part of the file that is a gzip file by itself."""
        file = self._checked_file()
        unpacking = zlib.decompressobj(GZIP)
        packed = b""
        try:
            while not unpacking.eof:
                if not packed:
                    packed = os.pread(file.fileno(), min(_PIECE, end - begin), begin)
                    if not packed:
                        raise self._damaged("it is cut off")
                    begin += len(packed)
                if piece := unpacking.decompress(packed, _PIECE):
                    yield piece
                packed = unpacking.unconsumed_tail
        except zlib.error:
            raise self._damaged("it cannot be unpacked") from None
        except OSError as error:
            raise unreadable(self._path, error) from None
        if unpacking.unused_data or begin != end:
            raise self._damaged("its blocks are not where they should be")

    def _checked_file(self) -> BinaryIO:
        """The file, once its content is known to be what the manifest says."""
        if self._file is None:
            manifest = self.manifest
            file = open_file(self._folder, self._record, self._record.file)
            try:
                size = os.fstat(file.fileno()).st_size
                if size != manifest.size:
                    raise self._damaged(f"it has {size} bytes, not {manifest.size}")
                digest = sha256()
                while piece := file.read(_PIECE):
                    digest.update(piece)
                if digest.hexdigest() != manifest.sha256:
                    raise self._damaged("its SHA-256 is another one")
            except OSError as error:
                file.close()
                raise unreadable(self._path, error) from None
            except BaseException:
                file.close()
                raise
            self._file = file
        return self._file

    @property
    def _path(self) -> str:
        return os.path.join(self._folder, self._record.file)

    def _damaged(self, why: str) -> Exception:
        return damaged(self._folder, self._record, why)
