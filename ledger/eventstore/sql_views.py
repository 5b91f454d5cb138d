"""What a store has that shows the ledger in SQL views."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol, runtime_checkable

from ledger.errors import InvalidQuery
from ledger.eventstore.records import Head

Value = int | str | float | bytes | None
"""What a column of an answer may hold."""


READABLE: Final = (
    "accounts",
    "entries",
    "event_log",
    "events",
    "streams",
    "local_days",
    "projections",
)
"""What a query may read, and people are told of, besides the tables of projections."""

LONGEST_QUERY: Final = 1_000_000
"""Bytes."""

LONGEST_ROW: Final = 2_000_000
"""Characters and bytes in one row of an answer."""


class SqlFunction(NamedTuple):
    """A table that a query gets by giving arguments.

    Attributes:
        parameters: names of its arguments; any may be left out, and is None then.
        columns: names of its columns.
        rows: makes them of the last position that the query sees, and of the arguments.
    """

    name: str
    parameters: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Callable[[int, Sequence[Value]], Iterable[Sequence[Value]]]


class SqlAnswer(NamedTuple):
    """The rows of a query.

    Attributes:
        columns: their names, of which some may be the same.
        rows: read one by one.
        head: the end of the log that they come from.
        behind: how many events projections have not seen whose tables the query reads, by name.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]
    head: Head
    behind: Mapping[str, int]


def took_too_long(seconds: float) -> InvalidQuery:
    """What is said of a query that was given up after so many seconds of work."""
    return InvalidQuery(
        f"the query took longer than {seconds:g} second{'' if seconds == 1 else 's'}",
        advice="ask for less of it, or give it more time",
        timeout=seconds,
    )


def too_long(message: str) -> InvalidQuery:
    """The refusal of what would take more room than there is for it."""
    return InvalidQuery(message, advice="ask for less at a time")


def row_too_long() -> InvalidQuery:
    """What is said of a row with more than `LONGEST_ROW`."""
    return too_long(f"a row of the answer has more than {LONGEST_ROW:,} characters")


def check_text(query: str) -> None:
    """See that a text can be a query at all.

    Raises:
        InvalidQuery: it cannot.
    """
    if "\0" in query:
        raise InvalidQuery("the query has a NUL character", advice="take it out")
    try:
        size = len(query.encode())
    except UnicodeEncodeError:
        raise InvalidQuery("the query is no Unicode text", advice="write it in UTF-8") from None
    if size > LONGEST_QUERY:
        raise InvalidQuery(
            f"the query has more than {LONGEST_QUERY:,} bytes",
            advice="ask for something shorter",
        )


def events_missed(
    checkpoints: Mapping[str, int], read: Container[str], position: int
) -> dict[str, int]:
    """How many events projections have not seen that a query reads, by name; those that lag.

    Args:
        checkpoints: of all projections, by name.
        read: the names of what the query reads, in lower case.
        position: the last one that the query sees.
    """
    lags = {
        name: position - max(checkpoint, 0)
        for name, checkpoint in sorted(checkpoints.items())
        if name.lower() in read
    }
    return {name: lag for name, lag in lags.items() if lag > 0}


@runtime_checkable
class KeepsLocalDays(Protocol):
    """A store whose SQL views tell the day of an instant by a table of the book's time zone."""

    def local_days(self) -> list[tuple[int | None, ...]]:
        """The rows of that table, in order: see `ledger.times.day_table.DayRow`, and a version."""

    def keep_local_days(self, rows: Iterable[Sequence[int | None]]) -> None:
        """Put others in their place."""


@runtime_checkable
class AnswersSql(Protocol):
    """A store that can be asked in SQL by whoever uses it."""

    def answer_sql(
        self, query: str, functions: Sequence[SqlFunction] = (), *, timeout: float
    ) -> AbstractContextManager[SqlAnswer]:
        """Run one query, which can read what is meant for it, and do nothing else.

        All its rows come from one state of the store, whoever writes meanwhile.

        Args:
            functions: tables that it may call, besides the store's own.
            timeout: seconds of work after which it is given up.

        Raises:
            InvalidQuery: it is no query, is not allowed, or asks for too much; known when it
                begins, or while its rows are read.
        """
