"""Reading a log that is kept in the tables of a database, whichever that is.

The statements are such as every database takes. What differs from one to the other stands in the
class variables and the abstract methods.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, ClassVar, Final, Protocol

from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head, KeyRecord, RecordedEvent

Row = tuple[Any, ...]

# Pages grow from one to the other: most reads want a few events, some want them all.
_FIRST_PAGE: Final = 32
_LARGEST_PAGE: Final = 1_024
_FIRST_PAGE_BACKWARDS: Final = 8

_LARGEST_INTEGER: Final = 2**63 - 1

# An event that is not backdated has, by definition, the highest effective time so far.
TAIL: Final = """
    SELECT
        stream_no,
        (SELECT max(version) FROM events WHERE stream_no = streams.stream_no),
        (SELECT effective_at FROM events WHERE stream_no = streams.stream_no AND backdated = 0
            ORDER BY version DESC LIMIT 1),
        aggregate_type
    FROM streams WHERE stream_id = ?
"""
HEAD: Final = "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"

_PLACE: Final = {"position": 0, "version": 2}
_KEYS: Final = "SELECT key, fingerprint, first_position, last_position FROM idempotency_keys"


class ReadingSession(Protocol):
    """A connection that can be asked, with a ``?`` for each value that is bound."""

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query; none where a binding is a text that no database can hold."""

    def row(self, sql: str, bindings: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None; likewise."""

    def damaged(self, why: str) -> DamagedLedger:
        """The error of a ledger that is not whole."""

    def close(self) -> None:
        """Let go of the connection."""


class LogReader(ABC):
    """The questions that `ledger.eventstore.store.EventStore` answers.

    Events are read a page at a time, so nothing of the medium is held while a page is looked at,
    however slowly.

    Attributes:
        event, bare: the columns of an event, and those without which a fold can do, with their
            table; the first three are position, stream number and version.
        backdated_index: what names the index of backdated events, where the database wants it.
    """

    event: ClassVar[str]
    bare: ClassVar[str]
    backdated_index: ClassVar[str] = ""

    def __init__(self, session: ReadingSession) -> None:
        self._reading = session
        self._stream_nos: dict[str, int] = {}
        self._streams: dict[int, tuple[str, str]] = {}
        self._ledger_id = self._read_ledger_id()

    @abstractmethod
    def _recorded(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """The events that rows of `event` hold."""

    @abstractmethod
    def _recorded_bare(self, rows: Sequence[Row]) -> list[RecordedEvent]:
        """The events that rows of `bare` hold."""

    @property
    def ledger_id(self) -> str:
        return self._ledger_id

    def head(self) -> Head:
        row = self._reading.row(HEAD)
        if row is None:
            return empty_head(self._ledger_id)
        if (type(row[1]), type(row[2])) != (bytes, int):  # all that follows is chained to these
            raise self._reading.damaged(f"event {row[0]} has no hash, or no time")
        return Head(*row)

    def stream_ids(self, prefix: str = "", *, part: int = 0, parts: int = 1) -> Iterator[str]:
        for (stream_id,) in self._reading.rows(
            "SELECT stream_id FROM streams WHERE substr(stream_id, 1, CAST(? AS INTEGER)) = ? "
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
        rows = self._reading.rows(
            f"SELECT {self.event} {self.backdated_index} WHERE {where} AND version > ? "
            "AND version <= ? AND backdated = 1 AND effective_at <= ? ORDER BY version",
            (*bindings, after_version, _bound(to_version), effective_to),
        )
        yield from self._recorded(rows)

    def _pages_backwards(
        self, after: int, to: int | None, where: str, bindings: Sequence[int]
    ) -> Iterator[RecordedEvent]:
        sql = (
            f"SELECT {self.event} WHERE {where} AND version > ? AND version <= ? "
            "ORDER BY version DESC LIMIT ?"
        )
        size = _FIRST_PAGE_BACKWARDS
        after, last = _bound(after), _bound(to)
        while True:
            rows = self._reading.rows(sql, (*bindings, after, last, size))
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
                "position", after_position, to_position, where, bindings, self.bare
            )
            return chain.from_iterable(map(self._recorded_bare, pages))
        return self._pages("position", after_position, to_position, where, bindings)

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        if key is not None:
            row = self._reading.row(f"{_KEYS} WHERE key = ?", (key,))
            return iter(() if row is None else (self._key_record(row),))
        return self._key_records_from(prefix)

    def _key_records_from(self, prefix: str) -> Iterator[KeyRecord]:
        start, after = ">=", prefix
        while True:
            rows = self._reading.rows(
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
            raise self._reading.damaged("a record of an idempotency key cannot be read")
        return KeyRecord(*row)

    def _pages(
        self,
        order: str,
        after: int,
        to: int | None,
        where: str,
        bindings: Sequence[int],
    ) -> Iterator[RecordedEvent]:
        """Events whose position or version, whichever orders them, is in (after, to]."""
        pages = self._page_by_page(order, after, to, where, bindings, self.event)
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
            rows = self._reading.rows(sql, (*bindings, after, last, size))
            if len(rows) == size == _FIRST_PAGE:
                # What is appended from now on is not read: a reader that appends would never end.
                last = min(last, self._last(order, where, bindings))
            yield rows
            if len(rows) < size:
                return
            after = rows[-1][_PLACE[order]]
            size = min(size * 2, _LARGEST_PAGE)

    def _last(self, order: str, where: str, bindings: Sequence[Any]) -> int:
        row = self._reading.row(f"SELECT max({order}) FROM events WHERE {where}", bindings)
        return (row and row[0]) or 0

    def _stream_no(self, stream_id: str) -> int | None:
        stream_no = self._stream_nos.get(stream_id)
        if stream_no is None:
            row = self._reading.row(
                "SELECT stream_no FROM streams WHERE stream_id = ?", (stream_id,)
            )
            if row is not None:
                stream_no = self._stream_nos[stream_id] = row[0]
        return stream_no

    def _read_tail(self, stream_id: str) -> Tail:
        row = self._reading.row(TAIL, (stream_id,))
        if row is None:
            return no_tail()
        self._stream_nos[stream_id] = row[0]
        return no_tail() if row[2] is None else Tail(*row[1:])

    def _read_ledger_id(self) -> str:
        try:
            row = self._reading.row("SELECT ledger_id FROM ledger")
            if row is None:
                raise self._reading.damaged("the ledger's id is missing")
            if type(row[0]) is not str:
                raise self._reading.damaged("the ledger's id cannot be read")
        except LedgerError:
            self._reading.close()
            raise
        return str(row[0])


def _bound(number: int | None) -> int:
    """A version or position that a database can compare with; None is beyond them all."""
    return _LARGEST_INTEGER if number is None else min(number, _LARGEST_INTEGER)
