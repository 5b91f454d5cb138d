"""What a ledger of format 1 is read from: a ledger file, or an export."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from ledger.errors import DamagedLedger, StorageFailure
from ledger.migration.format1.events import Format1Event, SourceHead


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A place in the log that cannot be read.

    Attributes:
        position: None in an export, where it is the line that is known.
        line: of an export, 1-based; None in a file.
        account_id: where it could be read.
        span: whether neighbours with the same message are one finding.
    """

    message: str
    position: int | None = None
    line: int | None = None
    account_id: str | None = None
    span: bool = False


class FileState(NamedTuple):
    """What shows that somebody has written to a file."""

    device: int
    inode: int
    size: int
    changed_at: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class Source(ABC):
    """A ledger of format 1, open for reading; leaving its block closes it.

    Nothing is ever written to it or beside it, and no lock is taken. So another process may write
    meanwhile: `check_unchanged` says whether one did.

    Attributes:
        path: as it was named.
        ledger_id: the ledger's own id.
        created_at: µs UTC.
        head: the end of the log, in an export as its header says.
    """

    path: str
    ledger_id: str
    created_at: int
    head: SourceHead

    @abstractmethod
    def records(self) -> Iterator[Format1Event | Unreadable]:
        """The whole log in order, stepping over what cannot be read.

        Raises:
            StorageFailure: the disk fails, or the file was replaced.
        """

    @abstractmethod
    def check_unchanged(self) -> None:
        """See that nobody has written to the source since it was opened.

        Raises:
            StorageFailure: somebody has; what was read may be neither the old state nor the new.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; may be called again."""

    def stream_ids(self) -> Iterator[str]:
        """The streams that the source has apart from its events."""
        return iter(())

    def longest(self) -> int:
        """The highest position that the log is known to have had."""
        return self.head.position

    def events(self) -> Iterator[Format1Event]:
        """The whole log in order; hashes and the rest are not checked here.

        Raises:
            DamagedLedger: an event cannot be read.
            StorageFailure: the disk fails, or the file was replaced.
        """
        for record in self.records():
            if isinstance(record, Unreadable):
                place = {"position": record.position, "line": record.line}
                raise DamagedLedger(
                    f"{self.path} cannot be read: {record.message}",
                    advice="keep the file as it is, and go back to a backup",
                    **{name: value for name, value in place.items() if value is not None},
                )
            yield record

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def written_to(path: str) -> StorageFailure:
    """The error of a source that did not stay as it was."""
    return StorageFailure(
        f"{path} was written to while it was read",
        advice="end whatever uses it, then repeat the command; nothing was changed",
        path=path,
    )
