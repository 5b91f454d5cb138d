"""What is archived: whether the store remembers it as the book says, and its files are whole.

A verification without the archive begins where that ends, with the states that are kept of the
accounts. Their digest, and the hash where the archive ends, stand in the log itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import LogArchived
from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    DamagedLedger,
    StorageFailure,
    UnreadableEvent,
)
from ledger.eventstore.archive.files import places
from ledger.eventstore.archive.records import Archives, KeptArchive, SegmentRecord
from ledger.eventstore.archive.segments import Segment
from ledger.eventstore.archive.states import kept_events, states_digest
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import genesis
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
    if not isinstance(store, Archives) or not store.archive.position:
        return
    try:
        segments, noted = store.archive.segments(), dict(_noted(store))
        end, previous = 0, genesis(store.ledger_id)
        for segment in segments:
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
        event = noted.get(end)
        if event is not None and event.states_sha256 != _digest(store, store.archive):
            yield Finding(
                check="archive",
                message="what is kept of the accounts at the end of the archive, or of the book "
                "before that, is not what the book says",
                position=end,
                expected=event.states_sha256,
            )
    except DamagedLedger as error:
        yield Finding(check="archive", message=error.untold)


def _noted(store: EventStore) -> Iterator[tuple[int, LogArchived]]:
    """What the book says of the archive, by its last position; what it said last counts."""
    for recorded in store.read_stream(BOOK_STREAM):
        if recorded.event_type == LogArchived.__name__:
            try:
                event = decode_event(recorded)
            except UnreadableEvent:  # which is found elsewhere
                continue
            yield event.to_position, event


def _digest(store: EventStore, archive: KeptArchive) -> str:
    streams = list(archive.streams())
    kept = kept_events(store, archive.position, {each.stream_id for each in streams})
    try:
        return states_digest(streams, kept).hex()
    except ValueError as error:
        return str(error)


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


def notes_on_the_archive(base: int, unasked: int) -> Iterator[str]:
    """What a check that begins after an archive did not look at.

    Args:
        base: the end of the archive; 0 where it was looked at.
        unasked: of how many events after it the rules could not be asked.
    """
    if base:
        yield (
            f"changes 1 to {base} are in the archive and were not looked at: what is kept "
            "of the accounts at their end is what the rest was checked from"
        )
    if unasked:
        yield (
            "changes that refer to archived entries, and were not checked against the rules of "
            f"accounts: {unasked}"
        )


def _wrong(segment: SegmentRecord, why: str) -> Finding:
    return Finding(
        check="archive", message=f"{segment.file}: {why}", position=segment.last_position
    )
