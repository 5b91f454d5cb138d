"""SQLite's failures as the ledger's errors, with what a person can do about each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from ledger.errors import DamagedLedger, LedgerError, LockTimeout, NotALedger, StorageFailure


def translate(error: apsw.Error, path: str) -> LedgerError:
    """The ledger's error for a failure of SQLite on the file at ``path``."""
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return LockTimeout(
            f"another process holds the write lock of {path} for too long",
            advice="try again later, or wait longer for the lock",
        )
    if isinstance(error, apsw.FullError):
        return StorageFailure(
            f"the disk is full: {path} could not be written, and nothing was changed",
            advice="make room, then repeat the command",
        )
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError)):
        return StorageFailure(
            f"{path} cannot be written: the file or its folder is read-only",
            advice="check the permissions of both, or work on a copy",
        )
    if isinstance(error, apsw.CantOpenError):
        return StorageFailure(
            f"{path} cannot be opened: {_words(error)}",
            advice="check that the file and its folder can be read and written",
        )
    if isinstance(error, apsw.NotADBError):
        return NotALedger(
            f"{path} is not a ledger",
            advice="check the path; the file was left as it is",
        )
    if isinstance(error, apsw.CorruptError):
        return damaged(path, _words(error))
    if getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_SHMSIZE:
        return StorageFailure(
            f"{path} could not be read: the disk is full, and SQLite needs a little room beside it",
            advice="make room, then repeat the command",
        )
    if isinstance(error, apsw.IOError):
        return StorageFailure(
            f"{path} could not be read or written: {_words(error)}",
            advice="check the disk; nothing was half-written",
        )
    if isinstance(error, apsw.AuthError):  # what a diagnosis must not read, since it would run
        return damaged(path, _words(error))
    if isinstance(error, (apsw.SQLError, apsw.ConstraintError, apsw.MismatchError)):
        return damaged(path, _words(error))
    return StorageFailure(f"SQLite failed on {path}: {_words(error)}")


@contextmanager
def translating(path: str) -> Iterator[None]:
    """Have whatever SQLite fails at on the file at a path become the ledger's error."""
    try:
        yield
    except apsw.Error as error:
        raise translate(error, path) from error


def unconfirmed(error: apsw.Error, path: str) -> StorageFailure:
    """The error of a commit that the disk did not confirm.

    All of it is in the write-ahead log by then, and was only not synced. If the disk stays away
    until the program ends, who opens the file next may find it there, and takes it for done.
    """
    return StorageFailure(
        f"the disk did not confirm what was written to {path} ({_words(error)}): all of it may be "
        "there, or nothing",
        advice="check the disk, and see whether it is there before you repeat the command; with "
        "an idempotency key it can be repeated as it is",
    )


def damaged(path: str, why: str) -> DamagedLedger:
    """The error of a file that is a ledger, but not a whole one."""
    return DamagedLedger(
        f"{path} is damaged: {why}",
        advice="keep the file as it is, and have it diagnosed",
    )


def unreadable(path: str) -> StorageFailure:
    """The error of a file of which the disk gave a part back as unreadable."""
    return StorageFailure(
        f"{path} could not be read: disk I/O error",
        advice="check the disk; nothing was half-written",
    )


def _words(error: apsw.Error) -> str:
    text = str(error)
    if text == "not an error":  # so the online backup words every failure
        return "disk I/O error" if isinstance(error, apsw.IOError) else type(error).__name__
    return text.split(": ", 1)[1] if text.startswith(type(error).__name__ + ": ") else text
