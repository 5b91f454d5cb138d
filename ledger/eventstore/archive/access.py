"""Where the files of an archive are, and what was read of them last."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from ledger.errors import ArchiveMissing
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.archive.segments import read_segment
from ledger.eventstore.records import RecordedEvent

_HELD: Final = 100_000
"""Events of one stream that are held, since whoever asks for one of them asks for others."""


class ArchiveAccess:
    """Reads segments where they are found.

    Args:
        beside: the folder that remembered folders are relative to; None where they cannot be.

    Attributes:
        folder: where all segments are looked for; None for where each was put.
    """

    def __init__(self, beside: str | None) -> None:
        self._beside = beside
        self.folder: str | None = None
        self._held_of: tuple[str, tuple[SegmentRecord, ...]] | None = None
        self._held: list[RecordedEvent] = []

    def folder_of(self, segment: SegmentRecord) -> str:
        """The folder that has a segment.

        Raises:
            ArchiveMissing: it is not where it is looked for.
        """
        folder = self.folder
        if folder is None:
            folder = segment.folder
            if self._beside is not None:
                folder = os.path.join(self._beside, folder)
        if os.path.isfile(os.path.join(folder, segment.file)):
            return folder
        raise ArchiveMissing(
            f"{segment.file} of the archive is not in {folder!a}, and what is asked for is in it: "
            f"positions {segment.first_position} to {segment.last_position}",
            advice="name the folder that has it",
            segment=segment.file,
            folder=folder,
        )

    def log(
        self, segments: Sequence[SegmentRecord], after: int, to: int
    ) -> Iterator[RecordedEvent]:
        """The archived events with positions in (after, to]."""
        for segment in segments:
            if segment.last_position > after and segment.first_position <= to:
                yield from read_segment(
                    self.folder_of(segment), segment, after_position=after, to_position=to
                )

    def stream(
        self, segments: Sequence[SegmentRecord], stream_id: str, length: int
    ) -> Iterator[RecordedEvent]:
        """The archived events of a stream in order; there are so many."""
        if length > _HELD:
            return self._read_stream(segments, stream_id)
        wanted = (stream_id, tuple(segments))
        if self._held_of != wanted:
            self._held_of = None
            self._held = list(self._read_stream(segments, stream_id))
            self._held_of = wanted
        return iter(self._held)

    def _read_stream(
        self, segments: Sequence[SegmentRecord], stream_id: str
    ) -> Iterator[RecordedEvent]:
        for segment in segments:
            yield from read_segment(self.folder_of(segment), segment, stream_id=stream_id)


def remembered(folder: str, beside: str | None) -> str:
    """How a folder is remembered: relative to the ledger's own, where it goes with that.

    Args:
        beside: the ledger's folder.
    """
    absolute = os.path.abspath(folder)
    if beside is None:
        return absolute
    try:
        relative = os.path.relpath(absolute, beside)
    except ValueError:  # on another drive
        return absolute
    return absolute if relative.startswith(os.path.join(os.pardir, os.pardir)) else relative
