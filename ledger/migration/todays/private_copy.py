"""A copy of a ledger that this process alone has, to be verified and read in peace.

It is in a temporary database of SQLite's, which has no name in any folder and is gone with the
process, however that ends. The ledger's file is read as it is for format 1: nothing is written to
it or beside it, and what is only in its write-ahead log is read from there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import apsw

from ledger.commands.input_lines import bounded_lines
from ledger.errors import StorageFailure
from ledger.eventstore.records import Clock
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.store import SqliteStore
from ledger.eventstore.store import EventStore
from ledger.migration.format1.read_only_files import connect_for_reading
from ledger.migration.format1.source import FileState, written_to

_PAGES_AT_ONCE = 1_000
"""Between two such steps an interrupt is heard."""


def copy_of_file(path: str, clock: Clock) -> EventStore | None:
    """The store in a copy of a ledger file; None where the file is no SQLite file.

    Raises:
        DamagedLedger: parts of it are missing.
        StorageFailure: it cannot be read, there is no room for the copy, or somebody wrote to it
            meanwhile.
    """
    real = os.path.realpath(path)
    before = _states(real)
    try:
        source = connect_for_reading(real)
    except apsw.NotADBError:
        return None
    except apsw.Error as error:
        raise translate(error, path) from error
    copy = apsw.Connection("")
    try:
        try:
            with copy.backup("main", source, "main") as backup:
                while not backup.done:
                    backup.step(_PAGES_AT_ONCE)
        finally:
            source.close()
        if _states(real) != before:
            raise written_to(path)
        return SqliteStore.of_copy(copy, path, clock)
    except BaseException as error:
        copy.close()
        if not isinstance(error, apsw.Error):
            raise
        if _states(real) != before:
            raise written_to(path) from error
        if isinstance(error, apsw.FullError):
            raise StorageFailure(
                f"there is no room for a temporary copy of {path}",
                advice="make room in the folder for temporary files, or name another one in "
                "SQLITE_TMPDIR",
            ) from error
        raise translate(error, path) from error


def empty_copy(path: str, clock: Clock) -> EventStore:
    """An empty store of the same kind, for an exported log that is at a path."""
    return SqliteStore.temporary("", path, clock)


def exported_lines(path: str) -> Iterator[bytes]:
    """The lines of an exported log.

    Raises:
        StorageFailure: it cannot be read, or somebody wrote to it meanwhile.
    """
    try:
        with open(path, "rb") as file:
            before = FileState.of(os.fstat(file.fileno()))
            yield from bounded_lines(file)
            after = FileState.of(os.fstat(file.fileno()))
    except OSError as error:
        raise StorageFailure(
            f"{path} cannot be read: {error.strerror}", advice="check the file and the disk"
        ) from None
    if after != before:
        raise written_to(path)


def _states(path: str) -> tuple[FileState | None, FileState | None]:
    return _state(path), _state(f"{path}-wal")


def _state(path: str) -> FileState | None:
    """The state of a file; an empty log is none, since readers leave such a one."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return FileState.of(found) if found.st_size else None
