"""What is made from the log: projections, snapshots, and whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, overload

from ledger.api.wiring import Wired
from ledger.eventstore.records import Progress
from ledger.eventstore.store import SharedStore
from ledger.projections.projector import ProjectionStatus

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent
    from ledger.eventstore.records import RecordedEvent
    from ledger.exchange.publishing.publisher import PublicationStatus, Publisher
    from ledger.projections.rebuild import RebuildReport
    from ledger.queries.snapshots import SnapshotInfo


class Maintaining(Wired):
    """What follows the log."""

    @overload
    def subscribe(
        self, subscriber: Callable[[LedgerEvent], object], *, raw: Literal[False] = False
    ) -> Callable[[], None]: ...
    @overload
    def subscribe(
        self, subscriber: Callable[[RecordedEvent], object], *, raw: Literal[True]
    ) -> Callable[[], None]: ...
    def subscribe(
        self, subscriber: Callable[[Any], object], *, raw: bool = False
    ) -> Callable[[], None]:
        """Call a function with every event that this object commits, until the returned one is.

        What it raises undoes nothing, and reaches the caller of the command.

        Args:
            subscriber: takes an event; it is called once that is committed.
            raw: give it events as they are stored, and not as they are understood today.
        """
        if raw:
            return self._subscribers.add(subscriber)
        from ledger.queries.lifted import Lifting

        lift = Lifting(self._source).lift
        return self._subscribers.add(lambda recorded: subscriber(lift(recorded)))

    def snapshot(self, account_ids: Sequence[str]) -> list[SnapshotInfo]:
        """Take a snapshot of accounts as they are now.

        Args:
            account_ids: the accounts.

        Raises:
            NoSuchAccount: one of them does not exist; no snapshot was taken.
        """
        from ledger.queries.snapshots import take_snapshots

        return take_snapshots(self._source, account_ids)

    def snapshots(self, account_id: str | None = None) -> list[SnapshotInfo]:
        """The stored snapshots of one account or all.

        Args:
            account_id: the account; all if left out.
        """
        from ledger.queries.snapshots import stored_snapshots

        return stored_snapshots(self._source, account_id)

    def projections(self, names: Sequence[str] = ()) -> list[ProjectionStatus]:
        """How far each projection is, those included whose class is not known here.

        One of somebody's own that this object has left behind, since its fold raised, says why.

        Args:
            names: only those of these names, whose classes are known here; all if left out.
        """
        return self._projector.statuses(names)

    def projection_rows(self, name: str) -> Iterator[Any]:
        """The rows of a projection, by key. It may lag: see `projections`.

        Args:
            name: of the projection.

        Raises:
            NoSuchProjection: there is none of the name, or its class is not known here.
            ProjectionOutdated, DamagedLedger: it has to be rebuilt.
        """
        (projection,) = self._projector.named([name])
        return self._projector.rows(projection)

    def catch_up(self, progress: Progress | None = None) -> int:
        """Fold what projections have missed; gives the most events of any.

        Args:
            progress: called with (how much is done, how much there is to do).

        Raises:
            ProjectionFailed: the fold of one raised; the others were caught up.
            ProjectionOutdated, DamagedLedger: one has to be rebuilt instead; likewise.
        """
        return self._projector.catch_up_all(progress)

    def rebuild_projections(
        self,
        names: Sequence[str] = (),
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> RebuildReport:
        """Make projections anew from the whole log, all where none is named; see `rebuild`.

        Args:
            names: of the projections.
            workers: how many processes work on it; found out if left out.
            progress: called with (how much is done, how much there is to do).

        Raises:
            NoSuchProjection: there is none of the name.
            ProjectionFailed: the fold of one raised; the live ones are as they were.
        """
        from ledger.projections.rebuild import rebuild

        report = rebuild(
            self._store, self._projector.named(names), workers=workers, progress=progress
        )
        self._projector.note_rebuilt(report.names)
        if not names:
            self._projector.keep_days()
        return report

    @contextmanager
    def publisher(
        self,
        target: str,
        *,
        name: str | None = None,
        after: int | None = None,
        batch: int = 256,
        timeout: float = 30.0,
        create: bool = False,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Iterator[Publisher]:
        """What publishes the log to a target, from where it stopped the last time::

            with ledger.publisher("nats://localhost/LEDGER") as publisher:
                publisher.run()

        Args:
            target: ``nats://host[:port]/STREAM``, ``kafka://host[:port]/topic`` or ``file:PATH``.
            name: of the publication; its target if left out.
            after: the position to begin after; where it stopped, or the beginning, if left out.
            batch: how many events are sent before their acknowledgement is waited for.
            timeout: seconds that the target has to answer, each time.
            create: make the stream or topic, where there is none.
            on_progress: called with (position, how many events were published so far).

        Raises:
            NoSuchTarget: there is no such stream or topic.
            TargetFailure: the target is away, or refuses.
            PublicationDiverged: the log is not the one that was published there.
            MissingPackage: what talks to the target is not installed.
        """
        from ledger.exchange.publishing.publisher import (
            Publisher,
            check_options,
            planned,
        )
        from ledger.exchange.publishing.targets import open_target, parse_target

        check_options(name, batch, timeout)
        parsed, store = parse_target(target), self._store
        plan = planned(store, parsed, name, after)
        own_file = store.location if isinstance(store, SharedStore) else None
        opened = open_target(
            parsed, store.ledger_id, timeout=timeout, create=create, own_file=own_file
        )
        try:
            yield Publisher(store, opened, plan, batch=batch, on_progress=on_progress)
        finally:
            opened.close()

    def publications(self) -> list[PublicationStatus]:
        """How far the log is published, for each place that it is published to."""
        from ledger.exchange.publishing.publisher import statuses

        return statuses(self._store)

    def forget_publication(self, name: str) -> None:
        """Forget how far the log is published somewhere; what is there stays.

        Args:
            name: of the publication.

        Raises:
            NoSuchPublication: there is none of the name.
        """
        from ledger.exchange.publishing.publisher import forget

        forget(self._store, name)
