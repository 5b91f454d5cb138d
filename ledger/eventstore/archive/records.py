"""What a store keeps of events that have left it for an archive.

A log loses its oldest events only, all up to a position, the end of the *base*. They are in
segments: files, each with a whole stretch of the log. Streams whose state cannot be kept, as the
book's, stay in the store as well, so that they can always be read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from ledger.eventstore.archive.access import ArchiveAccess


class SegmentRecord(msgspec.Struct, frozen=True):
    """A file of the archive, as the store knows it.

    Attributes:
        first_position, last_position: both are in it.
        previous_hash, hash: of the position before the first, and of the last.
        recorded_at: when the last one was recorded (µs UTC).
        file: its name.
        folder: where it was put, as the store remembers it.
        manifest_sha256: of the file that describes it.
    """

    first_position: int
    last_position: int
    previous_hash: bytes
    hash: bytes
    recorded_at: int
    file: str
    folder: str
    manifest_sha256: bytes


class SegmentPlace(msgspec.Struct, frozen=True):
    """Where a segment is looked for, and whether it is there."""

    segment: SegmentRecord
    folder: str
    is_there: bool


class ArchivedStream(msgspec.Struct, frozen=True):
    """A stream of which events are archived, at the last one that is.

    Attributes:
        highest_effective_at: the highest effective time (µs UTC) up to that version.
        last_recorded_at: when that version was recorded (µs UTC).
        state_version: see `ledger.domain.aggregate.Aggregate`.
        state: JSON.
    """

    stream_id: str
    aggregate_type: str
    version: int
    highest_effective_at: int
    last_recorded_at: int
    state_version: int
    state: str


class KeptArchive(Protocol):
    """What a store knows of its archive."""

    @property
    def position(self) -> int:
        """The last one that is archived; 0 where nothing is."""

    def segments(self) -> Sequence[SegmentRecord]:
        """All of them, in the order of the log, without a gap."""

    def stream(self, stream_id: str) -> ArchivedStream | None:
        """A stream at its last archived version; None where none of it is archived."""

    def streams(self) -> Iterator[ArchivedStream]:
        """All that have archived events, by id."""

    def remembered(self, folder: str) -> str:
        """How the store remembers a folder: so that it is found again if both are moved together,
        where they can be."""

    def folder_of(self, segment: SegmentRecord) -> str:
        """The folder that a segment is looked for in."""

    @property
    def access(self) -> ArchiveAccess:
        """The files."""


@runtime_checkable
class Archives(Protocol):
    """A store whose oldest events can leave it for an archive.

    Where the archive is at hand, the store reads what is in it as if it had it still. All that
    writes here belongs into a transaction, but for `shrink`.
    """

    @property
    def archive(self) -> KeptArchive:
        """What is archived."""

    @property
    def archive_folder(self) -> str | None:
        """Where the archive is looked for; None for where it was put."""

    @archive_folder.setter
    def archive_folder(self, folder: str | None) -> None: ...

    def check_may_put_away(self) -> None:
        """See that events can leave, before anything is written for them; outside a transaction.

        Raises:
            LockTimeout: another process used the store for too long.
            StorageFailure: it can only be read, or not by who asks.
        """

    def put_away(self, segment: SegmentRecord, streams: Iterable[ArchivedStream]) -> None:
        """Remove the events of a segment that follows the last one, and remember where they are.

        Args:
            streams: each of which it has events that are to go, as it is at the last of them.
        """

    def replace_segment(self, segment: SegmentRecord) -> None:
        """Remember a segment of the same positions otherwise."""

    def replace_state(self, stream: ArchivedStream) -> None:
        """Keep another state of a stream at its last archived version."""

    def size(self) -> int:
        """The bytes that the store takes."""

    def shrink(self) -> None:
        """Give back the room that events have left; outside any transaction.

        Raises:
            LockTimeout: another process used the store for too long.
            StorageFailure: the medium failed, or is full.
        """
