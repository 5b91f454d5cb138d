"""Backups: a checked copy of a ledger, made while others write."""

from __future__ import annotations

import os

import msgspec

from ledger.errors import InvalidUsage, VerificationFailed
from ledger.eventstore.archive.files import places
from ledger.eventstore.records import Head, Progress
from ledger.eventstore.store import CopiesToFile, EventStore, archive_of
from ledger.projections.projector import PROJECTIONS
from ledger.verification.verify import verify


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup is.

    Attributes:
        path: where it is.
        head: of its log; noted elsewhere, it shows later that nothing was cut off or exchanged.
        size: bytes.
        archive_folders: where the entries are that the ledger has no more, and so the copy neither.
    """

    path: str
    head: Head
    size: int
    archive_folders: tuple[str, ...] = ()


def back_up(
    store: EventStore,
    path: str,
    *,
    force: bool,
    progress: Progress | None = None,
) -> BackupReport:
    """Put a copy of a store at a path, once it is checked; see `CopiesToFile.backup`.

    Raises:
        InvalidUsage: this kind of store has no such copies.
    """
    if not isinstance(store, CopiesToFile):
        raise InvalidUsage(
            "this ledger cannot be copied into a file", advice="export its log instead"
        )
    head = store.backup(path, replace=force, check=check_whole, progress=progress)
    archive = archive_of(store)
    folders = dict.fromkeys(each.folder for each in places(archive)) if archive else {}
    return BackupReport(path, head, os.stat(path).st_size, tuple(folders))


def check_whole(store: EventStore) -> None:
    """See that a store holds what was written to it; streams of a type unknown here may be in it.

    Raises:
        VerificationFailed: it does not.
        LedgerError: it cannot be read.
    """
    found = [each for each in verify(store, PROJECTIONS).findings if each.check != "unknown_type"]
    if found:
        raise VerificationFailed(
            f"it does not hold what was written to it ({len(found)} findings, the first: "
            f"{found[0].message})",
            findings=len(found),
        )
