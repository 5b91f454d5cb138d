"""A copy of a ledger file, made while others write.

SQLite's online backup copies page by page. It would begin again whenever somebody has written, and
need never end; so it runs inside one read transaction, which in WAL mode keeps no writer waiting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import apsw

from ledger.errors import DamagedLedger, Integrity, InvalidOption, NotALedger, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.records import Progress
from ledger.eventstore.sqlite.beside import BESIDE, owner_of
from ledger.eventstore.sqlite.drafts import (
    make_file,
    reason_of,
    remove,
    sync_folder,
    take_name,
)
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.session import Session

_PAGES_AT_ONCE: Final = 1_000
"""Between two such steps an interrupt is heard, and progress told."""

_OF_THE_SOURCE: Final = (
    apsw.SQLITE_IOERR_READ,
    apsw.SQLITE_IOERR_SHORT_READ,
    apsw.SQLITE_IOERR_CORRUPTFS,
)


class Copy:
    """A copy on its way to a path; leaving its block removes what has not got there.

    Args:
        destination: the path.
        source: of the ledger file.
        replace: whether a file at the destination may be replaced.

    Raises:
        InvalidOption: something is there that must not be replaced.
        StorageFailure: nothing can be written there.
    """

    def __init__(self, destination: str, source: str, *, replace: bool) -> None:
        self._destination = destination
        self._source = source
        self._replace = replace
        try:
            self._target = os.path.realpath(destination)
            self._check_place()
        except (OSError, ValueError) as error:  # the working folder may be gone
            raise self._unmakable(error) from None
        self.temporary = standing.temporary_name(self._target, BESIDE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        remove(self.temporary)

    def fill(self, session: Session, progress: Progress | None) -> None:
        """Copy the state of the file that the session's open read transaction sees."""
        try:
            make_file(self.temporary)
        except OSError as error:
            raise self._unmakable(error) from None
        try:
            self._copy_pages(session.connection, progress)
        except apsw.Error as error:
            blamed = self._destination
            if (
                isinstance(error, (apsw.CorruptError, apsw.BusyError, apsw.LockedError))
                or getattr(error, "extendedresult", None) in _OF_THE_SOURCE
            ):
                blamed = self._source
            raise translate(error, blamed) from error

    def _copy_pages(self, source: apsw.Connection, progress: Progress | None) -> None:
        target = apsw.Connection(self.temporary, flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            # Until it has its name, nobody misses the file: it is synced once, at the end.
            target.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            with target.backup("main", source, "main") as backup:
                while not backup.done:
                    backup.step(_PAGES_AT_ONCE)
                    if progress:
                        progress(backup.page_count - backup.remaining, backup.page_count)
            target.execute("PRAGMA journal_mode = WAL")  # whatever mode the ledger is in
        finally:
            target.close()

    @contextmanager
    def blaming_the_source(self) -> Iterator[None]:
        """Say of the ledger what is found wrong with its copy, and of the destination what fails.

        Raises:
            DamagedLedger: something is wrong.
            StorageFailure: the copy cannot be read.
        """
        try:
            yield
        except (Integrity, NotALedger) as error:
            found = error.message.replace(self.temporary, self._source)
            raise DamagedLedger(
                f"no backup of {self._source} was made: {found}",
                advice="keep the ledger as it is, and have it diagnosed",
                **error.details,
            ) from error
        except StorageFailure as error:
            named = error.message.replace(self.temporary, self._destination)
            raise StorageFailure(named, advice=error.advice, **error.details) from error

    def publish(self) -> None:
        """Put the finished copy on the disk, and give it its name."""
        try:
            self._sync()
            self._check_place()
            standing.saving()
            if self._replace:
                os.replace(self.temporary, self._target)
            else:
                take_name(self.temporary, self._target)
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            raise self._unmakable(error) from None
        sync_folder(os.path.dirname(self._target))

    def _sync(self) -> None:
        handle = os.open(self.temporary, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _check_place(self) -> None:
        name, target = self._destination, self._target
        if not name or name.endswith(os.sep) or os.path.isdir(target):
            raise InvalidOption(
                f"{name!a} is a folder, and a backup is a file",
                advice="name a file in it: " + os.path.join(name, "backup.db"),
            )
        source = os.path.realpath(self._source)  # of a ledger in memory there is no such file
        there = os.path.exists(target) and os.path.exists(source)
        if there and os.path.samefile(target, source):
            raise InvalidOption(f"{name!a} is the ledger itself", advice="name another file")
        owner = owner_of(target)
        if owner is not None:
            raise InvalidOption(f"{name!a} belongs to {owner}", advice="name another file")
        if os.path.islink(name) and not os.path.exists(target):
            raise InvalidOption(
                f"{name!a} is a link to {target}, where nothing is",
                advice="name the file itself, or remove the link",
            )
        if os.path.exists(target) and not os.path.isfile(target):
            raise InvalidOption(f"{name!a} is not a regular file", advice="name a file")
        if os.path.exists(target) and not self._replace:
            raise self._exists()
        for suffix in BESIDE:
            # SQLite would take what stands in these for writes to the backup, and destroy it.
            if os.path.lexists(target + suffix):
                raise InvalidOption(
                    f"{name!a} is in use, or was left so: {os.path.basename(target)}{suffix} lies "
                    "beside it",
                    advice="end what uses it and open it once, or name another file",
                )

    def _exists(self) -> InvalidOption:
        return InvalidOption(
            f"{self._destination!a} exists already",
            advice="name another file, or let this one be replaced",
            existing=self._destination,
        )

    def _unmakable(self, error: OSError | ValueError) -> StorageFailure:
        return StorageFailure(
            f"no backup can be made at {self._destination!a}: {reason_of(error)}",
            advice="name a file in a folder that exists and that you may write to",
        )
