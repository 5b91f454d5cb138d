"""An aggregate of another type than the ledger's own, to see that nothing below the commands knows
accounts alone.

It stands in a module of its own because worker processes import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

import msgspec

from ledger.domain.aggregate import Aggregate, Event, JsonObject
from ledger.errors import NoSuchAccount, RuleViolation
from ledger.eventstore.codec import encode_event
from ledger.eventstore.records import NewEvent, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore, stream_version
from ledger.projections.projection import Projection, Rows, StreamProjection

NOON: Final = 1_718_452_800_000_000
"""2024-06-15T12:00:00Z in µs."""


def _count_in_ones(data: JsonObject) -> JsonObject:
    return {"by": data["dozens"] * 12}


class CounterMoved(Event, frozen=True, gc=False):
    schema_version = 2
    upcasters = (_count_in_ones,)
    label = "moved"

    by: int


class CounterStopped(Event, frozen=True, gc=False):
    label = "stopped"
    text_field = "reason"

    reason: str


CounterEvent = CounterMoved | CounterStopped


class CounterState(msgspec.Struct, gc=False):
    count: int
    last_moved_at: int
    stopped: bool = False


class TooLow(RuleViolation):
    code = "too_low"


class Counter(Aggregate[CounterState, CounterEvent]):
    """Counts up and down, and never below zero."""

    aggregate_type: ClassVar[str] = "Counter"
    event_types = (CounterMoved, CounterStopped)
    state_type = CounterState
    fold_revision = 1

    __slots__ = ()

    @property
    def state(self) -> CounterState:
        if self._state is None:
            raise NoSuchAccount(f"there is no counter {self.stream_id!a}")
        return self._state

    @property
    def highest_effective_at(self) -> int:
        return self.state.last_moved_at

    def apply(self, event: CounterEvent, effective_at: int) -> None:
        state = self._state or CounterState(0, effective_at)
        if isinstance(event, CounterMoved):
            state.count += event.by
        else:
            state.stopped = True
        state.last_moved_at = max(state.last_moved_at, effective_at)
        self._state = state
        self.version += 1

    def check(self, event: CounterEvent, effective_at: int) -> None:
        if (
            isinstance(event, CounterMoved)
            and (self._state or CounterState(0, 0)).count < -event.by
        ):
            raise TooLow(f"the counter {self.stream_id} would fall below zero")


class CountRow(msgspec.Struct, gc=False):
    counter_id: str
    count: int


class Counts(StreamProjection[CountRow]):
    """What each counter shows."""

    name = "counts_of_counters"
    row = CountRow

    def fold_row(
        self, row: CountRow | None, event: Event, recorded: RecordedEvent
    ) -> CountRow | None:
        if not isinstance(event, CounterMoved):
            return row
        return CountRow(recorded.stream_id, (row.count if row else 0) + event.by)


class MoveRow(msgspec.Struct, gc=False):
    direction: str
    parity: int
    moves: int


class Moves(Projection[MoveRow]):
    """How often counters moved, by direction and parity: rows that several counters share."""

    name = "moves_of_counters"
    row = MoveRow
    key_columns = ("direction", "parity")

    def fold(self, rows: Rows[MoveRow], event: Event, recorded: RecordedEvent) -> None:
        if isinstance(event, CounterMoved):
            key = ("up" if event.by > 0 else "down", event.by % 2)
            row = rows[key]
            rows[key] = MoveRow(*key, 1 if row is None else row.moves + 1)

    def merge(self, one: MoveRow, other: MoveRow) -> MoveRow:
        return MoveRow(one.direction, one.parity, one.moves + other.moves)


def count(store: EventStore, counter_id: str, moves: Iterable[int]) -> Sequence[RecordedEvent]:
    """Append moves to a counter, whatever its rule says."""
    events = tuple(
        NewEvent("CounterMoved", 2, encode_event(CounterMoved(by))[0], '{"actor":"test"}', NOON)
        for by in moves
    )
    version = stream_version(store, counter_id)
    return store.append([StreamWrite(counter_id, Counter.aggregate_type, version, events)])
