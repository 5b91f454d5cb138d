"""Reading the events that a ledger file has, a page at a time.

Nothing of the file is held while a page is looked at, however slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

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

POSITION: Final = 0
VERSION: Final = 2
_EFFECTIVE_AT: Final = 9
"""Places in a row."""


class Asked(NamedTuple):
    """Which events of a stream are asked for, by their effective times (µs UTC)."""

    stream_id: str
    stream_no: int
    effective_to: int | None
    effective_after: int | None

    def pages(self, session: Session, after: int, to: int | None) -> Iterator[list[Row]]:
        """Those with versions in (after, to], in order.

        Events that are not backdated have rising effective times. So after the first one past the
        instant, backdated or not, only backdated ones can count, and an index finds those; nobody
        walks through all that came later.
        """
        where, bindings = self._since()
        pages = _pages(session, "version", after, to, where, bindings, _EVENT)
        instant = self.effective_to
        if instant is None:
            yield from pages
            return
        for page in pages:
            past = (place for place, row in enumerate(page) if row[_EFFECTIVE_AT] > instant)
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
            f"SELECT {_EVENT} INDEXED BY events_backdated WHERE {where} AND version > ? "
            "AND version <= ? AND backdated = 1 AND effective_at <= ? ORDER BY version",
            (*bindings, after, _bound(to), instant),
        )

    def pages_backwards(self, session: Session, after: int, to: int | None) -> Iterator[list[Row]]:
        """The same in the reverse order."""
        where, bindings = self._since()
        if self.effective_to is not None:
            where += " AND effective_at <= ?"
            bindings.append(self.effective_to)
        sql = (
            f"SELECT {_EVENT} WHERE {where} AND version > ? AND version <= ? "
            "ORDER BY version DESC LIMIT ?"
        )
        size = _FIRST_PAGE_BACKWARDS
        after, last = _bound(after), _bound(to)
        while True:
            rows = session.rows(sql, (*bindings, after, last, size))
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
    session: Session, after: int, to: int | None, part: int, parts: int, *, bare: bool
) -> Iterator[list[Row]]:
    """Events of one of several parts of the log with positions in (after, to], in order.

    Args:
        bare: leave out metadata, salt, recorded time, hash, and whether they are backdated.
    """
    where, bindings = ("true", ()) if parts == 1 else ("stream_no % ? = ?", (parts, part))
    return _pages(session, "position", after, to, where, bindings, _BARE if bare else _EVENT)


def _pages(
    session: Session,
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
        yield rows
        if len(rows) < size:
            return
        after = rows[-1][place]
        size = min(size * 2, _LARGEST_PAGE)


def _bound(number: int | None) -> int:
    """A version or position that SQLite can compare with; None is beyond them all."""
    return _LARGEST_INTEGER if number is None else min(number, _LARGEST_INTEGER)
