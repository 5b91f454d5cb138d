"""Erasing texts that are archived: the files that hold them are written anew.

The new files stand beside the old ones, checked, before anything of the ledger changes. The
transaction of the erasure makes them the ledger's, and the old ones are removed after it; so
whatever dies at whatever moment, the ledger has a whole archive, and the erasure can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from ledger.commands.book import change_book
from ledger.commands.context import Context
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import ERASED
from ledger.domain.book import Book
from ledger.domain.book_events import LogArchived
from ledger.errors import LockTimeout, StorageFailure
from ledger.eventstore.archive.agreement import check_agreement
from ledger.eventstore.archive.files import is_there, remove_all_but
from ledger.eventstore.archive.left_over import remove_begun
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.records import Archives, SegmentRecord
from ledger.eventstore.archive.states import (
    aggregate_at,
    archived_stream,
    kept_events,
    states_digest,
)
from ledger.eventstore.archive.writing import rewrite_segment
from ledger.eventstore.store import EventStore, archive_of

Rewritten = dict[SegmentRecord, SegmentRecord]
"""Segments, each with what is to take its place."""


def segments_of(store: EventStore) -> Sequence[SegmentRecord]:
    """The segments that a store has given away."""
    archive = archive_of(store)
    return () if archive is None else archive.segments()


def rewrite(
    store: EventStore, positions: Iterable[int], reached: Callable[[str], None], own: OwnFiles
) -> Rewritten:
    """Write the segments anew that have events at positions, without the texts of these.

    Args:
        own: the files of the run, to which the new ones belong.

    Raises:
        ArchiveMissing: one of them is not at hand.
        DamagedArchive: one is not as it was archived.
        DamagedLedger: what the store remembers of its archive is not what its log says.
        StorageFailure: one cannot be read, or written anew.
    """
    if not isinstance(store, Archives) or not store.archive.position:
        return {}
    check_agreement(store)
    archive, erased = store.archive, frozenset(positions)
    rewritten: Rewritten = {}
    for record in archive.segments():
        within = {each for each in erased if record.first_position <= each <= record.last_position}
        if within:
            folder = archive.folder_of(record)
            new = rewrite_segment(record, folder, store.ledger_id, within, reached, own)
            rewritten[record] = msgspec.structs.replace(new, folder=archive.remembered(folder))
    return rewritten


def are_current(store: EventStore, rewritten: Rewritten) -> bool:
    """Whether segments that were written anew are still the store's, and their files still there;
    under its lock.

    Another erasure may have taken their place, or removed the new files as none of the store's.
    """
    archive = archive_of(store)
    if archive is None:
        return not rewritten
    return rewritten.keys() <= set(archive.segments()) and all(
        is_there(archive.folder_of(record), new.file) for record, new in rewritten.items()
    )


def take_over(
    store: EventStore, account_id: str, rewritten: Rewritten, context: Context, command: str
) -> None:
    """Make the new segments the store's, and note it in the book; the caller has a transaction.

    Raises:
        DamagedLedger: what the store remembers of its archive is not what its log says.
    """
    if not isinstance(store, Archives):
        return
    archive = store.archive
    kept = archive.stream(account_id)
    if kept is None and not rewritten:
        return
    check_agreement(store)
    if kept is not None:
        account = aggregate_at(kept)
        if isinstance(account, BankAccount):
            account.state.owner = ERASED
            store.replace_state(
                archived_stream(account, kept.highest_effective_at, kept.last_recorded_at)
            )
    for new in rewritten.values():
        store.replace_segment(new)
    streams = list(archive.streams())
    stayed = kept_events(store, archive.position, {each.stream_id for each in streams})
    digest = states_digest(streams, stayed).hex()
    changed = {each.last_position for each in rewritten.values()} | {archive.position}
    for record in archive.segments():
        if record.last_position in changed:
            change_book(store, context, command, partial(_archived, record, digest))


def _archived(record: SegmentRecord, states_digest: str, _: Book) -> LogArchived:
    return LogArchived(
        record.last_position, record.hash.hex(), record.manifest_sha256.hex(), states_digest
    )


def remove_replaced(store: EventStore) -> LockTimeout | StorageFailure | None:
    """Remove all files that hold archived texts and are not the store's, as far as that is known.

    The store is locked meanwhile, so that no file becomes its own.

    Returns:
        Why one could not be removed, if any.
    """
    if not isinstance(store, Archives) or not store.archive.position:
        return None
    store.archive_folder = store.archive_folder  # lets go of files that are open
    failure: LockTimeout | StorageFailure | None = None
    try:
        with store.transaction():
            for record in store.archive.segments():
                folder = store.archive.folder_of(record)
                try:
                    remove_all_but(folder, store.ledger_id, record)
                    remove_begun(store, folder)
                except (LockTimeout, StorageFailure) as error:
                    failure = error
    except (LockTimeout, StorageFailure) as error:
        failure = error
    return failure
