"""The event store's protocol. Nothing above it knows which store is behind it.

Stores keep four things in one transactional place: the log, the idempotency records, the snapshots
and the projections' tables. They know streams and aggregate types, and nothing of what these mean.
Every store runs the same contract tests.

`EventStore` is what every store has. What only some have, such as a file that can be copied, stands
in protocols of its own below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from ledger.errors import DamagedLedger
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import (
    Clock,
    Head,
    IntegrityProblem,
    KeyedRequest,
    KeyRecord,
    Progress,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.snapshots import SnapshotStore
from ledger.eventstore.surroundings import Surroundings
from ledger.eventstore.tables import ProjectionTables

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import KeptArchive

__all__ = ["LOCK_TIMEOUT", "Clock", "EventStore"]

LOCK_TIMEOUT: Final = 10.0
"""Seconds to wait for another process's write before giving up."""


class EventStore(Protocol):
    """An append-only log of streams.

    Methods raise `ledger.errors.StorageFailure`, `LockTimeout` or `DamagedLedger` where the medium
    fails; what else each can raise is said below.

    Iterators read on as they are asked, and hold nothing meanwhile: writing goes on, here and
    elsewhere. They end where the log ended when their first element was asked for.
    """

    surroundings: Surroundings
    """Where appends get the time and randomness from."""

    @property
    def ledger_id(self) -> str:
        """Which ledger this is; a UUID drawn once at creation."""

    @property
    def snapshots(self) -> SnapshotStore:
        """The snapshots kept beside the log."""

    @property
    def tables(self) -> ProjectionTables:
        """The projections' tables kept beside the log."""

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[None]:
        """Make all writes inside atomic, and keep every other writer out.

        Transactions nest by joining: only the outermost commits. It does not where an inner one
        failed after it had written, even if the exception was caught in between.

        Args:
            read_only: only let all reads inside see one state of the store; nobody is kept out.

        Raises:
            RuntimeError: such an exception was caught; nothing was written.
        """

    def append(
        self,
        writes: Sequence[StreamWrite],
        *,
        keyed: KeyedRequest | None = None,
        not_before: int = 0,
    ) -> list[RecordedEvent]:
        """Append to several streams, all or nothing.

        Args:
            writes: of the aggregate types that the streams have; of several to one stream, each
                expects the version that the one before it leads to.
            keyed: an idempotency key to remember with the positions written.
            not_before: what the clock was seen to say already (µs UTC).

        Returns:
            The events as recorded, in order.

        Raises:
            VersionConflict: a stream is not at its expected version, or the key is taken; nothing
                was written.
            ClockBehind: the clock is far behind the end of the log; likewise.
        """

    def restore(self, ledger_id: str, events: Iterable[RecordedEvent]) -> Head:
        """Make an empty store the twin of an exported one: same id, same events, same hashes.

        Raises:
            ImportRefused: the store is not empty.
            BrokenChain: an event's position, version, recorded time or hash does not follow.
        """

    def head(self) -> Head:
        """The end of the log."""

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        """The ids of all streams that start with a prefix, or of those in one part; sorted."""

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        """A stream's events in version order, or in the reverse order.

        Args:
            after_version, to_version: only versions in (after, to].
            effective_to: only events effective at or before this instant (µs UTC).
            effective_after: only events effective after this instant (µs UTC).
        """

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
        bare: bool = False,
    ) -> Iterator[RecordedEvent]:
        """The log in order, or one of several parts of it.

        Args:
            after_position, to_position: only positions in (after, to].
            part, parts: which part, counted from 0, of how many. A stream is wholly in one part,
                and for the same number of parts always in the same one.
            bare: what most folds do not need may be left out, which is faster: metadata, recorded
                time, hash and whether they are backdated are then empty, 0 or False.
        """

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        """What is remembered of an idempotency key, or of all that start with a prefix, by key."""

    def settled(self) -> None:
        """Wait until all that was read so far is durable.

        Raises:
            LedgerMoved: it is not where the store was opened any more.
        """

    def close(self) -> None:
        """Let go of the medium."""


# ── what only some stores have ──────────────────────────────────────────────────────────────────


@runtime_checkable
class SharedStore(Protocol):
    """A store that other processes can open."""

    @property
    def location(self) -> str | None:
        """Where; None while it cannot be opened by others after all."""


@runtime_checkable
class KeepsTime(Protocol):
    """A store with a clock of its own, which all who write to it share."""

    @property
    def own_clock(self) -> Clock:
        """Gives the time in µs UTC."""


@runtime_checkable
class DraftStore(EventStore, Protocol):
    """A new store that is not at its location yet; to close it is to discard it."""

    def publish(self) -> None:
        """Close the finished store, and put it at its location.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
        """


@runtime_checkable
class CopiesToFile(Protocol):
    """A store that can be copied into one file."""

    def backup(
        self,
        destination: str,
        *,
        replace: bool,
        check: Callable[[EventStore], None],
        progress: Progress | None = None,
    ) -> Head:
        """Put a copy of one state of the store at a path, while others go on writing.

        The copy is one whole file that opens as the store does. It is written under another name
        beside the path, and takes the path's only when it is complete, checked and on the disk; so
        whatever happens, the path has either what it had or the copy.

        Args:
            destination: a path of the file system.
            replace: whether a file that is there may be replaced.
            check: is given the copy; where it raises, there will be no backup.
            progress: called with (done, all), in whatever the medium counts.

        Returns:
            The head of the copy.

        Raises:
            InvalidOption: something is at the path that must not be replaced.
            DamagedLedger: the check, or opening the copy, found the store to be damaged.
            StorageFailure: the copy cannot be written.
        """


@runtime_checkable
class Inspectable(Protocol):
    """A store whose medium can be checked."""

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        """What the medium itself finds wrong with what it holds; it reads all of it for that."""


@runtime_checkable
class Repairable(Protocol):
    """A store that can restore what holds nothing which the log does not say."""

    def repair(self) -> list[str]:
        """Restore what refuses changes to the log, and what finds things in it.

        What is emptied by it (keys, snapshots, projections) has to be rebuilt from the log.

        Returns:
            What was done, in words.
        """

    def rebuild_keys(self) -> int:
        """Make the records of idempotency keys anew from the log, in one transaction.

        Returns:
            How many there are.

        Raises:
            UnreadableEvent: the metadata of an event cannot be read; the records are as they were.
        """

    def drop_snapshot(self, stream_id: str, version: int) -> None:
        """Remove the snapshot of a stream at a version, if there is one."""


@runtime_checkable
class Erases(Protocol):
    """A store that can take free texts out of its log, and out of everything made from it.

    All but `scrub` belongs into a transaction.
    """

    def erase_texts(self, positions: Iterable[int]) -> int:
        """Put the digests that the hash chain covers in the place of texts, and drop their salts.

        Args:
            positions: of events; those without a text, or with an erased one, stay as they are.

        Returns:
            How many texts were erased.
        """

    def drop_snapshot(self, stream_id: str, version: int) -> None:
        """Remove the snapshot of a stream at a version, if there is one."""

    def empty_projection(self, name: str) -> None:
        """Remove all rows of a projection, whether its class is known here or not.

        Its checkpoint goes back to 0, so that it lags until it is caught up.
        """

    def scrub(self) -> None:
        """Leave no byte of what was erased in the medium; outside any transaction.

        It may be repeated, and a later one finishes what an earlier one could not.

        Raises:
            LockTimeout: another process used the store for too long; traces are left.
            StorageFailure: the medium failed; likewise.
        """


def archive_of(store: EventStore) -> KeptArchive | None:
    """What a store knows of its archive; None where it has none."""
    archive: KeptArchive | None = getattr(store, "archive", None)  # a protocol takes longer
    return archive if archive is not None and archive.position else None


def archived_version(store: EventStore, stream_id: str) -> int:
    """The last version of a stream that is archived; 0 for none."""
    archive = archive_of(store)
    stream = None if archive is None else archive.stream(stream_id)
    return 0 if stream is None else stream.version


def stream_version(store: EventStore, stream_id: str) -> int:
    """A stream's last version; 0 is *no stream*."""
    archived = archived_version(store, stream_id)
    last = next(store.read_stream(stream_id, after_version=archived, newest_first=True), None)
    return archived if last is None else last.version


def event_at(
    store: EventStore, stream_id: str, version: int, *, effective_to: int | None = None
) -> RecordedEvent | None:
    """The event of a stream with a version; None where there is none, or it is effective later."""
    found = store.read_stream(
        stream_id, after_version=version - 1, to_version=version, effective_to=effective_to
    )
    return next(found, None)


def hash_at(store: EventStore, position: int) -> bytes | None:
    """The hash at a position of the log; None where it never was so long.

    Of the end of each segment of an archive it is known without that: the book has it.
    """
    archive = archive_of(store)
    if archive is not None and position < archive.position:
        for each in archive.segments():
            if each.last_position == position:
                return each.hash
    found = head_at(store, position)
    return None if found is None else found.hash


def head_at(store: EventStore, position: int) -> Head | None:
    """Where the log ended when it was so long; None where it never was.

    The end of an archive is known without that. When an earlier segment ended is read there:
    nothing in the store vouches for it.
    """
    if position <= 0:
        return None if position else empty_head(store.ledger_id)
    archive = archive_of(store)
    if archive is not None and position == archive.position:
        last = archive.segments()[-1]
        return Head(position, last.hash, last.recorded_at)
    found = next(store.read_all(after_position=position - 1, to_position=position), None)
    return None if found is None else Head(found.position, found.hash, found.recorded_at)


def version_at(store: EventStore, stream_id: str, position: int) -> int:
    """The last version of a stream at or before a position of the log; 0 if none.

    Raises:
        DamagedLedger: the stream has a gap.
    """
    from bisect import bisect_right  # few commands look back

    archived = archived_version(store, stream_id)
    archive = archive_of(store) if archived else None
    if archive is not None and position < archive.position:
        events = store.read_stream(stream_id, to_version=archived)
        return sum(1 for _ in takewhile(lambda event: event.position <= position, events))

    def position_of(version: int) -> int:
        event = event_at(store, stream_id, version)
        if event is None:
            raise DamagedLedger(
                f"version {version} of {stream_id!a} is missing",
                advice="keep the ledger as it is, and find out what is wrong with it",
                account_id=stream_id,
            )
        return event.position

    versions = range(archived + 1, stream_version(store, stream_id) + 1)
    return archived + bisect_right(versions, position, key=position_of)
