"""Folding events into rows: what inline, catch-up, rebuild and verification have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cache
from itertools import islice
from operator import length_hint
from typing import Any, Final

import msgspec

from ledger.errors import LedgerError, ProjectionFailed
from ledger.eventstore.codec import decode_events
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Key, ProjectionTable, cells_type
from ledger.projections.projection import DecodedEvent, Projection, Row, Rows, StreamProjection

AnyProjection = Projection[Any]
AnyRows = Rows[Any]

HELD: Final = 50_000
"""Rows of one projection; no more are held, which take some 15 MB."""

_FEW: Final = 8
"""Events; the rows of more are read together."""

_AT_ONCE: Final = 1_000
"""Events; the progress is told after so many."""


class StoredRows(Rows[Row]):
    """Rows that are read from the store when a fold first asks for them."""

    def __init__(self, store: EventStore, projection: AnyProjection) -> None:
        self._tables, self._table = store.tables, projection.table

    def read(self, keys: Iterable[Any], absent: AbstractSet[Any] = frozenset()) -> None:
        """Read the rows that a fold is going to ask for, but for those that are here.

        Args:
            absent: those of which there is known to be none.
        """
        here = self.keys()  # a row of None is here, too
        wanted = [key for key in keys if key not in here]
        self.update(dict.fromkeys(wanted))
        # In the order of the table: neighbours are on one page of the file.
        stored = sorted(key for key in wanted if key not in absent)
        key_of = self._table.key_of
        for row in self._tables.rows(self._table, stored):
            self[key_of(row)] = row  # type: ignore[assignment] # as below

    def __missing__(self, key: Key) -> Row | None:
        found: Any = next(self._tables.rows(self._table, (key,)), None)
        self[key] = found
        return found  # type: ignore[no-any-return] # the table's rows are the projection's


def decoded(events: Iterable[RecordedEvent]) -> list[DecodedEvent]:
    """Events as recorded, with what the domain knows of them.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    return list(decode_events(events))


def fold_into(rows: AnyRows, projection: AnyProjection, events: Sequence[DecodedEvent]) -> None:
    """Fold events into rows, in place.

    Raises:
        ProjectionFailed: the projection's fold raised; the event is named.
    """
    rest = iter(events)
    try:
        projection.fold_all(rows, rest)
    except LedgerError:
        raise
    except Exception as error:
        recorded, _ = events[max(len(events) - length_hint(rest) - 1, 0)]
        raise ProjectionFailed(
            f"the projection {projection.name} cannot handle event {recorded.position} "
            f"({recorded.event_type} version {recorded.version} of {recorded.stream_id!a}): "
            f"{str(error) or type(error).__name__}",
            advice="the log is as it was, and so is the projection",
            projection=projection.name,
            position=recorded.position,
            account_id=recorded.stream_id,
        ) from error


def fold_part(
    store: EventStore,
    projections: Sequence[AnyProjection],
    part: int,
    parts: int,
    head: int,
    report: Callable[[int], None],
) -> list[AnyRows]:
    """Fold one part of the log up to a position, into rows for each projection.

    Args:
        report: called now and then with the number of events folded so far.

    Raises:
        ProjectionFailed: a fold raised; the event is named.
        UnreadableEvent: an event cannot be read.
    """
    tables: list[AnyRows] = [Rows() for _ in projections]
    bare = all(projection.bare for projection in projections)
    events = store.read_all(to_position=head, part=part, parts=parts, bare=bare)
    folded = 0
    while page := decoded(islice(events, _AT_ONCE)):
        for projection, rows in zip(projections, tables, strict=True):
            fold_into(rows, projection, page)
        folded += len(page)
        report(folded)
    return tables


def pack(projection: AnyProjection, rows: AnyRows) -> bytes:
    """The rows that there are, in MessagePack: what a process can hand to another.

    Raises:
        ProjectionFailed: one of them can have no place in the projection's table.
    """
    table, key_of = projection.table, projection.table.key_of
    cells = []
    try:
        for key, row in rows.items():
            if row is not None:
                if key_of(row) != key:
                    alone = key == (key_of(row),)
                    raise ValueError(
                        f"its fold put the row of {key_of(row)!a} under {key!a}"
                        + ("; with one key column, the key is the value itself" if alone else "")
                    )
                cells.append(msgspec.structs.astuple(row))
        packed = msgspec.msgpack.encode(cells)
        _decoder(table)(packed)
    except Exception as error:
        raise _unstorable(projection, error) from error
    return packed


def join(projection: AnyProjection, packs: Iterable[bytes]) -> AnyRows:
    """The rows that several parts of the log have been folded to.

    Raises:
        ProjectionFailed: the projection's `merge` raised, or gave what is no row of the key.
    """
    table, key_of = projection.table, projection.table.key_of
    decode, make = _decoder(table), table.row
    rows: AnyRows = Rows()
    merged: AnyRows = Rows()
    alone = isinstance(projection, StreamProjection)
    for packed in packs:
        for cells in decode(packed):
            row = make(*cells)
            key = key_of(row)
            other = None if alone else rows[key]
            if other is None:
                rows[key] = row
                continue
            try:
                rows[key] = merged[key] = projection.merge(other, row)
            except Exception as error:
                raise _unstorable(projection, error) from error
    pack(projection, merged)
    return rows


def differences(
    folded: Mapping[Key, msgspec.Struct | None], stored: Mapping[Key, msgspec.Struct | None]
) -> Iterator[tuple[Key, msgspec.Struct | None, msgspec.Struct | None]]:
    """Each key with the row that the log gives and the one that is stored, where they differ."""
    for key in sorted({*folded, *stored}, key=str):
        expected, found = folded.get(key), stored.get(key)
        if expected != found:
            yield key, expected, found


@cache
def _decoder(table: ProjectionTable) -> Callable[[bytes], list[tuple[Any, ...]]]:
    decoder: Any = msgspec.msgpack.Decoder(list[cells_type(table)])  # type: ignore[misc] # so it is
    decode: Callable[[bytes], list[tuple[Any, ...]]] = decoder.decode
    return decode


def _unstorable(projection: AnyProjection, error: Exception) -> ProjectionFailed:
    why = str(error)
    if isinstance(error, msgspec.MsgspecError):  # else it is of somebody's own code
        from ledger.json_text import what_is_wrong

        why = what_is_wrong(error)
    return ProjectionFailed(
        f"the projection {projection.name} has a row that cannot be stored: "
        f"{why or type(error).__name__}",
        advice="the log is as it was, and so is the projection",
        projection=projection.name,
    )


class RowWriter:
    """Writes the rows of projections: at once, or, while `holding` is on, later and together."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._is_holding = False
        self._held: dict[str, _Rows] = {}

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the rows that may be held until the end of the block, which is one transaction.

        So a row is read and written once, however often the events of a large ledger come back to
        it.
        """
        self._is_holding = True
        try:
            yield
            for name in list(self._held):
                self.release(name)
        finally:
            self._is_holding = False
            self._held.clear()

    def position(self, name: str, stored: int) -> int:
        """The last position that a projection has seen, where ``stored`` is its checkpoint's."""
        return self._held[name].position if name in self._held else stored

    def release(self, name: str) -> None:
        """Write what is held of a projection."""
        held = self._held.pop(name, None)
        if held is not None:
            held.write()

    def apply(
        self, projection: AnyProjection, events: Sequence[DecodedEvent], *, may_be_held: bool
    ) -> None:
        """Fold consecutive events, and write rows and checkpoint; in the caller's transaction.

        Args:
            may_be_held: it is one whose failure ends the transaction. The rows of others are
                checked, too, before any is written: a write that fails would end it.

        Raises:
            ProjectionFailed: the fold raised, or made a row that cannot be stored.
        """
        if not events:
            return
        name = projection.name
        rows = self._held.pop(name, None)
        if rows is None:
            rows = _Rows(self._store, projection, events[0][0].position - 1)
        rows.fold(events)
        if may_be_held and self._is_holding and len(rows) < HELD:
            self._held[name] = rows
            return
        if not (may_be_held or projection.on_demand):
            pack(projection, rows)
        rows.write()


class _Rows(StoredRows[Any]):
    """The rows of one projection that were read or changed since a position.

    Attributes:
        position: the last one that was folded.
    """

    def __init__(self, store: EventStore, projection: AnyProjection, position: int) -> None:
        self._tables, self._table = store.tables, projection.table
        self._projection = projection
        self._written = self.position = position

    def fold(self, events: Sequence[DecodedEvent]) -> None:
        if len(events) > _FEW:
            self.read(*self._projection.keys_before(events))
        fold_into(self, self._projection, events)
        self.position = events[-1][0].position

    def write(self) -> None:
        seen = (self._written, self.position)
        if not self._tables.write(self._table, self, seen=seen):
            raise RuntimeError(f"{self._table.name} moved on while the write lock was held")
