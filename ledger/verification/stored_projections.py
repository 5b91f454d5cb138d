"""Projections: their rows are what the events up to their checkpoints give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from ledger.domain.account import BankAccount
from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint, Key
from ledger.projections.folding import AnyProjection, AnyRows, differences, fold_into
from ledger.projections.projection import DecodedEvent, Rows, StreamProjection
from ledger.projections.projector import PROJECTIONS
from ledger.verification.findings import Finding, field_text

_UNREADABLE: Final = "some events cannot be read"


class StoredProjection(msgspec.Struct, frozen=True):
    """A projection as it was when the verification began.

    Attributes:
        to_position: the position up to which its rows must be what the events give.
        rows: by key; None where they are not compared.
        findings: what is wrong with it already.
        notes: what is worth knowing.
    """

    projection: AnyProjection
    to_position: int = 0
    rows: AnyRows | None = None
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.projection.name

    @property
    def is_built_in(self) -> bool:
        """Whether it is none of somebody's own: where those cannot be folded it is their matter."""
        return self.projection in PROJECTIONS


def read_projections(
    store: EventStore, projections: Sequence[AnyProjection], base: int, head: int
) -> list[StoredProjection]:
    """The projections as they are stored.

    The caller has a read-only transaction, since they move on while others write.

    Args:
        base: the end of an archive that is not looked at: projections whose rows do not follow from
            what is kept of it are not compared.
    """
    stored = (_read(store, projection, head) for projection in projections)
    return [_compared_since(base, each) if base else each for each in stored]


def _compared_since(base: int, stored: StoredProjection) -> StoredProjection:
    projection = stored.projection
    if stored.rows is None and not projection.on_demand:
        return stored  # which is told already
    if stored.is_built_in and stored.rows is not None and stored.to_position >= base:
        return stored
    note = f"the table {stored.name} was not compared: that takes the archive"
    return msgspec.structs.replace(stored, rows=None, notes=(*stored.notes, note))


def unknown_projections(store: EventStore, known: Collection[str]) -> list[str]:
    """The names of the projections whose class is not known here."""
    try:
        return sorted(store.tables.checkpoints().keys() - set(known))
    except DamagedLedger:
        return []  # which is found with those that are known


def _read(store: EventStore, projection: AnyProjection, head: int) -> StoredProjection:
    name = projection.name
    try:
        checkpoint = store.tables.checkpoints().get(name)
        if projection.on_demand and (checkpoint is None or checkpoint.position < 0):  # not made yet
            return StoredProjection(projection)
        if checkpoint is None:
            return StoredProjection(
                projection, findings=(_wrong(name, f"the projection {name} has no checkpoint"),)
            )
        if checkpoint.version != projection.version:
            note = f"{name} was made by another version of ledger, and is not used"
            return StoredProjection(projection, notes=(note,))
        rows: AnyRows | None = None
        if not projection.on_demand:  # `on_demand_projections` compares those, row by row
            rows = Rows()
            for row in store.tables.rows(projection.table):
                rows[projection.table.key_of(row)] = row
    except DamagedLedger as error:
        return StoredProjection(projection, findings=(_wrong(name, f"{name}: {error.untold}"),))
    return StoredProjection(
        projection,
        min(checkpoint.position, head),
        rows,
        tuple(_misplaced(name, checkpoint, head)),
        () if projection.on_demand else tuple(_lag(name, checkpoint, head)),
    )


def _misplaced(name: str, checkpoint: Checkpoint, head: int) -> Iterator[Finding]:
    if not 0 <= checkpoint.position <= head:
        yield Finding(
            check="projection",
            message=f"the checkpoint of {name} is not a position of the log",
            position=checkpoint.position,
            expected=f"0 to {head}",
            found=str(checkpoint.position),
            projection=name,
        )


def _lag(name: str, checkpoint: Checkpoint, head: int) -> Iterator[str]:
    if 0 <= checkpoint.position < head:
        lag = head - checkpoint.position
        yield f"{name} is {lag} event{'' if lag == 1 else 's'} behind the log"


def _wrong(name: str, message: str) -> Finding:
    return Finding(check="projection", message=message, projection=name)


class FoldTask(msgspec.Struct, frozen=True):
    """A projection to fold anew, and the position up to which it is to be folded."""

    projection: AnyProjection
    to_position: int
    is_built_in: bool


class Refolding:
    """Folds a projection anew, as the events are read.

    Attributes:
        rows: the result.
        unknown: the streams of which the rows are not known, since an event of theirs cannot be
            read or folded; only of a projection with a row for each stream.
        failure: why none of the rows can be known; empty while they can.
    """

    def __init__(self, task: FoldTask) -> None:
        self._task = task
        self.rows: AnyRows = Rows()
        self.unknown: set[str] = set()
        self.failure = ""

    def fold(self, events: Sequence[DecodedEvent]) -> Iterator[Finding]:
        """Fold the next events; where one cannot be folded, that is a finding or the failure."""
        task = self._task
        if not events or self.failure or events[0][0].position > task.to_position:
            return
        if events[-1][0].position > task.to_position:
            events = [event for event in events if event[0].position <= task.to_position]
        while events:
            try:
                fold_into(self.rows, task.projection, events)
            except LedgerError as error:
                position = error.details.get("position")
                if not task.is_built_in or not isinstance(position, int):
                    self.failure = error.untold
                    return
                (failed,) = (each for each, _ in events if each.position == position)
                if failed.stream_id not in self.unknown:
                    yield msgspec.structs.replace(
                        Finding.at(failed, "projection", error.untold),
                        projection=task.projection.name,
                    )
                self.unknown.add(failed.stream_id)
                events = [event for event in events if event[0].position > position]
            else:
                return

    def begin(self, account: BankAccount) -> None:
        """Begin with the row of an account whose first events were archived."""
        projection = self._task.projection
        if isinstance(projection, StreamProjection):
            self.rows[account.stream_id] = projection.expected_row(account, ())

    def lose(self, position: int, stream_id: str | None) -> None:
        """Know that an event is not among those that are folded, and of which stream, if any."""
        if position > self._task.to_position:
            return
        if not isinstance(self._task.projection, StreamProjection):
            self.failure = self.failure or _UNREADABLE
        elif stream_id is not None:
            self.unknown.add(stream_id)


def join_rows(projection: AnyProjection, parts: Iterable[Mapping[Any, Any]]) -> AnyRows:
    """The rows of a projection, of which each part of the log has given some.

    Raises:
        Exception: whatever the projection's `merge` raised.
    """
    rows: AnyRows = Rows()
    for part in parts:
        for key, row in part.items():
            other = rows[key]
            if row is not None:
                rows[key] = row if other is None else projection.merge(other, row)
    return rows


def compare_rows(
    stored: StoredProjection, folded: AnyRows, unknown: AbstractSet[str]
) -> Iterator[Finding]:
    """Every stored row that is not what the log says.

    Args:
        unknown: keys whose rows are not known.
    """
    assert stored.rows is not None
    for key, expected, found in differences(folded, stored.rows):
        if key not in unknown:
            yield row_finding(stored.projection, key, expected, found)


def row_finding(
    projection: AnyProjection,
    key: Key,
    expected: msgspec.Struct | None,
    found: msgspec.Struct | None,
) -> Finding:
    """The finding of a row that is stored otherwise than the log says; None for no row."""
    name, one_per_stream = projection.name, isinstance(projection, StreamProjection)
    place = "this account" if one_per_stream else f"the key {key!a}"
    if found is None:
        message = f"{name} has no row for {place}"
    elif expected is None:
        message = f"{name} has a row for {place}, and the log has nothing of it"
    else:
        message = f"{name} differs from the log"
        message += "" if one_per_stream else f" at {place}"
    columns = _differing(expected, found)
    return Finding(
        check="projection",
        account_id=str(key) if one_per_stream else None,
        message=message,
        expected=_text(expected, columns),
        found=_text(found, columns),
        projection=name,
    )


def _differing(one: msgspec.Struct | None, other: msgspec.Struct | None) -> list[str]:
    if one is None or other is None:
        either = one or other
        return list(either.__struct_fields__) if either else []
    fields = one.__struct_fields__
    return [field for field in fields if getattr(one, field) != getattr(other, field)]


def _text(row: msgspec.Struct | None, columns: Sequence[str]) -> str:
    if row is None:
        return "no row"
    return ", ".join(f"{column} {field_text(row, column)}" for column in columns)
