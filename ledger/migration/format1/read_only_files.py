"""SQLite over files that are only ever read.

A ledger file is in WAL mode: its last writes may be in a file beside it, and SQLite makes that file
and a third one even to read. Opening the database as immutable leaves nothing behind, and overlooks
those writes. So here is a layer between SQLite and the operating system that opens what is there
for reading alone, makes nothing, removes nothing and locks nothing. SQLite keeps its index of the
write-ahead log in memory, as it does where no other process has access (locking mode EXCLUSIVE).

That works on a read-only medium, beside a process that is using the file, and with a log that a
killed process has left. The price is that nothing keeps others from writing meanwhile, so whoever
reads has to see at the end whether somebody did.

The database file may only be opened through SQLite: when a process closes a file, it loses all
locks on it (POSIX), those of its other connections included, which SQLite takes care of.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final

import apsw

_NAME: Final = "ledger-format1-read-only"

_WRITING: Final = (
    apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_DELETEONCLOSE
)

_STEPS: Final = 100_000
"""Of SQLite's machine between two moments at which Python runs: a few milliseconds."""


def connect_for_reading(path: str) -> apsw.Connection:
    """Open a database that nothing is to be changed of, and one state of it for all that is read.

    Args:
        path: of the file itself, not of a link to it: its log lies beside it.

    Raises:
        apsw.Error: it cannot be opened, or is no database.
    """
    _register()
    connection = apsw.Connection(
        path, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOMUTEX, vfs=_NAME
    )
    try:
        connection.set_progress_handler(lambda: False, _STEPS)  # lets an interrupt be heard
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.pragma("locking_mode", "EXCLUSIVE")
        connection.pragma("query_only", True)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # it begins only now
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _register() -> _ReadOnlyVfs:
    """Make the layer known to SQLite, once in a process."""
    return _ReadOnlyVfs()


class _ReadOnlyVfs(apsw.VFS):
    def __init__(self) -> None:
        super().__init__(_NAME, "")

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        wanted = flags[0]
        flags[0] = flags[1] = wanted & ~_WRITING | apsw.SQLITE_OPEN_READONLY
        if wanted & apsw.SQLITE_OPEN_WAL and not os.path.exists(str(name)):
            return _NoLog()  # type: ignore[return-value]  # its methods are what is asked for
        return _ReadOnlyFile("", name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        raise apsw.ReadOnlyError(f"{filename} is not ours to remove")


class _ReadOnlyFile(apsw.VFSFile):
    """A file that the base layer has opened for reading alone."""

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False


class _NoLog:
    """The write-ahead log of a database that has none: an empty file that is nowhere."""

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return b""

    def xFileSize(self) -> int:  # noqa: N802
        return 0

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4_096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xClose(self) -> None:  # noqa: N802
        pass
