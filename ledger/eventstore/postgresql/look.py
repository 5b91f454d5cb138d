"""The questions that a transaction asks as it begins, so that it need not ask them later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.foresight import Foresight
from ledger.eventstore.postgresql.table_statements import TableStatements
from ledger.eventstore.postgresql.texts import all_told
from ledger.eventstore.postgresql.wire import Answer, Asked, binary, integer, text, truth
from ledger.eventstore.reading_together import Touched
from ledger.eventstore.records import KeyRecord, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.tables import Key, ProjectionTable

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream

_LONG: Final = 300
"""Events of one stream; where so many came, they are read as usual."""

_LAST_VERSION: Final = "(SELECT max(version) FROM events WHERE stream_no = streams.stream_no)"
_FROM_SNAPSHOT: Final = f"""CASE
    WHEN after > 0 THEN after
    ELSE (
        SELECT coalesce(max(version), 1) FROM snapshots
        WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= {_LAST_VERSION}
    )
END"""
LAST_STREAM: Final = "SELECT max(stream_no) FROM streams"
_KEY: Final = (
    "SELECT fingerprint, first_position, last_position FROM idempotency_keys WHERE key = ?"
)


def end_of(kept: ArchivedStream) -> Tail:
    """The tail of a stream that has no events after those that are archived."""
    return Tail(kept.version, kept.highest_effective_at, kept.aggregate_type)


@cache
def _snapshots(streams: int) -> str:
    """The newest usable snapshots of so many streams."""
    return f"""
        SELECT streams.stream_id, snapshot.version, state, fingerprint, highest_effective_at,
            last_recorded_at
        FROM streams CROSS JOIN LATERAL (
            SELECT * FROM snapshots
            WHERE stream_no = streams.stream_no AND fingerprint = ? AND version <= {_LAST_VERSION}
            ORDER BY version DESC LIMIT 1
        ) AS snapshot
        WHERE stream_id IN ({", ".join("?" * streams)})
    """


@cache
def _events(streams: int, start: str) -> str:
    """The events of so many streams, of each from a version on."""
    wanted = ", ".join(["(CAST(? AS text), CAST(? AS bigint))"] * streams)
    return f"""
        SELECT streams.stream_id, event.version, aggregate_type, highest, event.position,
            event.stream_no, event.version, event_type, schema_version, data, text, salt, metadata,
            effective_at, recorded_at, backdated, hash, digest
        FROM (VALUES {wanted}) AS wanted (stream_id, after)
        JOIN streams ON streams.stream_id = wanted.stream_id
        CROSS JOIN LATERAL (
            SELECT (
                SELECT effective_at FROM events
                WHERE stream_no = streams.stream_no AND backdated = 0
                ORDER BY version DESC LIMIT 1
            ) AS highest OFFSET 0
        ) AS tail
        CROSS JOIN LATERAL (
            SELECT * FROM events WHERE stream_no = streams.stream_no AND version >= {start}
            ORDER BY version LIMIT {_LONG}
        ) AS event
    """


@cache
def _kept(streams: int) -> str:
    """What is kept of so many streams at the end of what is archived of them."""
    return f"""
        SELECT stream_no, stream_id, aggregate_type, version, highest_effective_at,
            last_recorded_at, state_version, state
        FROM streams JOIN archived_streams USING (stream_no)
        WHERE stream_id IN ({", ".join("?" * streams)})
    """


CHECKPOINTS: Final = (
    "SELECT name, version, position, columns, to_regclass(quote_ident(name)) IS NOT NULL "
    "FROM projections"
)

_SNAPSHOT_READERS: Final = (text, integer, text, text, integer, integer)
_KEPT_READERS: Final = (integer, text, text, integer, integer, integer, integer, text)
_EVENT_READERS: Final = (
    *(integer, integer, integer, text, integer, text, text),
    *(binary, text, integer, integer, integer, binary, binary),
)
_STREAM_COLUMNS: Final = 4
"""Before those of an event."""
_STREAM_NO: Final = 5
_KEY_READERS: Final = (binary, integer, integer)
_CHECKPOINT_READERS: Final = (text, integer, integer, text, truth)


class Look:
    """The questions whose answers a transaction is told as it begins.

    Args:
        touched: see `ReadsTogether`.
        statements: gives those for a table.
        recorded: gives the events that rows hold, from the id and type of each stream by its
            number.
    """

    def __init__(
        self,
        touched: Touched,
        statements: Callable[[ProjectionTable], TableStatements],
        recorded: Callable[[list[Row], dict[int, tuple[str, str]]], list[RecordedEvent]],
    ) -> None:
        self._recorded = recorded
        self._with_kept = False
        self.streams = touched.streams
        self.begun = [stream_id for stream_id, after in self.streams.items() if not after]
        self.fingerprint = touched.fingerprint
        self.key = touched.key
        self.rows = [(statements(table), keys) for table, keys in touched.rows.items() if keys]

    def questions(self, *, archived: bool) -> list[Asked]:
        """What is asked.

        Args:
            archived: whether events are archived, as far as that is known.
        """
        self._with_kept = archived
        return list(self._questions())

    def _questions(self) -> Iterator[Asked]:
        wanted = [value for stream in self.streams.items() for value in stream]
        if self.begun:
            wanted.append(self.fingerprint)
            yield Asked(LAST_STREAM)
            yield Asked(_snapshots(len(self.begun)), (self.fingerprint, *self.begun))
        if self._with_kept:
            yield Asked(_kept(len(self.streams)), list(self.streams))
        start = _FROM_SNAPSHOT if self.begun else "after"
        yield Asked(_events(len(self.streams), start), wanted)
        if self.key is not None:
            yield Asked(_KEY, (self.key,))
        if self.rows:
            yield Asked(CHECKPOINTS)
        for statements, keys in self.rows:
            yield Asked(*statements.select_each(keys))

    def take(self, foreseen: Foresight, answers: Sequence[Answer], *, archived: bool) -> None:
        """Give the answers to where they are asked for.

        Args:
            archived: whether events are archived. Where that was not known when it was asked,
                nothing that was told of streams is of use.
        """
        answer = iter(answers)
        afters = dict(self.streams)
        numbers: dict[str, int] = {}
        if self.begun:
            foreseen.last_stream = next(answer).rows((integer,))[0][0] or 0
            foreseen.snapshots |= dict.fromkeys(self.begun, (self.fingerprint, None))
            for row in next(answer).rows(_SNAPSHOT_READERS):
                snapshot = Snapshot(*row)
                foreseen.snapshots[snapshot.stream_id] = (self.fingerprint, snapshot)
        if self._with_kept:
            numbers = self._take_kept(foreseen, next(answer))
        for stream_id, (_, found) in foreseen.snapshots.items():
            if found is not None:
                afters[stream_id] = found.version
        events = next(answer)
        if archived and not self._with_kept:
            foreseen.snapshots.clear()
        else:
            self._take_events(foreseen, afters, numbers, events)
        if self.key is not None:
            kept = next(answer).rows(_KEY_READERS)
            foreseen.key = (self.key, KeyRecord(self.key, *kept[0]) if kept else None)
        if self.rows:
            foreseen.checkpoints = next(answer).rows(_CHECKPOINT_READERS)
        for statements, keys in self.rows:
            rows: dict[Key, Row | None] = dict.fromkeys(keys)
            stamps: dict[Key, int] = {}
            for *told, stamp in next(answer).rows((*statements.readers, integer)):
                known = all_told(tuple(told))
                key = statements.key_in(known)
                rows[key], stamps[key] = known, stamp
            foreseen.rows_of[statements.table] = rows
            foreseen.stamps[statements.table] = stamps

    def _take_kept(self, foreseen: Foresight, answer: Answer) -> dict[str, int]:
        """Take what is kept of streams, which serves as a snapshot of each; gives the numbers."""
        from ledger.eventstore.archive.records import ArchivedStream  # most ledgers have none
        from ledger.eventstore.archive.states import as_snapshot

        foreseen.kept |= dict.fromkeys(self.streams)
        numbers = {}
        for number, *row in answer.rows(_KEPT_READERS):
            kept = ArchivedStream(*row)
            foreseen.kept[kept.stream_id], numbers[kept.stream_id] = kept, number
            if foreseen.snapshots.get(kept.stream_id) == (self.fingerprint, None):
                snapshot = as_snapshot(kept)
                if snapshot.fingerprint == self.fingerprint:
                    foreseen.snapshots[kept.stream_id] = (self.fingerprint, snapshot)
        return numbers

    def _take_events(
        self,
        foreseen: Foresight,
        afters: Mapping[str, int],
        numbers: Mapping[str, int],
        answer: Answer,
    ) -> None:
        """Take the events of streams, from the last one that the caller has on.

        Args:
            afters: the versions that they have come after.
            numbers: of the streams of which some events are archived.
        """
        value = answer.value
        places: dict[str, list[tuple[int, int]]] = {}
        for place in range(len(answer)):
            version = integer(value(place, 1))
            places.setdefault(text(value(place, 0)), []).append((version, place))
        for stream_id, after in afters.items():
            found = sorted(places.get(stream_id, ()))
            if len(found) == _LONG:
                continue
            kept = foreseen.kept.get(stream_id)
            foreseen.ends[stream_id] = found[-1][0] if found else None
            if not found:
                if kept is not None:
                    foreseen.streams[stream_id] = (numbers[stream_id], end_of(kept))
                elif not after:
                    foreseen.streams[stream_id] = (0, no_tail())
                if after == (kept.version if kept else 0):
                    foreseen.events[stream_id] = (after, [])
                continue
            last, place = found[-1]
            kind, highest = answer.row(place, (text, integer), 2)
            number = integer(value(place, _STREAM_NO))
            if highest is None and kept is not None:
                highest = kept.highest_effective_at
            if highest is not None:
                foreseen.streams[stream_id] = (number, Tail(last, highest, kind))
            if kept is not None and after < kept.version:  # those between are in the archive
                continue
            rows = [
                answer.row(place, _EVENT_READERS, _STREAM_COLUMNS)
                for version, place in found
                if version > after
            ]
            events = self._recorded(rows, {number: (stream_id, kind)})
            foreseen.events[stream_id] = (after, events)
