"""Keeping projections up with the log: inline with each append, or by catching up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final

import msgspec

from ledger.domain.book import BOOK_STREAM
from ledger.errors import (
    DamagedLedger,
    InvalidUsage,
    LedgerError,
    NoSuchProjection,
    ProjectionFailed,
    ProjectionOutdated,
    UnreadableEvent,
)
from ledger.eventstore.records import Progress
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint, ProjectionTable, TablesInSql, column_types, is_made
from ledger.projections.balances import AccountBalances
from ledger.projections.folding import AnyProjection, RowWriter, decoded
from ledger.projections.projection import DecodedEvent, Projection, StreamProjection, check_names
from ledger.projections.summaries import AccountSummaries

BALANCES: Final = AccountBalances()
SUMMARIES: Final = AccountSummaries()
PROJECTIONS: Final[tuple[AnyProjection, ...]] = (BALANCES, SUMMARIES)

ON_DEMAND: Final = ("account_entries",)
"""The names of those that questions catch up; few commands load their classes."""

OUR_NAMES: Final = (*(each.name for each in PROJECTIONS), *ON_DEMAND)
"""The names of all that are not somebody's own."""

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
        projections: all of them: ``built_in``, ``on_demand``, then ``own``.
        failures: why one of somebody's own was left behind by this process, by its name.

    Raises:
        InvalidUsage: two have the same name, or one has a column that cannot be stored.
    """

    def __init__(
        self,
        store: EventStore,
        built_in: Sequence[AnyProjection] = PROJECTIONS,
        own: Sequence[AnyProjection | type[AnyProjection]] = (),
    ) -> None:
        self._store = store
        self.built_in = tuple(built_in)
        self.own = tuple(map(_checked, own))
        self.failures: dict[str, LedgerError] = {}
        self._writer = RowWriter(store)
        self.holding = self._writer.holding
        if own:
            check_names([*OUR_NAMES, *(each.name for each in self.own)])

    @cached_property
    def on_demand(self) -> tuple[AnyProjection, ...]:
        """Those of ours that questions catch up, as `ON_DEMAND` names them."""
        from ledger.projections.entries import AccountEntries

        return (AccountEntries(),)

    @property
    def projections(self) -> tuple[AnyProjection, ...]:
        return (*self.built_in, *self.on_demand, *self.own)

    def create(self) -> None:
        """Make the empty tables of a new ledger."""
        with self._store.transaction():
            for projection in (*self.built_in, *self.own):
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
        return [by_name[name] for name in dict.fromkeys(names)] or self._in_use()

    def _in_use(self) -> list[AnyProjection]:
        """All but those that no question has asked for yet."""
        begun = self._store.tables.checkpoints()
        made = [name for name in ON_DEMAND if name in begun]
        asked = [each for each in self.on_demand if each.name in made] if made else []
        return [*self.built_in, *asked, *self.own]

    def statuses(self, names: Sequence[str] = ()) -> list[ProjectionStatus]:
        """How far projections are: those of these names, which are known here, or else all, those
        included whose class is not."""
        if names:
            asked = self.on_demand if {*ON_DEMAND} & {*names} else ()
            ours = (*self.built_in, *asked, *self.own)
            return [self.status(each) for each in ours if each.name in names]
        known = {projection.name for projection in self.projections}
        with self._store.transaction(read_only=True):
            head = self._store.head().position
            statuses = [self.status(projection) for projection in self._in_use()]
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
        with self._store.transaction(read_only=True):
            head = self._store.head().position
            seen = self._store.tables.checkpoints().get(name)
            exists = is_made(self._store.tables, table)
        failed = self.failures.get(name)
        failure = "" if failed is None else failed.message
        if seen is None and (
            projection.on_demand or projection in self.own
        ):  # it begins when it is first kept up
            return ProjectionStatus(name, 0, 0, head, outdated=False, failure=failure)
        if seen is None or not exists:
            return ProjectionStatus(name, 0, 0, head, outdated=True, failure=failure)
        position = (
            max(seen.position, 0) if projection.on_demand else seen.position
        )  # see `by_stream`
        return ProjectionStatus(
            name,
            seen.version,
            position,
            head - position,
            outdated=seen.version != table.version,
            failure=failure,
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
            f"{'its class' if projection in self.own else 'ledger'}",
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
            for projection in self.built_in:
                seen = checkpoints.get(projection.name)
                if seen is not None:
                    self._bring_up(projection, seen, events)
            for projection in self.own:
                self._try(projection, events)
            self.keep_days(events)

    def rows_of(self, stream_ids: Collection[str]) -> dict[ProjectionTable, Collection[str]]:
        """The keys of the rows of built-in projections that events of some streams change."""
        return {
            projection.table: stream_ids
            for projection in self.built_in
            if isinstance(projection, StreamProjection)
        }

    def keep_days(self, events: Sequence[DecodedEvent] | None = None) -> None:
        """Keep up the table of the book's days, which is never put off: few events are about it.

        Args:
            events: what was appended; all there is if left out.
        """
        if events is None or any(recorded.stream_id == BOOK_STREAM for recorded, _ in events):
            from ledger.projections.local_days import keep_local_days

            keep_local_days(self._store, events)

    def keep_up(self) -> None:
        """Do what `project` does after an append that handed no events over, however many they are.

        Raises:
            ProjectionFailed: the fold of a built-in one raised.
        """
        with self._store.transaction():
            for projection in self.built_in:
                if not self.status(projection).outdated:
                    self.catch_up(projection)
            for projection in self.own:
                self._try(projection, None)
            self.keep_days()

    def catch_up(self, projection: AnyProjection, progress: Progress | None = None) -> int:
        """Fold everything that a projection has missed, in transactions of 10,000 events.

        Args:
            progress: called with (events folded, events there are to fold).

        Returns:
            How many events were folded.

        Raises:
            ProjectionOutdated: the projection has to be rebuilt instead.
            ProjectionFailed: its fold raised; what was folded before that stays.
            LockTimeout: it is one of those that questions catch up, and another process is making
                it anew; so too where the write lock was to be had for too long by others alone.
        """
        lag = self.lag(projection)
        done = 0
        if projection.on_demand and lag > CATCH_UP_BATCH and not self.status(projection).checkpoint:
            from ledger.projections.by_stream import fold_by_stream

            fold_by_stream(self._store, self._store, projection, lag, progress)
            done = lag
        while True:
            with self._store.transaction():
                self._writer.release(projection.name)
                seen = self._begun(projection)
                if seen.position < 0:
                    from ledger.projections.by_stream import taken_over

                    raise taken_over(projection)
                missed = self._store.read_all(after_position=seen.position)
                events = decoded(islice(missed, CATCH_UP_BATCH))
                self._apply(projection, events)
                self._writer.release(projection.name)
            done += len(events)
            if progress:
                progress(done, max(lag, done))
            if len(events) < CATCH_UP_BATCH:
                self.failures.pop(projection.name, None)
                return done

    def catch_up_all(self, progress: Progress | None = None) -> int:
        """Catch up every projection, and give the most events that one had missed.

        Raises:
            ProjectionFailed, ProjectionOutdated, DamagedLedger: one cannot be; the others were.
        """
        most, first_error = 0, None
        for projection in self._in_use():
            try:
                most = max(most, self.catch_up(projection, progress))
            except (ProjectionFailed, ProjectionOutdated) as error:
                first_error = first_error or error
        if first_error is not None:
            raise first_error
        return most

    def note_rebuilt(self, names: Iterable[str]) -> None:
        """What made this process leave a projection behind is over."""
        for name in names:
            self.failures.pop(name, None)

    def rows(self, projection: AnyProjection) -> Iterator[Any]:
        """The rows of a projection, by key.

        Raises:
            ProjectionOutdated, DamagedLedger: it has to be rebuilt.
        """
        if self.lag(projection) and projection.name not in self._store.tables.checkpoints():
            return iter(())  # one that has not begun
        return self._store.tables.rows(projection.table)

    def _try(self, projection: AnyProjection, events: Sequence[DecodedEvent] | None) -> None:
        """Bring one of somebody's own up, or leave it behind, and note why.

        Rows are checked before any is written: a write that fails would fail the command.
        """
        name, table, tables = projection.name, projection.table, self._store.tables
        if name in self.failures:
            return
        seen = tables.checkpoints().get(name)
        try:
            if seen is not None and not is_made(tables, table):
                raise DamagedLedger(f"the projection {name} is missing")
            seen = self._begun(projection)
            if events is None:
                self.catch_up(projection)
            else:
                self._bring_up(projection, seen, events)
        except (ProjectionFailed, ProjectionOutdated, DamagedLedger, UnreadableEvent) as error:
            self.failures[name] = error

    def _begun(self, projection: AnyProjection) -> Checkpoint:
        """How far a projection is; one that the store has never seen begins here."""
        tables = self._store.tables
        if projection.name not in tables.checkpoints():
            tables.create(projection.table)
            if isinstance(tables, TablesInSql):
                tables.index(projection.table)
        return tables.checkpoints()[projection.name]

    def _bring_up(
        self, projection: AnyProjection, seen: Checkpoint, events: Sequence[DecodedEvent]
    ) -> None:
        """Fold events, first what was missed before them, without those that were seen."""
        if seen.version != projection.version:
            return
        position = self._writer.position(projection.name, seen.position)
        before = events[0][0].position - 1
        if before - position > INLINE_CATCH_UP:
            return
        if position < before:
            missed = self._store.read_all(after_position=position, to_position=before)
            self._apply(projection, decoded(missed))
        elif position > before:
            events = [event for event in events if event[0].position > position]
        self._apply(projection, events)

    def _apply(self, projection: AnyProjection, events: Sequence[DecodedEvent]) -> None:
        self._writer.apply(projection, events, may_be_held=projection in self.built_in)


def _checked(given: AnyProjection | type[AnyProjection]) -> AnyProjection:
    projection = given() if isinstance(given, type) and issubclass(given, Projection) else given
    if not hasattr(projection, "table"):
        raise InvalidUsage(
            f"{given!r} is no projection", advice="derive a class that has a name, a row and a fold"
        )
    column_types(projection.table)
    return projection
