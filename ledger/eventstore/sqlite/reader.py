"""Reading the log in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from ledger.errors import LedgerError
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head, IntegrityProblem, KeyRecord, RecordedEvent
from ledger.eventstore.sqlite.errors import damaged
from ledger.eventstore.sqlite.session import Row, Session

# Pages grow from one to the other: most reads want a few events, some want them all.
_FIRST_PAGE: Final = 32
_LARGEST_PAGE: Final = 1_024
_FIRST_PAGE_BACKWARDS: Final = 8

_LARGEST_INTEGER: Final = 2**63 - 1

_EVENT: Final = (
    "position, stream_no, version, event_type, schema_version, data, text, salt, metadata, "
    "effective_at, recorded_at, backdated, hash FROM events"
)
_BARE: Final = (
    "position, stream_no, version, event_type, schema_version, data, text, effective_at FROM events"
)

# An event that is not backdated has, by definition, the highest effective time so far.
TAIL: Final = """
    SELECT
        stream_no,
        (SELECT max(version) FROM events WHERE stream_no = streams.stream_no),
        (SELECT effective_at FROM events WHERE stream_no = streams.stream_no AND NOT backdated
            ORDER BY version DESC LIMIT 1),
        aggregate_type
    FROM streams WHERE stream_id = ?
"""

_PLACE: Final = {"position": 0, "version": 2}
_KEYS: Final = "SELECT key, fingerprint, first_position, last_position FROM idempotency_keys"


class LogReader:
    """The questions that `ledger.eventstore.store.EventStore` answers.

    Events are read a page at a time, so nothing of the file is held while a page is looked at,
    however slowly.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stream_nos: dict[str, int] = {}
        self._streams: dict[int, tuple[str, str]] = {}
        self._ledger_id = self._read_ledger_id()

    @property
    def ledger_id(self) -> str:
        return self._ledger_id

    def head(self) -> Head:
        row = self._session.row(
            "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        )
        if row is None:
            return empty_head(self._ledger_id)
        if (type(row[1]), type(row[2])) != (bytes, int):  # all that follows is chained to these
            raise damaged(self._session.path, f"event {row[0]} has no hash, or no time")
        return Head(*row)

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        for (stream_id,) in self._session.rows(
            "SELECT stream_id FROM streams WHERE substr(stream_id, 1, ?) = ? "
            "AND stream_no % ? = ? ORDER BY stream_id",
            (len(prefix), prefix, parts, part),
        ):
            yield stream_id

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        stream_no = self._stream_no(stream_id)
        if stream_no is None:
            return iter(())
        where, bindings = "stream_no = ?", [stream_no]
        if effective_after is not None:
            where += " AND effective_at > ?"
            bindings.append(effective_after)
        if newest_first:
            if effective_to is not None:
                where += " AND effective_at <= ?"
                bindings.append(effective_to)
            return self._pages_backwards(after_version, to_version, where, bindings)
        if effective_to is None:
            return self._pages("version", after_version, to_version, where, bindings)
        return self._pages_effective_to(effective_to, after_version, to_version, where, bindings)

    def _pages_effective_to(
        self,
        effective_to: int,
        after_version: int,
        to_version: int | None,
        where: str,
        bindings: Sequence[int],
    ) -> Iterator[RecordedEvent]:
        """Events effective by an instant, without walking through all that came later.

        Events that are not backdated have rising effective times. So after the first one past the
        instant, backdated or not, only backdated ones can count, and an index finds those.
        """
        for event in self._pages("version", after_version, to_version, where, bindings):
            if event.effective_at > effective_to:
                break
            yield event
            after_version = event.version
        else:
            return
        rows = self._session.rows(
            f"SELECT {_EVENT} INDEXED BY events_backdated WHERE {where} AND version > ? "
            "AND version <= ? AND backdated = 1 AND effective_at <= ? ORDER BY version",
            (*bindings, after_version, _bound(to_version), effective_to),
        )
        yield from self._recorded(rows)

    def _pages_backwards(
        self, after: int, to: int | None, where: str, bindings: Sequence[int]
    ) -> Iterator[RecordedEvent]:
        sql = (
            f"SELECT {_EVENT} WHERE {where} AND version > ? AND version <= ? "
            "ORDER BY version DESC LIMIT ?"
        )
        size = _FIRST_PAGE_BACKWARDS
        after, last = _bound(after), _bound(to)
        while True:
            rows = self._session.rows(sql, (*bindings, after, last, size))
            yield from self._recorded(rows)
            if len(rows) < size:
                return
            last = rows[-1][_PLACE["version"]] - 1
            size = min(size * 4, _LARGEST_PAGE)

    def read_all(
        self,
        *,
        after_position: int = 0,
        to_position: int | None = None,
        part: int = 0,
        parts: int = 1,
        bare: bool = False,
    ) -> Iterator[RecordedEvent]:
        where, bindings = ("true", ()) if parts == 1 else ("stream_no % ? = ?", (parts, part))
        if bare:
            pages = self._page_by_page(
                "position", after_position, to_position, where, bindings, _BARE
            )
            return chain.from_iterable(map(self._recorded_bare, pages))
        return self._pages("position", after_position, to_position, where, bindings)

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        if key is not None:
            row = self._session.row(f"{_KEYS} WHERE key = ?", (key,))
            return iter(() if row is None else (self._key_record(row),))
        return self._key_records_from(prefix)

    def _key_records_from(self, prefix: str) -> Iterator[KeyRecord]:
        start, after = ">=", prefix
        while True:
            rows = self._session.rows(
                f"{_KEYS} WHERE key {start} ? ORDER BY key LIMIT ?", (after, _LARGEST_PAGE)
            )
            for row in rows:
                record = self._key_record(row)
                if not record.key.startswith(prefix):
                    return
                yield record
            if len(rows) < _LARGEST_PAGE:
                return
            start, after = ">", rows[-1][0]

    def _key_record(self, row: Row) -> KeyRecord:
        key, _, first, last = row
        if not (isinstance(key, str) and type(first) is type(last) is int):
            raise damaged(self._session.path, "a record of an idempotency key cannot be read")
        return KeyRecord(*row)

    def settled(self) -> None:
        """Whatever can be read was synced before its commit was; it must still be at the path."""
        if self._session.place is not None:
            self._session.place.check()

    def integrity_problems(self) -> Iterator[IntegrityProblem]:
        from ledger.eventstore.sqlite.integrity import integrity_problems  # nothing else needs it

        return integrity_problems(self._session)

    def _pages(
        self,
        order: str,
        after: int,
        to: int | None,
        where: str,
        bindings: Sequence[int],
    ) -> Iterator[RecordedEvent]:
        """Events whose position or version, whichever orders them, is in (after, to]."""
        pages = self._page_by_page(order, after, to, where, bindings, _EVENT)
        return chain.from_iterable(map(self._recorded, pages))

    def _page_by_page(
        self,
        order: str,
        after: int,
        to: int | None,
        where: str,
        bindings: Sequence[int],
        what: str,
    ) -> Iterator[list[Row]]:
        sql = (
            f"SELECT {what} WHERE {where} AND {order} > ? AND {order} <= ? ORDER BY {order} LIMIT ?"
        )
        after, last = _bound(after), _bound(to)
        size = _FIRST_PAGE
        while True:
            rows = self._session.rows(sql, (*bindings, after, last, size))
            if len(rows) == size == _FIRST_PAGE:
                # What is appended from now on is not read: a reader that appends would never end.
                last = min(last, self._last(order, where, bindings))
            yield rows
            if len(rows) < size:
                return
            after = rows[-1][_PLACE[order]]
            size = min(size * 2, _LARGEST_PAGE)

    def _streams_of(self, rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
        """The id and aggregate type of the streams of events."""
        for stream_no in {row[1] for row in rows}:
            if stream_no not in self._streams:
                self._read_stream_row(stream_no)
        return self._streams

    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                streams[stream_no][0],
                streams[stream_no][1],
                version,
                event_type,
                schema_version,
                data,
                text,
                None,
                "",
                effective_at,
                0,
                False,
                b"",
            )
            for (
                position,
                stream_no,
                version,
                event_type,
                schema_version,
                data,
                text,
                effective_at,
            ) in rows
        ]

    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        streams = self._streams_of(rows)
        return [
            RecordedEvent(
                position,
                streams[stream_no][0],
                streams[stream_no][1],
                version,
                event_type,
                schema_version,
                data,
                text,
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated == 1,
                digest,
            )
            for (
                position,
                stream_no,
                version,
                event_type,
                schema_version,
                data,
                text,
                salt,
                metadata,
                effective_at,
                recorded_at,
                backdated,
                digest,
            ) in rows
        ]

    def _last(self, order: str, where: str, bindings: Sequence[Any]) -> int:
        row = self._session.row(f"SELECT max({order}) FROM events WHERE {where}", bindings)
        return (row and row[0]) or 0

    def _read_stream_row(self, stream_no: int) -> None:
        """Learn a stream's id and aggregate type."""
        row = self._session.row(
            "SELECT stream_id, aggregate_type FROM streams WHERE stream_no = ?", (stream_no,)
        )
        if row is None:
            raise damaged(self._session.path, f"stream number {stream_no} has no id")
        self._streams[stream_no] = (row[0], row[1])

    def _stream_no(self, stream_id: str) -> int | None:
        stream_no = self._stream_nos.get(stream_id)
        if stream_no is None:
            row = self._session.row(
                "SELECT stream_no FROM streams WHERE stream_id = ?", (stream_id,)
            )
            if row is not None:
                stream_no = self._stream_nos[stream_id] = row[0]
        return stream_no

    def _read_ledger_id(self) -> str:
        try:
            row = self._session.row("SELECT ledger_id FROM ledger")
            if row is None:
                raise damaged(self._session.path, "the ledger's id is missing")
            if type(row[0]) is not str:
                raise damaged(self._session.path, "the ledger's id cannot be read")
        except LedgerError:
            self._session.close()
            raise
        return str(row[0])


def _bound(number: int | None) -> int:
    """A version or position that SQLite can compare with; None is beyond them all."""
    return _LARGEST_INTEGER if number is None else min(number, _LARGEST_INTEGER)
