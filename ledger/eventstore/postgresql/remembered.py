"""What a process knows of a ledger from its own last proposals, so that it need not even look.

Who writes alone has read all of it before. Whether it still is so is seen as the next proposal is
written, like all that one rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Final

from ledger.eventstore.appending import Tail
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.foresight import Foresight
from ledger.eventstore.postgresql.look import Look
from ledger.eventstore.records import Head, RecordedEvent
from ledger.eventstore.tables import Key, ProjectionTable

_STREAMS: Final = 10_000
"""Those that are remembered at most; each takes a few kB with its rows."""


class Remembered:
    """The ends of streams, and their rows in projections, as they were last written here."""

    def __init__(self) -> None:
        self._is_alone = False
        self._head: Head | None = None
        self._streams: dict[str, tuple[int, Tail]] = {}
        self._ends: dict[str, int | None] = {}
        self._rows: dict[ProjectionTable, dict[Key, Row | None]] = {}
        self._stamps: dict[ProjectionTable, dict[Key, int]] = {}
        self._checkpoints: list[Row] = []

    def forget(self) -> None:
        """What is known may be so no more."""
        self._is_alone = False
        self._streams.clear()
        self._ends.clear()
        self._rows.clear()
        self._stamps.clear()

    def take(
        self,
        foreseen: Foresight,
        recorded: Sequence[RecordedEvent],
        tail_of: Callable[[str], Tail],
        stamp: int,
    ) -> None:
        """Remember what a proposal has led to.

        Args:
            foreseen: what it was decided on, with the rows as they were written.
            recorded: its events.
            tail_of: gives the tail of a stream with them.
            stamp: of the rows that were written with them.
        """
        first, last = recorded[0], recorded[-1]
        if len(self._streams) > _STREAMS:
            self.forget()
        self._is_alone = self._head is not None and first.position == self._head.position + 1
        self._head = Head(last.position, last.hash, last.recorded_at)
        self._streams |= foreseen.streams
        self._ends |= foreseen.ends
        for event in recorded:
            number, _ = self._streams[event.stream_id]
            self._streams[event.stream_id] = (number, tail_of(event.stream_id))
            self._ends[event.stream_id] = event.version
        for table, rows in foreseen.rows_of.items():
            self._rows.setdefault(table, {}).update(rows)
            known = foreseen.stamps.get(table, {})
            stamps = self._stamps.setdefault(table, {})
            stamps |= {key: known.get(key, stamp) for key in rows}
        self._checkpoints = [
            (name, version, last.position if position == first.position - 1 else position, *rest)
            for name, version, position, *rest in foreseen.checkpoints or ()
        ]

    def answers(self, look: Look) -> Head | None:
        """The end of the log, where all questions of a look can be answered; else None.

        That is so where nobody else seems to write.
        """
        if not self._is_alone:
            return None
        for stream_id, after in look.streams.items():
            found = self._streams.get(stream_id)
            if found is None or found[1].version != after:
                return None
        for statements, keys in look.rows:
            known = self._rows.get(statements.table, {})
            if any(known.get(key) is None for key in keys):
                return None
        return self._head

    def recall(self, look: Look, foreseen: Foresight) -> None:
        """Answer all questions of a look; a key is taken to be new."""
        for stream_id, after in look.streams.items():
            number, tail = self._streams[stream_id]
            foreseen.streams[stream_id] = (number, copy(tail))
            foreseen.ends[stream_id] = self._ends[stream_id]
            foreseen.events[stream_id] = (after, [])
        if look.key is not None:
            foreseen.key = (look.key, None)
        for statements, keys in look.rows:
            table = statements.table
            foreseen.rows_of[table] = {key: self._rows[table][key] for key in keys}
            foreseen.stamps[table] = {key: self._stamps[table][key] for key in keys}
        foreseen.checkpoints = self._checkpoints
