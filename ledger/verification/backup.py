"""Backups: a checked copy of a ledger, made while others write."""

from __future__ import annotations

import os

import msgspec

from ledger.errors import VerificationFailed
from ledger.eventstore.records import Head, Progress
from ledger.eventstore.store import CopiesToFile, EventStore
from ledger.projections.projector import PROJECTIONS
from ledger.verification.verify import verify


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup is.

    Attributes:
        path: where it is.
        head: of its log; noted elsewhere, it shows later that nothing was cut off or exchanged.
        size: bytes.
    """

    path: str
    head: Head
    size: int


def back_up(
    store: CopiesToFile,
    path: str,
    *,
    force: bool,
    progress: Progress | None = None,
) -> BackupReport:
    """Put a copy of a store at a path, once it is checked; see `CopiesToFile.backup`."""
    head = store.backup(path, replace=force, check=check_whole, progress=progress)
    return BackupReport(path, head, os.stat(path).st_size)


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
