"""Keeping projections up with the log: inline with each append, or by catching up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from ledger.errors import (
    DamagedLedger,
    InvalidUsage,
    LedgerError,
    NoSuchProjection,
    ProjectionFailed,
    ProjectionOutdated,
    UnreadableEvent,
)
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint, Key, column_types
from ledger.projections.balances import AccountBalances
from ledger.projections.folding import AnyProjection, Progress, decoded, fold_into, pack
from ledger.projections.projection import DecodedEvent, Row, Rows
from ledger.projections.summaries import AccountSummaries

BALANCES: Final = AccountBalances()
SUMMARIES: Final = AccountSummaries()
PROJECTIONS: Final[tuple[AnyProjection, ...]] = (BALANCES, SUMMARIES)

INLINE_CATCH_UP: Final = 1_000
"""How many missed events an append makes good on the way; a longer lag is left for `catch_up`."""

CATCH_UP_BATCH: Final = 10_000


class ProjectionStatus(msgspec.Struct, frozen=True):
    """How far a projection is.

    Attributes:
        version: of the fold that wrote it; 0 where there is nothing of it.
        checkpoint: the last position it has seen.
        lag: how many events it has not seen.
        outdated: another version of the projection wrote it, or it is missing; it must be rebuilt.
        known: whether its class is known here; without it a projection stays behind.
        failure: why this process has left it behind, where its fold raised; else empty.
    """

    name: str
    version: int
    checkpoint: int
    lag: int
    outdated: bool
    known: bool = True
    failure: str = ""


class Projector:
    """Runs a set of projections against one store.

    Args:
        built_in: the ones that commands and questions rely on: a command fails where one does.
        own: somebody's own ones: one that fails is left behind, and no command is refused for it.

    Attributes:
        projections: all of them.
        failures: why one of somebody's own was left behind by this process, by its name.

    Raises:
        InvalidUsage: two have the same name, or one has a column that cannot be stored.
    """

    def __init__(
        self,
        store: EventStore,
        built_in: Sequence[AnyProjection] = PROJECTIONS,
        own: Sequence[AnyProjection] = (),
    ) -> None:
        self._store = store
        self._built_in = tuple(built_in)
        self._own = tuple(own)
        self.projections = (*built_in, *own)
        self.failures: dict[str, LedgerError] = {}
        names = [projection.name for projection in self.projections]
        for projection in own:
            column_types(projection.table)
            if names.count(projection.name) > 1:
                raise InvalidUsage(f"there are two projections of the name {projection.name}")

    def create(self) -> None:
        """Make the empty tables of a new ledger."""
        with self._store.transaction():
            for projection in self.projections:
                self._store.tables.create(projection.table)

    def named(self, names: Sequence[str]) -> list[AnyProjection]:
        """The projections of those names; all of them where none is named.

        Raises:
            NoSuchProjection: there is none of a name, or its class is not known here.
        """
        by_name = {projection.name: projection for projection in self.projections}
        for name in names:
            if name in by_name:
                continue
            if name in self._store.tables.checkpoints():
                raise NoSuchProjection(
                    f"the class of the projection {name} is not known here",
                    advice="load its class too, then repeat this",
                    projection=name,
                )
            raise NoSuchProjection(
                f"there is no projection {name!a}",
                advice=f"there are: {', '.join(by_name)}",
                projection=name,
            )
        return [by_name[name] for name in dict.fromkeys(names or by_name)]

    def statuses(self) -> list[ProjectionStatus]:
        """How far each projection is, those included whose class is not known here."""
        known = {projection.name for projection in self.projections}
        with self._store.reading():
            head = self._store.head().position
            statuses = [self.status(projection) for projection in self.projections]
            for name, seen in sorted(self._store.tables.checkpoints().items()):
                if name not in known:
                    lag = head - seen.position
                    statuses.append(
                        ProjectionStatus(
                            name, seen.version, seen.position, lag, outdated=False, known=False
                        )
                    )
        return statuses

    def status(self, projection: AnyProjection) -> ProjectionStatus:
        """How far a projection is behind the log."""
        name, table = projection.name, projection.table
        with self._store.reading():
            head = self._store.head().position
            seen = self._store.tables.checkpoints().get(name)
            exists = self._store.tables.exists(table)
        failure = self.failures.get(name)
        reason = "" if failure is None else failure.message
        if seen is None and projection in self._own:  # nothing but its events is missing
            return ProjectionStatus(
                name, table.version, 0, head, outdated=False, failure=reason
            )
        if seen is None or not exists:
            return ProjectionStatus(name, 0, 0, head, outdated=True, failure=reason)
        return ProjectionStatus(
            name,
            seen.version,
            seen.position,
            head - seen.position,
            outdated=seen.version != table.version,
            failure=reason,
        )

    def lag(self, projection: AnyProjection) -> int:
        """How many events a readable projection has not seen.

        Raises:
            ProjectionOutdated, DamagedLedger: its table cannot be read as it is, or is missing.
        """
        status = self.status(projection)
        if not status.outdated:
            return status.lag
        advice = "make it again from the log"
        if not status.version and status.name in self._store.tables.checkpoints():
            raise DamagedLedger(
                f"the projection {status.name} is missing", advice=advice, projection=status.name
            )
        raise ProjectionOutdated(
            f"the projection {status.name} was made by another version of "
            f"{'its class' if projection in self._own else 'ledger'}",
            advice=advice,
            projection=status.name,
        )

    def project(self, events: Sequence[DecodedEvent]) -> None:
        """Fold events that were just appended, inside the append's own transaction.

        A projection that is behind is brought up first, or left behind where that would take long:
        its readers are told. So is one of somebody's own whose fold raises.

        Raises:
            ProjectionFailed: the fold of a built-in one raised.
        """
        if not events:
            return
        with self._store.transaction():
            checkpoints = self._store.tables.checkpoints()
            for projection in self._built_in:
                self._keep_up(projection, checkpoints.get(projection.name), events)
            for projection in self._own:
                if projection.name not in self.failures:
                    self._keep_own_up(projection, events)

    def _keep_up(
        self,
        projection: AnyProjection,
        seen: Checkpoint | None,
        events: Sequence[DecodedEvent],
    ) -> None:
        if seen is None or seen.version != projection.version:
            return
        before = events[0][0].position - 1
        if seen.position != before:
            if not 0 <= before - seen.position <= INLINE_CATCH_UP:
                unseen = [event for event in events if event[0].position > seen.position]
                if seen.position < before or not unseen:
                    return
                events = unseen
            else:
                missed = self._store.read_all(after_position=seen.position, to_position=before)
                self._apply(projection, decoded(missed))
        self._apply(projection, events)
