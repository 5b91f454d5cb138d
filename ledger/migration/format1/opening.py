"""From a path to the ledger of format 1 that is there."""

from __future__ import annotations

import os
import stat
from typing import Final

from ledger.errors import InvalidLine, NoSuchLedger, NotALedger, StorageFailure
from ledger.migration.format1.export_file import ExportFile
from ledger.migration.format1.ledger_file import LedgerFile, damaged
from ledger.migration.format1.source import Source

_SQLITE: Final = b"SQLite format 3\x00"


def open_source(path: str) -> Source:
    """Open a ledger file or an export of format 1, whichever it is.

    Raises:
        NoSuchLedger: there is nothing at the path.
        NotALedger: it is a folder, no regular file, empty, somebody else's, a log of the older
            world, or of another format.
        DamagedLedger: it is one, with parts missing.
        StorageFailure: it cannot be opened.
    """
    _check_regular_file(path)
    import apsw

    try:
        return LedgerFile(path)
    except apsw.NotADBError:  # only now, see `read_only_files`
        try:
            with open(path, "rb") as file:
                start = file.read(len(_SQLITE))
        except OSError as error:
            raise _unopenable(path, error) from None
    if start == _SQLITE:
        raise damaged(path, "it begins as an SQLite file does, and its header is damaged")
    try:
        return ExportFile(path)
    except InvalidLine:  # a first line without an end
        raise NotALedger(
            f"{path} is neither a ledger file nor an exported log",
            advice="check the path; the file was left as it is",
        ) from None


def _check_regular_file(path: str) -> None:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchLedger(f"there is nothing at {path}", advice="check the path") from None
    except (OSError, ValueError) as error:
        raise _unopenable(path, error) from None
    if stat.S_ISDIR(found.st_mode):
        raise NotALedger(f"{path} is a folder, not a ledger", advice="name a file")
    if not stat.S_ISREG(found.st_mode):
        raise NotALedger(f"{path} is not a regular file", advice="name a file")
    if found.st_size == 0:
        raise NotALedger(f"{path} is an empty file, not a ledger", advice="check the path")


def _unopenable(path: str, error: OSError | ValueError) -> StorageFailure:
    why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return StorageFailure(f"{path!a} cannot be opened: {why}", advice="check the path")
