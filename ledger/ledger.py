"""The ledger: its use cases, one method each. This class is the Python API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ledger.commands.context import new_id
from ledger.errors import LedgerAppeared
from ledger.eventstore import snapshots
from ledger.eventstore.opening import draft_store, open_store
from ledger.eventstore.records import Identity
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import LOCK_TIMEOUT, Clock
from ledger.projections.projector import ProjectionStatus, Projector
from ledger.queries.results import SnapshotInfo
from ledger.read_side import ReadSide
from ledger.times import system_clock
from ledger.write_side import WriteSide

if TYPE_CHECKING:
    from ledger.projections.folding import Progress
    from ledger.projections.rebuild import RebuildReport
    from ledger.verification.backup import BackupReport
    from ledger.verification.problems import Diagnosis


class Ledger(WriteSide, ReadSide):
    """A money ledger over an event store.

    Use it as a context manager, from one thread::

        with Ledger.open("books.db") as ledger:
            ledger.open_account("acc-001", owner="Ana Souza")
            ledger.deposit("acc-001", "50.00", description="Paycheck")
            print(ledger.balance("acc-001").balance)

    Amounts are strings, ints, `decimal.Decimal` or `Money`, never floats. Times are ISO 8601 texts,
    datetimes or integer µs UTC; without a zone they are local. Every method raises a
    `ledger.errors.LedgerError` where it refuses or fails, and has then changed nothing.
    """

    # ── opening and closing the ledger itself ───────────────────────────────────────────────────

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        clock: Clock = system_clock,
        lock_timeout: float = LOCK_TIMEOUT,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
        as_it_is: bool = False,
    ) -> Self:
        """Open the ledger at a path, or make an empty one there.

        Args:
            create: False to refuse where there is none.
            lock_timeout: seconds to wait for another process's write.
            as_it_is: open it though parts of it are missing, to `verify` it.

        Raises:
            NoSuchLedger: there is none, and ``create`` is False.
            NotALedger, DamagedLedger, StorageFailure: the file cannot be used.
        """
        location = os.fspath(path)
        if create and not os.path.lexists(location):
            with suppress(LedgerAppeared), cls.draft(location, clock=clock):
                pass
        store = open_store(location, clock, lock_timeout=lock_timeout, as_it_is=as_it_is)
        return cls(
            store,
            clock=clock,
            snapshot_interval=snapshot_interval,
            defer_projections=defer_projections,
        )

    @classmethod
    @contextmanager
    def draft(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
    ) -> Iterator[Self]:
        """A new ledger that gets its path at the end of the block, or, on an exception, never was.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
            StorageFailure: it cannot be written.
        """
        store = draft_store(os.fspath(path), Identity(new_id(), clock()), clock)
        try:
            Projector(store).create()
            yield cls(
                store,
                clock=clock,
                snapshot_interval=snapshot_interval,
                defer_projections=defer_projections,
            )
            store.publish()
        except BaseException:
            store.close()
            raise

    @classmethod
    def in_memory(
        cls,
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
    ) -> Self:
        """A ledger that is gone with the process, to try things in."""
        from ledger.eventstore.memory import MemoryStore

        store = MemoryStore(Identity(new_id(), clock()), clock)
        Projector(store).create()
        return cls(
            store,
            clock=clock,
            snapshot_interval=snapshot_interval,
            defer_projections=defer_projections,
        )

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> BackupReport:
        """Put a checked copy of this ledger at a path, while others go on writing.

        Args:
            force: replace a file that is there.
            progress: called with (pages copied, pages there are).

        Raises:
            InvalidOption: something is there that must not be replaced.
            DamagedLedger: this ledger is damaged; what is at the path is as it was.
            StorageFailure: the copy cannot be written; likewise.
        """
        from ledger.verification.backup import back_up

        return back_up(self._store, os.fspath(path), force=force, progress=progress)

    @staticmethod
    def diagnose(
        path: str | os.PathLike[str],
        *,
        repair: bool = False,
        clock: Clock = system_clock,
        lock_timeout: float = LOCK_TIMEOUT,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Diagnosis:
        """Say what is wrong with the ledger at a path, whether it opens or not; see `diagnose`.

        Without ``repair`` nothing is changed. With it, what is made from the log is made again
        where it is wrong, and the log itself is never touched.
        """
        from ledger.verification.diagnosis import diagnose

        return diagnose(
            os.fspath(path),
            clock,
            repair=repair,
            lock_timeout=lock_timeout,
            workers=workers,
            progress=progress,
        )

    # ── what is derived from it ─────────────────────────────────────────────────────────────────

    def snapshot(self, account_ids: Sequence[str]) -> list[SnapshotInfo]:
        """Take a snapshot of accounts as they are now.

        Raises:
            NoSuchAccount: one of them does not exist; no snapshot was taken.
        """
        with self._store.transaction():
            taken = []
            for account_id in account_ids:
                loaded = self._loader.load_at(account_id)
                snapshot = snapshots.take(loaded.account, loaded.recorded_at)
                self._store.snapshots.save(snapshot)
                taken.append(_info(snapshot))
        return taken

    def snapshots(self, account_id: str | None = None) -> list[SnapshotInfo]:
        """The stored snapshots of one account or all."""
        return [_info(snapshot) for snapshot in self._store.snapshots.all(account_id)]

    def projections(self) -> list[ProjectionStatus]:
        """How far each projection is."""
        return [self._runner.status(projection) for projection in self._runner.projections]

    def catch_up(self, progress: Progress | None = None) -> int:
        """Fold what deferred projections have missed; gives the most events of any."""
        return max(
            self._runner.catch_up(projection, progress) for projection in self._runner.projections
        )

    def rebuild_projections(
        self,
        names: Sequence[str] = (),
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> RebuildReport:
        """Make projections anew from the whole log, all where none is named; see `rebuild`."""
        from ledger.projections.rebuild import rebuild

        return rebuild(self._store, self._runner.named(names), workers=workers, progress=progress)


def _info(snapshot: Snapshot) -> SnapshotInfo:
    return SnapshotInfo(
        snapshot.stream_id,
        snapshot.version,
        snapshot.highest_effective_at,
        snapshot.last_recorded_at,
        usable=snapshot.fingerprint == snapshots.FINGERPRINT,
    )
