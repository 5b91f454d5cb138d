"""The files that a run puts into the folder of an archive, until the ledger knows them."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, suppress
from typing import BinaryIO, Self

from ledger.errors import LedgerError, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.store import EventStore, archive_of


class OwnFiles:
    """Files of a run, which it removes at its end where the ledger has not come to know them.

    They are locked so long, so that others can tell them from those that killed runs left.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._open = ExitStack()
        self._put: list[str] = []
        self._new: dict[str, os.stat_result] = {}
        self._saves = standing.saves()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._open:
            self.remove()

    def open(self, path: str) -> BinaryIO:
        """Open a new file, for its owner alone; it stays open and locked.

        Raises:
            OSError: it cannot be opened.
        """
        file = open(path, "xb", opener=_for_its_owner)  # noqa: SIM115 - closed at the end
        self._open.callback(file.close)
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file

    def put(self, file: BinaryIO, path: str) -> None:
        """Give a file its name; if another has it, which is the same then, it takes its place.

        Raises:
            OSError: that fails.
        """
        if not os.path.lexists(path):  # else the other's owner may rely on it
            self._new[path] = os.fstat(file.fileno())
        self._put.append(path)
        os.replace(file.name, path)

    def commit_begins(self) -> None:
        """What is saved from now on may refer to the files; the caller has a transaction.

        Raises:
            StorageFailure: somebody has removed one.
        """
        for path in self._put:
            if not os.path.exists(path):
                raise StorageFailure(
                    f"somebody has removed {path!a} meanwhile", advice="repeat the command"
                )
        self._saves = standing.saves()

    def remove(self) -> None:
        """Remove the files that the ledger does not know, as far as that can be said."""
        new, self._new = self._new, {}
        # A commit that the disk did not confirm may still come to light.
        if not new or standing.saves() != self._saves:
            return
        with suppress(LedgerError, OSError), self._store.transaction():
            archive = archive_of(self._store)
            known = {each.file for each in (archive.segments() if archive else ())}
            if any(os.path.basename(path) in known for path in new):
                return
            for path, put in new.items():
                with suppress(FileNotFoundError):
                    # Another run, of a copy of the ledger perhaps, may have put the same there.
                    if os.path.samestat(put, os.lstat(path)):
                        os.unlink(path)


def is_locked(path: str) -> bool:
    """Whether a run that is not at its end has put a file there, as far as that can be said."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
