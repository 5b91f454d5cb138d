"""Keeping projections up with the log: inline with each append, or by catching up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from ledger.errors import DamagedLedger, NoSuchProjection, ProjectionOutdated
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore
from ledger.projections.balances import AccountBalances
from ledger.projections.folding import DecodedEvent, Progress, Rows, fold_into
from ledger.projections.projection import Projection
from ledger.projections.summaries import AccountSummaries

BALANCES: Final = AccountBalances()
SUMMARIES: Final = AccountSummaries()
PROJECTIONS: Final[tuple[Projection, ...]] = (BALANCES, SUMMARIES)

INLINE_CATCH_UP: Final = 1_000
"""How many missed events an append makes good on the way; a longer lag is left for `catch_up`."""

CATCH_UP_BATCH: Final = 10_000


class ProjectionStatus(msgspec.Struct, frozen=True):
    """How far a projection is.

    Attributes:
        version: of the fold that wrote the view; 0 where the view is missing.
        checkpoint: the last position it has seen.
        lag: how many events it has not seen.
        outdated: the view was written by another version of the projection, or is missing.
    """

    name: str
    version: int
    checkpoint: int
    lag: int
    outdated: bool


class Projector:
    """Runs a set of projections against one store."""

    def __init__(self, store: EventStore, projections: Sequence[Projection] = PROJECTIONS) -> None:
        self._store = store
        self.projections = tuple(projections)

    def create(self) -> None:
        """Make the empty views of a new ledger."""
        with self._store.transaction():
            for projection in self.projections:
                self._store.views.create(projection.spec)

    def named(self, names: Sequence[str]) -> list[Projection]:
        """The projections of those names; all of them where none is named.

        Raises:
            NoSuchProjection: there is none of a name.
        """
        by_name = {projection.spec.name: projection for projection in self.projections}
        for name in names:
            if name not in by_name:
                raise NoSuchProjection(
                    f"there is no projection {name!a}",
                    advice=f"there are: {', '.join(by_name)}",
                    projection=name,
                )
        return [by_name[name] for name in dict.fromkeys(names or by_name)]

    def status(self, projection: Projection) -> ProjectionStatus:
        """How far a projection is behind the log."""
        spec = projection.spec
        with self._store.reading():
            head = self._store.head().position
            checkpoint = self._store.views.checkpoint(spec)
            exists = self._store.views.exists(spec)
        if checkpoint is None or not exists:
            return ProjectionStatus(spec.name, 0, 0, head, outdated=True)
        return ProjectionStatus(
            spec.name,
            checkpoint.version,
            checkpoint.position,
            head - checkpoint.position,
            outdated=checkpoint.version != spec.version,
        )

    def lag(self, projection: Projection) -> int:
        """How many events a readable projection has not seen.

        Raises:
            ProjectionOutdated, DamagedLedger: its view cannot be read as it is, or is missing.
        """
        status = self.status(projection)
        if not status.outdated:
            return status.lag
        advice = "make it again from the log"
        if not status.version and self._store.views.checkpoint(projection.spec):
            raise DamagedLedger(
                f"the projection {status.name} is missing", advice=advice, projection=status.name
            )
        raise ProjectionOutdated(
            f"the projection {status.name} was made by another version of ledger",
            advice=advice,
            projection=status.name,
        )

    def project(self, facts: Sequence[DecodedEvent]) -> None:
        """Fold events that were just appended, inside the append's own transaction.

        A view that is behind is brought up first, or left behind where that would take long: its
        readers are told.
        """
        if not facts:
            return
        before = facts[0][0].position - 1
        with self._store.transaction():
            for projection in self.projections:
                status = self._store.views.checkpoint(projection.spec)
                if status is None or status.version != projection.spec.version:
                    continue
                if status.position == before:
                    self._apply(projection, facts)
                elif before - status.position <= INLINE_CATCH_UP:
                    self._make_good(projection, status.position, before, facts)

    def _make_good(
        self, projection: Projection, seen: int, before: int, facts: Sequence[DecodedEvent]
    ) -> None:
        """Fold what a view has missed until some events, and what it has not seen of those."""
        missed = self._store.read_all(after_position=seen, to_position=before)
        self._apply(projection, [(recorded, decode_event(recorded)) for recorded in missed])
        self._apply(projection, [fact for fact in facts if fact[0].position > seen])

    def catch_up(self, projection: Projection, progress: Progress | None = None) -> int:
        """Fold everything that a projection has missed, in transactions of 10,000 events.

        Args:
            progress: called with (events folded, events there are to fold).

        Returns:
            How many events were folded.

        Raises:
            ProjectionOutdated: the view has to be rebuilt instead.
        """
        lag = self.lag(projection)
        done = 0
        while True:
            with self._store.transaction():
                status = self.status(projection)
                events = self._store.read_all(after_position=status.checkpoint)
                facts = [
                    (recorded, decode_event(recorded))
                    for recorded in islice(events, CATCH_UP_BATCH)
                ]
                self._apply(projection, facts)
            done += len(facts)
            if progress:
                progress(done, max(lag, done))
            if len(facts) < CATCH_UP_BATCH:
                return done

    def _apply(self, projection: Projection, facts: Sequence[DecodedEvent]) -> None:
        """Fold consecutive events, and write rows and checkpoint; in the caller's transaction."""
        if not facts:
            return
        spec, views = projection.spec, self._store.views
        keys = {recorded.stream_id for recorded, _ in facts}
        rows: Rows = dict(views.rows(spec, keys))
        fold_into(rows, projection, facts)
        views.write(spec, rows)
        first, last = facts[0][0].position, facts[-1][0].position
        if not views.advance(spec, first - 1, last):
            raise RuntimeError(f"{spec.name} moved on while the write lock was held")
