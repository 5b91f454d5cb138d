"""What is archived: whether the store remembers it as the book says, and its files are whole.

A verification without the archive begins where that ends, with the states that are kept of the
accounts. Their digest, and the hash where the archive ends, stand in the log itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    DamagedLedger,
    StorageFailure,
)
from ledger.eventstore.archive.agreement import disagreements
from ledger.eventstore.archive.files import places
from ledger.eventstore.archive.left_over import in_words, left_over
from ledger.eventstore.archive.records import Archives
from ledger.eventstore.archive.segments import Segment
from ledger.eventstore.archive.states import kept_events
from ledger.eventstore.store import EventStore, archive_of
from ledger.verification.findings import Finding, span_text

NOWHERE: Final = os.devnull
"""A folder that has no files: nothing is read of an archive that is looked for there."""

_NOT_READ: Final = (ArchiveMissing, DamagedArchive, StorageFailure)


@contextmanager
def archive_looked_for_in(store: EventStore, folder: str | None) -> Iterator[None]:
    """Look for the archive in a folder; None for where it was put."""
    if not isinstance(store, Archives):
        yield
        return
    before = store.archive_folder
    store.archive_folder = folder
    try:
        yield
    finally:
        store.archive_folder = before


def wrongly_remembered(store: EventStore) -> Iterator[Finding]:
    """Where what the store remembers of its archive is not what its book says."""
    try:
        for each in disagreements(store):
            yield Finding(
                check="archive",
                message=each.message,
                position=each.position,
                expected=each.expected,
            )
    except DamagedLedger as error:
        yield Finding(check="archive", message=error.untold)


def segments_of(store: EventStore) -> int:
    """How many files the archive has."""
    archive = archive_of(store)
    try:
        return 0 if archive is None else len(archive.segments())
    except DamagedLedger:  # which is found elsewhere
        return 0


def remembered_folder(store: EventStore) -> str:
    """Where all files of the archive are; empty where they are not all in one folder."""
    archive = archive_of(store)
    try:
        with archive_looked_for_in(store, None):
            found = () if archive is None else places(archive)
    except DamagedLedger:  # which is found elsewhere
        return ""
    folders = {each.folder for each in found}
    return folders.pop() if len(folders) == 1 and all(each.is_there for each in found) else ""


def archived_since(store: EventStore, position: int) -> bool:
    """Whether something was archived since the archive ended at a position."""
    archive = archive_of(store)
    return (0 if archive is None else archive.position) != position


def damaged_segments(store: EventStore) -> Iterator[Finding]:
    """The files of the archive that are missing, or not as they were archived."""
    if not isinstance(store, Archives):
        return
    end = 0
    for record in store.archive.segments():
        if record.first_position != end + 1:
            yield Finding(
                check="archive_files",
                message="nobody knows which file of the archive has the positions "
                f"{span_text(end + 1, record.first_position - 1)}",
                position=end + 1,
            )
        end = record.last_position
        try:
            segment = Segment(store.archive.folder_of(record), record, store.ledger_id)
            try:
                segment.check()
            finally:
                segment.close()
        except _NOT_READ as error:
            yield Finding(
                check="archive_files",
                message=error.untold,
                position=record.first_position,
                expected=f"positions {span_text(record.first_position, record.last_position)}",
            )


def changed_since_archived(store: EventStore) -> Iterator[Finding]:
    """The events that stayed in the store, and differ from themselves in the archive."""
    if not isinstance(store, Archives) or not store.archive.position:
        return
    archive = store.archive
    archived_ids = {each.stream_id for each in archive.streams()}
    kept = kept_events(store, archive.position, archived_ids)
    here = {(each.stream_id, each.version): each for each in kept}
    for record in archive.segments():
        segment = Segment(archive.folder_of(record), record, store.ledger_id)
        try:
            for stream_id in segment.manifest.streams.keys() - archived_ids:
                for event in segment.read_stream(stream_id):
                    mine = here.pop((stream_id, event.version), None)
                    if mine is None:
                        yield Finding.at(
                            event, "archive", "the event is missing here, and the archive has it"
                        )
                    elif mine != event:
                        yield Finding.at(
                            event, "archive", "the event is another one here than in the archive"
                        )
        finally:
            segment.close()
    for event in here.values():
        yield Finding.at(event, "archive", "the archive does not have the event")


def notes_on_its_folders(store: EventStore) -> Iterator[str]:
    """What stands in the folders of the archive and does not belong to it."""
    paths: list[str] = []
    with suppress(DamagedLedger, ValueError):  # what it says of them is damaged, which is found
        paths = left_over(store)
    if paths:
        yield in_words(paths)


def notes_on_missing_files(store: EventStore) -> Iterator[str]:
    """Which files of the archive are not where they are looked for."""
    archive = archive_of(store)
    if archive is None:
        return
    missing: dict[str, list[str]] = {}
    with suppress(DamagedLedger, ValueError):  # as above
        for each in places(archive):
            if not each.is_there:
                missing.setdefault(each.folder, []).append(each.segment.file)
    for folder, names in missing.items():
        yield (
            f"the archive is not all in {folder!a}: {len(names)} of its files "
            f"{'is' if len(names) == 1 else 'are'} missing there, {names[0]} first; bring the "
            "folder back, or name the one that has them (--archive DIR)"
        )


def notes_on_the_archive(base: int, keys: int, unasked: int) -> Iterator[str]:
    """What a check that begins after an archive did not look at.

    Args:
        base: the end of the archive; 0 where it was looked at.
        keys: how many idempotency keys have a record that says that they came with archived ones.
        unasked: of how many events after it the rules could not be asked.
    """
    if base:
        yield (
            f"changes 1 to {base} are in the archive and were not looked at: what is kept "
            "of the accounts at their end is what the rest was checked from"
        )
        yield f"idempotency keys of archived changes, which were not compared with them: {keys}"
    if unasked:
        yield (
            "changes that refer to archived entries, and were not checked against the rules of "
            f"accounts: {unasked}"
        )
