"""Ledger files: opening one, and telling it from what is none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import apsw

from ledger.errors import NoSuchLedger, NotALedger, OlderFormat, StorageFailure
from ledger.eventstore.sqlite.beside import check_beside, has_content, is_used_here, quoted
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.interrupting import let_interrupt, wait_for_locks
from ledger.eventstore.sqlite.schema import ARCHIVED_VERSION, check_schema, guard

APPLICATION_ID: Final = 0x4C444752  # "LDGR", at byte 68 of the file (SQLite file format §1.3.8)
SCHEMA_VERSION: Final = 2
OLDER_FORMATS: Final = (1,)
"""Those that can be migrated from."""

_MAPPED_AT_MOST: Final = 1 << 40
"""Bytes; SQLite has a lower limit of its own."""

# No two threads use a connection at once (apsw sees to it), so SQLite need not lock it for each
# value that it gives out: that saves a fifth of the time of a long read.
_ONE_THREAD: Final = apsw.SQLITE_OPEN_NOMUTEX


IsWhole = Callable[[apsw.Connection], bool]
"""Whether what a connection sees is a ledger, from its first event to the last thing made of it."""


def _taken_as_whole(_: apsw.Connection) -> bool:
    return True


def connect(
    path: str,
    lock_timeout: float,
    *,
    as_it_is: bool = False,
    mapped: bool = False,
    is_whole: IsWhole = _taken_as_whole,
) -> apsw.Connection:
    """Open an existing ledger file.

    A file that cannot be written is opened for reading alone, so that a ledger on a read-only
    medium can still be asked, and nothing is left beside it.

    Args:
        path: of the file.
        lock_timeout: seconds to wait for another process's lock.
        as_it_is: open it though parts are missing, to find out what is left of it; and leave what a
            killed process has left beside it.
        mapped: read it as a part of this process's memory, which is faster; a medium that fails
            then ends the process.
        is_whole: asked about what a killed writer has left, where nothing else tells whether it
            belongs to the file.

    Raises:
        NoSuchLedger: there is nothing at the path.
        NotALedger: it is a folder, an empty file, another application's, or a newer ledger's.
        DamagedLedger: it is a ledger with parts missing, or with parts that are none of it.
        ForeignFile: what lies beside it may not be its own.
        StorageFailure: it cannot be opened.
    """
    _check_regular_file(path)
    real = os.path.realpath(path)
    try:
        check_beside(real)
        with _own_log(real, is_whole, lock_timeout, doubtful=as_it_is):
            try:
                return _opened(path, real, lock_timeout, as_it_is=as_it_is, mapped=mapped)
            except (apsw.CorruptError, apsw.SQLError):
                if not as_it_is:
                    raise
                return _opened(path, real, lock_timeout, as_it_is=True, any_schema=True)
    except apsw.Error as error:
        raise translate(error, path) from error
    except OSError as error:
        raise StorageFailure(
            f"{path} cannot be opened: {error.strerror}", advice="check the path"
        ) from error


def _own_log(
    real: str, is_whole: IsWhole, lock_timeout: float, *, doubtful: bool
) -> AbstractContextManager[None]:
    if not has_content(f"{real}-wal") or not _writable(real) or is_used_here(real):
        return nullcontext()
    from ledger.eventstore.sqlite.leftover_log import own_log  # mostly there is none

    return own_log(real, is_whole, lock_timeout, doubtful=doubtful)


def _opened(
    path: str,
    real: str,
    lock_timeout: float,
    *,
    as_it_is: bool,
    mapped: bool = False,
    any_schema: bool = False,
) -> apsw.Connection:
    left_over = os.path.exists(f"{real}-wal")
    connection = _connect(real)
    try:
        if any_schema:  # what SQLite can make no sense of is passed over
            connection.execute("PRAGMA writable_schema = ON")
        if as_it_is and left_over:
            _leave_as_it_is(connection, real)
        configure(connection, lock_timeout)
        if mapped:
            connection.execute(f"PRAGMA mmap_size = {_MAPPED_AT_MOST}")
        _check_schema(connection, path, complete=not as_it_is)
    except BaseException as error:
        connection.close()
        if isinstance(error, apsw.CantOpenError) and os.path.exists(f"{real}-wal"):
            raise StorageFailure(
                f"the last writes of {path} are still in {path}-wal, and cannot be read from there",
                advice="copy both files to a folder that you may write to, and open the copy",
            ) from error
        raise
    return connection


def take_over(connection: apsw.Connection, path: str) -> None:
    """Make a connection to a copy of a ledger file one as `connect` makes it.

    Raises:
        NotALedger, OlderFormat, DamagedLedger: see `connect`.
    """
    configure(connection, lock_timeout=0)
    try:
        _check_schema(connection, path, complete=True)
    except apsw.Error as error:
        raise translate(error, path) from error


def _connect(path: str) -> apsw.Connection:
    """Open the file itself, not a link to it: SQLite's other files lie beside the file."""
    if _writable(path) or _in_use(path):
        return apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE | _ONE_THREAD)
    # SQLite's shared-memory file has no place here, or must not be left behind with the ledger's
    # own mode, which would keep out every writer to come. The way in without it is the promise
    # that nobody writes meanwhile.
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | _ONE_THREAD
    return apsw.Connection(f"file:{quoted(path)}?immutable=1", flags=flags)


def _writable(path: str) -> bool:
    return os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)


def _in_use(path: str) -> bool:
    """Whether there are writes beside the file that are not in it yet, or a process with it open.

    An empty write-ahead log alone is what a reader left behind.
    """
    log = f"{path}-wal"
    return has_content(log) or (os.path.exists(log) and os.path.exists(f"{path}-shm"))


def configure(connection: apsw.Connection, lock_timeout: float) -> None:
    let_interrupt(connection)
    wait_for_locks(connection, lock_timeout)
    connection.execute(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"
    )
    # Triggers guard the log against other programs' statements. We run none that they refuse, and a
    # stranger's must not run at all; each insert would pay for them, too. Views are for others.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)


def _leave_as_it_is(connection: apsw.Connection, path: str) -> None:
    """Have nothing of the write-ahead log moved into the file, nor the log removed.

    Where the file that SQLite shares between processes is not there, it is not made either; the
    price is that nobody else can read meanwhile.
    """
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    if not os.path.exists(f"{path}-shm"):
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")


def _check_regular_file(path: str) -> None:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            raise NoSuchLedger(
                f"there is no ledger at {path}: it is a link to {os.path.realpath(path)}, where "
                "nothing is",
                advice="mount what it leads to, or remove the link",
                path=path,
            ) from None
        raise NoSuchLedger(
            f"there is no ledger at {path}",
            advice="open an account to begin one there, or name the path of yours",
            path=path,
        ) from None
    except (OSError, ValueError) as error:
        raise StorageFailure(
            f"{path!a} cannot be opened: {error}", advice="check the path"
        ) from None
    if stat.S_ISDIR(found.st_mode):
        raise NotALedger(f"{path} is a folder, not a ledger", advice="name a file")
    if not stat.S_ISREG(found.st_mode):
        raise NotALedger(f"{path} is not a regular file", advice="name a file")
    if found.st_size == 0:
        raise NotALedger(
            f"{path} is an empty file, not a ledger",
            advice="if nothing is lost there, delete it; opening an account begins a new ledger",
        )


def _check_schema(connection: apsw.Connection, path: str, *, complete: bool) -> None:
    application_id = connection.pragma("application_id")
    if application_id != APPLICATION_ID:
        raise NotALedger(
            f"{path} is an SQLite file of another application",
            advice="check the path; the file was left as it is",
        )
    schema_version = connection.pragma("user_version")
    if schema_version in OLDER_FORMATS:
        raise OlderFormat(
            f"{path} was written by an older release, in file format {schema_version}",
            advice="write it anew in today's format; the file itself stays as it is",
            path=path,
            format=schema_version,
        )
    if schema_version not in (SCHEMA_VERSION, ARCHIVED_VERSION):
        raise NotALedger(
            f"{path} has file format {schema_version}, and this program knows {ARCHIVED_VERSION}",
            advice="it was written by a newer release; install that",
            schema_version=schema_version,
        )
    if complete:
        check_schema(connection, path)
    else:
        guard(connection)
