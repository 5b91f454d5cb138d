"""Where the files of an archive are."""

from __future__ import annotations

import os

from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.archive.segments import Segment


class ArchiveAccess:
    """Finds segments, and keeps those open that were read.

    Args:
        ledger_id: of the ledger whose they are.
        beside: the folder that remembered folders are relative to; None where they cannot be.
    """

    def __init__(self, ledger_id: str, beside: str | None) -> None:
        self._ledger_id = ledger_id
        self._beside = beside
        self._folder: str | None = None
        self._open: dict[SegmentRecord, Segment] = {}

    @property
    def folder(self) -> str | None:
        """Where all segments are looked for; None for where each was put."""
        return self._folder

    @folder.setter
    def folder(self, folder: str | None) -> None:
        self.close()
        self._folder = folder

    def segment(self, record: SegmentRecord) -> Segment:
        """A segment, which is looked for once it is read."""
        found = self._open.get(record)
        if found is None:
            found = self._open[record] = Segment(self.folder_of(record), record, self._ledger_id)
        return found

    def folder_of(self, record: SegmentRecord) -> str:
        """The folder that a segment is looked for in."""
        if self._folder is not None:
            return self._folder
        return record.folder if self._beside is None else os.path.join(self._beside, record.folder)

    def close(self) -> None:
        """Let go of the files."""
        for segment in self._open.values():
            segment.close()
        self._open.clear()


def remembered(folder: str, beside: str | None) -> str:
    """How a folder is remembered: relative to the ledger's own, where it goes with that.

    Args:
        beside: the ledger's folder.
    """
    absolute = os.path.realpath(folder)
    if beside is None:
        return absolute
    try:
        relative = os.path.relpath(absolute, beside)
    except ValueError:  # on another drive
        return absolute
    return absolute if relative.startswith(os.path.join(os.pardir, os.pardir)) else relative
