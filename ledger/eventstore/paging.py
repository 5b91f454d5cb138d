"""Reading the events in the tables of a database, a page at a time.

Nothing of the database is held while a page is looked at, however slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

from ledger.errors import DamagedLedger

Row = tuple[Any, ...]

# Pages grow from one to the other: most reads want a few events, some want them all.
_FIRST_PAGE: Final = 32
_LARGEST_PAGE: Final = 1_024
_FIRST_PAGE_BACKWARDS: Final = 8

_LARGEST_INTEGER: Final = 2**63 - 1

POSITION: Final = 0
VERSION: Final = 2
"""Places in a row."""


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


class EventColumns(NamedTuple):
    """How a database is asked for events.

    Attributes:
        event, bare: the columns of an event, and those without which a fold can do, with their
            table; the first three are position, stream number and version.
        effective_at: the place of the effective time in a row of ``event``.
        backdated_index: what names the index of backdated events, where the database wants it.
    """

    event: str
    bare: str
    effective_at: int
    backdated_index: str = ""


class Asked(NamedTuple):
    """Which events of a stream are asked for, by their effective times (µs UTC)."""

    columns: EventColumns
    stream_id: str
    stream_no: int
    effective_to: int | None
    effective_after: int | None

    def pages(self, session: ReadingSession, after: int, to: int | None) -> Iterator[list[Row]]:
        """Those with versions in (after, to], in order.

        Events that are not backdated have rising effective times. So after the first one past the
        instant, backdated or not, only backdated ones can count, and an index finds those; nobody
        walks through all that came later.
        """
        where, bindings = self._since()
        pages = _pages(session, "version", after, to, where, bindings, self.columns.event)
        instant, place_of_time = self.effective_to, self.columns.effective_at
        if instant is None:
            yield from pages
            return
        for page in pages:
            past = (place for place, row in enumerate(page) if row[place_of_time] > instant)
            end = next(past, None)
            if end is None:
                yield page
                after = page[-1][VERSION] if page else after
                continue
            yield page[:end]
            after = page[end][VERSION]
            break
        else:
            return
        yield session.rows(
            f"SELECT {self.columns.event} {self.columns.backdated_index} WHERE {where} "
            "AND version > ? "
            "AND version <= ? AND backdated = 1 AND effective_at <= ? ORDER BY version",
            (*bindings, after, _bound(to), instant),
        )

    def pages_backwards(
        self, session: ReadingSession, after: int, to: int | None
    ) -> Iterator[list[Row]]:
        """The same in the reverse order."""
        where, bindings = self._since()
        if self.effective_to is not None:
            where += " AND effective_at <= ?"
            bindings.append(self.effective_to)
        sql = (
            f"SELECT {self.columns.event} WHERE {where} AND version > ? AND version <= ? "
            "ORDER BY version DESC LIMIT ?"
        )
        size = _FIRST_PAGE_BACKWARDS
        after, last = _bound(after), _bound(to)
        while True:
            rows = session.rows(sql, (*bindings, after, last, size))
            if rows:
                _check_that_it_leads_on(session, -last - 1, -rows[-1][VERSION])
            yield rows
            if len(rows) < size:
                return
            last = rows[-1][VERSION] - 1
            size = min(size * 4, _LARGEST_PAGE)

    def _since(self) -> tuple[str, list[int]]:
        if self.effective_after is None:
            return "stream_no = ?", [self.stream_no]
        return "stream_no = ? AND effective_at > ?", [self.stream_no, self.effective_after]


def log_pages(
    session: ReadingSession,
    columns: EventColumns,
    after: int,
    to: int | None,
    part: int,
    parts: int,
    *,
    bare: bool,
) -> Iterator[list[Row]]:
    """Events of one of several parts of the log with positions in (after, to], in order.

    Args:
        bare: leave out metadata, salt, recorded time, hash, and whether they are backdated.
    """
    where, bindings = ("true", ()) if parts == 1 else ("stream_no % ? = ?", (parts, part))
    return _pages(
        session, "position", after, to, where, bindings, columns.bare if bare else columns.event
    )


def _pages(
    session: ReadingSession,
    order: str,
    after: int,
    to: int | None,
    where: str,
    bindings: Sequence[int],
    what: str,
) -> Iterator[list[Row]]:
    """Events whose position or version, whichever orders them, is in (after, to]."""
    sql = f"SELECT {what} WHERE {where} AND {order} > ? AND {order} <= ? ORDER BY {order} LIMIT ?"
    place = VERSION if order == "version" else POSITION
    after, last = _bound(after), _bound(to)
    size = _FIRST_PAGE
    while True:
        rows = session.rows(sql, (*bindings, after, last, size))
        if len(rows) == size == _FIRST_PAGE:
            # What is appended from now on is not read: a reader that appends would never end.
            end = session.row(f"SELECT max({order}) FROM events WHERE {where}", bindings)
            last = min(last, (end and end[0]) or 0)
        if rows:
            _check_that_it_leads_on(session, after, rows[-1][place])
        yield rows
        if len(rows) < size:
            return
        after = rows[-1][place]
        size = min(size * 2, _LARGEST_PAGE)


def _check_that_it_leads_on(session: ReadingSession, after: int, end: int) -> None:
    """Refuse a page that ends where it should begin: a damaged file can lead in a circle."""
    if end <= after:
        raise session.damaged("the log is out of order")


def _bound(number: int | None) -> int:
    """A version or position that a database can compare with; None is beyond them all."""
    return _LARGEST_INTEGER if number is None else min(number, _LARGEST_INTEGER)
