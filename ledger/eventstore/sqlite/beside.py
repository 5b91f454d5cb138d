"""The files that SQLite keeps beside a database: whose they are.

SQLite takes what stands in them for writes to the database, and carries it over. In a folder that
others may write to, anybody can put one there, and so rewrite a file that nobody else may touch.
"""

from __future__ import annotations

import os
import stat
from typing import Final

import apsw

from ledger.errors import ForeignFile

BESIDE: Final = ("-wal", "-shm", "-journal")
"""What the names of those files end with."""

_JOURNAL_VERSION: Final = 18
"""Where a database says how it is written (SQLite file format §1.3.3)."""
_WAL: Final = 2


def check_beside(real: str) -> None:
    """See that what lies beside a database was written by who may write the database.

    Args:
        real: path of the database, without links.

    Raises:
        ForeignFile: it is a link, another user's, or of a kind that a ledger never has.
    """
    for suffix in BESIDE:
        path = real + suffix
        try:
            found = os.lstat(path)
        except OSError:  # mostly there is none
            continue
        if stat.S_ISLNK(found.st_mode):
            raise _foreign(path, "is a link to another file")
        if not stat.S_ISREG(found.st_mode):
            raise _foreign(path, "is not a regular file")
        if found.st_nlink > 1:
            raise _foreign(path, "has another name elsewhere")
        if not _trusted(found, os.stat(real), os.stat(os.path.dirname(real))):
            raise ForeignFile(
                f"{path} belongs to {_name_of(found.st_uid)}, who may not write the ledger, and "
                "nothing was read of it",
                advice="if you share the ledger with them, have them run a command on it, which "
                "takes it in; else find out how it came there, and move it away",
            )
        if suffix == "-journal" and found.st_size and _is_in_wal_mode(real):
            raise _foreign(path, "was left by another program")


def owner_of(path: str) -> str | None:
    """The database that a file of this name would belong to; None where there is none."""
    for suffix in BESIDE:
        database = path.removesuffix(suffix)
        if database != path and os.path.lexists(database):
            return database
    return None


def check_free(real: str) -> None:
    """See that nothing lies beside a database that is to be made which SQLite would add to it.

    Raises:
        ForeignFile: something does.
    """
    for suffix in BESIDE:
        path = real + suffix
        if os.path.islink(path):
            raise _foreign(path, "is a link to another file")
        # Another process may have made the database since: then the file beside it is its own.
        if suffix != "-shm" and has_content(path) and not os.path.lexists(real):
            raise ForeignFile(
                f"{path} holds the last writes of a file that is not there any more",
                advice=f"put {real} back beside it; where it is lost, move this away",
                path=path,
            )


def is_used_here(real: str) -> bool:
    """Whether this process has the database open.

    Then it must be opened by SQLite alone: whoever closes a file loses all locks that the process
    has on it (POSIX), of which SQLite takes care.
    """
    return any(connection.filename == real for connection in apsw.connections())


def has_content(path: str) -> bool:
    """Whether there is a file that is not empty."""
    try:
        return os.stat(path).st_size > 0
    except OSError:
        return False


def quoted(path: str) -> str:
    """A path as it stands in a URI for SQLite."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _trusted(found: os.stat_result, database: os.stat_result, folder: os.stat_result) -> bool:
    """Whether a file is of somebody who may write the database anyway."""
    if not hasattr(os, "geteuid"):  # there are no owners to tell apart
        return True
    owner = found.st_uid
    if owner in (os.geteuid(), database.st_uid, 0) or database.st_mode & stat.S_IWOTH:
        return True
    if not database.st_mode & stat.S_IWGRP:
        return False
    # In a folder with the set-group-id bit, files of others are of the folder's group, too.
    anybody = folder.st_mode & stat.S_ISGID and folder.st_mode & stat.S_IWOTH
    if found.st_gid == database.st_gid and not anybody:
        return True
    return _is_in_group(owner, database.st_gid)


def _is_in_group(user: int, group: int) -> bool:
    from pwd import getpwuid

    try:
        known = getpwuid(user)
        return group in os.getgrouplist(known.pw_name, known.pw_gid)
    except (KeyError, OSError):
        return False


def _name_of(user: int) -> str:
    from pwd import getpwuid

    try:
        return getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _is_in_wal_mode(real: str) -> bool:
    """Whether a database keeps no journal, so that one beside it is not its own."""
    if is_used_here(real):
        return False  # it was looked at when it was opened
    try:
        with open(real, "rb") as file:
            header = file.read(_JOURNAL_VERSION + 1)
    except OSError:
        return False
    return header[_JOURNAL_VERSION:] == bytes([_WAL])


def _foreign(path: str, why: str) -> ForeignFile:
    return ForeignFile(
        f"{path} {why}: what is in it may not be part of the ledger, and nothing was read",
        advice="find out who put it there; once it is moved away, the ledger opens without it",
        path=path,
    )
