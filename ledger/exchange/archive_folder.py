"""One folder for the whole archive: whoever looks for it names one, and a copy of one is enough."""

from __future__ import annotations

import os

import msgspec

from ledger.errors import ArchiveMissing, DamagedArchive, InvalidOption
from ledger.eventstore.archive.files import places
from ledger.eventstore.archive.records import Archives, SegmentRecord
from ledger.eventstore.archive.segments import Segment
from ledger.eventstore.store import EventStore


def check_one_folder(store: EventStore, folder: str) -> list[SegmentRecord]:
    """See that all that is archived is in the folder that more is to be archived in.

    Returns:
        The segments that were put elsewhere, and were moved or copied there: as they are to be
        remembered.

    Raises:
        InvalidOption: the folder lacks some of them, which are in another.
        ArchiveMissing: some of them are in neither.
        DamagedArchive: what it has is not what was archived.
        StorageFailure: it cannot be read.
    """
    assert isinstance(store, Archives)
    archive = store.archive
    remembered, moved = archive.remembered(folder), []
    for place in places(archive):
        record = place.segment
        is_same = os.path.realpath(place.folder) == os.path.realpath(folder)
        if not (is_same and place.is_there):
            segment = Segment(folder, record, store.ledger_id)
            try:
                next(segment.read())
            except ArchiveMissing as error:
                if not place.is_there:
                    error.advice = "bring it back, or archive into the folder that has it"
                    if not is_same:
                        error.message = (
                            f"{record.file} is neither in {os.path.abspath(folder)!a} nor in "
                            f"{place.folder!a}, where the archive should be"
                        )
                    raise
                raise _other_folder(folder, place.folder) from error
            except DamagedArchive as error:
                error.advice = "put an unchanged copy of it there"
                raise
            finally:
                segment.close()
        if record.folder != remembered:
            moved.append(msgspec.structs.replace(record, folder=remembered))
    return moved


def _other_folder(folder: str, has_it: str) -> InvalidOption:
    return InvalidOption(
        f"the archive is in {has_it!a}, and {os.path.abspath(folder)!a} does not have all of it",
        advice="move all of its files there first, or archive where it is",
        archive_folder=has_it,
    )
