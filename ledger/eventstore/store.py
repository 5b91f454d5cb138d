"""The event store's protocol. Nothing above it knows which store is behind it.

Stores keep four things in one transactional place: the log, the idempotency records, the snapshots
and the views. Every store runs the same contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from ledger.errors import VersionConflict
from ledger.eventstore.records import (
    ANY,
    NO_STREAM,
    ExpectedVersion,
    Head,
    Identity,
    IntegrityProblem,
    KeyedRequest,
    KeyRecord,
    RecordedEvent,
    StreamWrite,
)
from ledger.eventstore.snapshots import SnapshotStore
from ledger.eventstore.tables import ProjectionTables

Clock = Callable[[], int]
"""Gives the time in µs UTC."""

LOCK_TIMEOUT: Final = 10.0
"""Seconds to wait for another process's write before giving up."""


class EventStore(Protocol):
    """An append-only log of streams.

    Methods raise `ledger.errors.StorageFailure`, `LockTimeout` or `DamagedLedger` where the medium
    fails; what else each can raise is said below.

    Iterators read on as they are asked, and hold nothing meanwhile: writing goes on, here and
    elsewhere. They end where the log ended when their first element was asked for.
    """

    @property
    def identity(self) -> Identity:
        """Which ledger this is."""

    @property
    def location(self) -> str | None:
        """Where another process can open the same store, or None where none can."""

    @property
    def snapshots(self) -> SnapshotStore:
        """The snapshots kept beside the log."""

    @property
    def views(self) -> ProjectionTables:
        """The read models kept beside the log."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make all writes inside atomic, and keep every other writer out.

        Transactions nest by joining: only the outermost commits. It does not where an inner one
        failed after it had written, even if the exception was caught in between.

        Raises:
            RuntimeError: such an exception was caught; nothing was written.
        """

    def reading(self) -> AbstractContextManager[None]:
        """Let all reads inside see one state of the store."""

    def append(
        self, writes: Sequence[StreamWrite], *, keyed: KeyedRequest | None = None
    ) -> list[RecordedEvent]:
        """Append to several streams, all or nothing.

        Args:
            writes: at most one a stream, and of the aggregate type that the stream has.
            keyed: an idempotency key to remember with the positions written.

        Returns:
            The events as recorded, in order.

        Raises:
            VersionConflict: a stream is not at its expected version, or the key is taken; nothing
                was written.
        """

    def head(self) -> Head:
        """The end of the log."""

    def head_at(self, position: int) -> Head | None:
        """Where the log ended when it was so long; None where it never was.

        Position 0 is the empty log's head.
        """

    def stream_version(self, stream_id: str) -> int:
        """A stream's last version; 0 is *no stream*."""

    def stream_ids(self, prefix: str = "") -> Iterator[str]:
        """The ids of all streams that start with a prefix, sorted."""

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
    ) -> Iterator[RecordedEvent]:
        """A stream's events in version order.

        Args:
            after_version, to_version: only versions in (after, to].
            effective_to: only events effective at or before this instant (µs UTC).
            effective_after: only events effective after this instant (µs UTC).
        """

    def read_stream_backwards(
        self, stream_id: str, *, from_version: int, limit: int
    ) -> Iterator[RecordedEvent]:
        """At most ``limit`` events from a version down."""

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
    ) -> Iterator[RecordedEvent]:
        """The log in order, or one of several parts of it; a stream is wholly in one part."""

    def version_recorded_by(self, stream_id: str, instant: int) -> int:
        """The last version of a stream recorded at or before an instant (µs UTC); 0 if none.

        Recorded times never run backwards, so what was known then is a prefix of the stream.
        """

    def key_record(self, key: str) -> KeyRecord | None:
        """What is remembered of an idempotency key."""

    def key_count(self) -> int:
        """How many idempotency keys are remembered."""

    def key_records(self) -> Iterator[KeyRecord]:
        """What is remembered of every idempotency key, by key."""

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        """What the medium itself finds wrong with what it holds; it reads all of it for that."""

    def repair(self) -> list[str]:
        """Put back parts of the medium that hold nothing which the log does not say.

        Such are what refuses changes to the log, and what finds things in it. What is emptied by it
        (keys, snapshots, views) has to be made again from the log.

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

    def restore(self, identity: Identity, events: Iterable[RecordedEvent]) -> Head:
        """Make an empty store the twin of an exported one: same identity, same events, same hashes.

        Raises:
            ImportRefused: the store is not empty.
            BrokenChain: an event's position, version, recorded time or hash does not follow.
        """

    def backup(
        self,
        destination: str,
        *,
        replace: bool,
        check: Callable[[EventStore], None],
        progress: Callable[[int, int], None] | None = None,
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
            InvalidUsage: this kind of store has no such copies.
            DamagedLedger: the check, or opening the copy, found the store to be damaged.
            StorageFailure: the copy cannot be written.
        """

    def close(self) -> None:
        """Let go of the medium."""


class DraftStore(EventStore, Protocol):
    """A new store that is not at its location yet; to close it is to discard it."""

    def publish(self) -> None:
        """Close the finished store, and put it at its location.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
        """


def check_expected(write: StreamWrite, actual: int) -> None:
    """Compare a stream's version with what its writer expects.

    Raises:
        VersionConflict: they differ.
    """
    expected: ExpectedVersion = write.expected_version
    if expected is ANY or expected == actual or (expected is NO_STREAM and actual == 0):
        return
    wanted = "no stream" if expected is NO_STREAM else f"version {expected}"
    found = f"version {actual}" if actual else "no stream"
    raise VersionConflict(
        f"account {write.stream_id} is at {found}, not {wanted}",
        actual_version=actual,
        advice="look at the account again, then repeat the command with its version",
        account_id=write.stream_id,
        expected_version=0 if expected is NO_STREAM else expected,
    )


def key_taken(key: str) -> VersionConflict:
    """The conflict of an append whose idempotency key another one has used meanwhile."""
    return VersionConflict(
        f"idempotency key {key!a} was used by another command just now",
        actual_version=0,
        advice="repeat the command: it will answer with the recorded result",
        idempotency_key=key,
    )
