"""Folding events into the stored rows of projections, and writing these with the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from ledger.eventstore.store import EventStore
from ledger.projections.folding import AnyProjection, StoredRows, fold_into, pack
from ledger.projections.projection import DecodedEvent, StreamProjection

HELD: Final = 50_000
"""Rows of one projection; no more are held, which take some 15 MB."""

_FEW: Final = 8
"""Events; the rows of more are read together."""


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
        if not may_be_held:
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
        if len(events) > _FEW and isinstance(self._projection, StreamProjection):
            streams = {recorded.stream_id for recorded, _ in events}
            begun = {recorded.stream_id for recorded, _ in events if recorded.version == 1}
            self.read(streams, absent=begun)
        fold_into(self, self._projection, events)
        self.position = events[-1][0].position

    def write(self) -> None:
        seen = (self._written, self.position)
        if not self._tables.write(self._table, self, seen=seen):
            raise RuntimeError(f"{self._table.name} moved on while the write lock was held")
