"""Functions that a query calls on a server, whose rows are made here.

A server cannot ask this process for rows in the middle of a query, and nobody but the server knows
which arguments a query gives: they may come from other tables. So the query is first run for its
calls alone: each tells of arguments for which there are no rows yet, and gives none. What is made
of them is put into settings of the transaction, where the functions find it, until the query tells
of nothing new. That works on a standby too, and for somebody who may only read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import psycopg
from psycopg.errors import Diagnostic

from ledger.errors import InvalidQuery, LedgerError
from ledger.eventstore.postgresql.connecting import Connection
from ledger.eventstore.sql_views import SqlFunction, Value, too_long

ASKING: Final = "SET LOCAL ledger.asking = on"
ANSWERING: Final = "SET LOCAL ledger.asking = off"

_NOT_MADE: Final = "LG001"
_REFUSED: Final = "LG002"

_PART: Final = 1_000_000
_MOST: Final = 500_000_000
"""Bytes that are made for one query."""

_WORD: Final = re.compile(r"\w+")
_NUL_SHOWN: Final = r"\u2400"

Setting = tuple[str, str]
"""Its name and its value."""


class QueryFunctions:
    """What the calls of one query ask for, and what was made for them.

    Args:
        connection: on which the query is run.
        functions: that it may call.
    """

    def __init__(self, connection: Connection, functions: Sequence[SqlFunction]) -> None:
        self._functions = {each.name: each for each in functions}
        self._heard: dict[str, str] = {}
        self._made: set[str] = set()
        self._refusals: dict[str, LedgerError] = {}
        self._size = 0
        connection.add_notice_handler(self._hear)

    def may_be_called(self, query: str) -> bool:
        """Whether a query has the name of a function."""
        return not self._functions.keys().isdisjoint(word.lower() for word in _WORD.findall(query))

    def make(self, position: int) -> Iterator[Setting]:
        """Make what the query has asked for since the last time, and give the settings that hold
        it, some at a time.

        Args:
            position: the last one that the query sees.

        Raises:
            InvalidQuery: it asks for more than there is room for.
        """
        heard, self._heard = self._heard, {}
        for setting, asked in heard.items():
            self._made.add(setting)
            name, *arguments = msgspec.json.decode(asked)
            parts = 0
            try:
                for part in _parts(self._functions[name], position, arguments):
                    parts += 1
                    self._make_room(len(part))
                    yield f"{setting}_{parts}", part
            except LedgerError as error:
                # Told once a query that has all else asks for it: it may not do so then.
                self._refusals[setting] = error
                parts = -1
            yield setting, str(parts)

    @property
    def asks_for_more(self) -> bool:
        """Whether there is something to be made."""
        return bool(self._heard)

    def refusal(self, error: psycopg.Error) -> LedgerError | None:
        """What is wrong with a call by which a query failed; None where it failed otherwise."""
        if error.sqlstate == _NOT_MADE:
            return InvalidQuery(
                "the query gives its functions other arguments each time it is run",
                advice="give them times that stay the same",
            )
        if error.sqlstate == _REFUSED:
            return self._refusals[error.diag.message_detail or ""]
        return None

    def _hear(self, told: Diagnostic) -> None:
        if told.severity_nonlocalized == "INFO" and told.message_detail not in self._made:
            self._heard[told.message_detail or ""] = told.message_primary or ""

    def _make_room(self, size: int) -> None:
        self._size += size
        if self._size > _MOST:
            raise too_long("the query asks for more of the past than there is room for")


def _parts(function: SqlFunction, position: int, arguments: Sequence[Value]) -> Iterator[str]:
    """The rows of a call as JSON, in lists of a handy size."""
    encode, columns = msgspec.json.Encoder().encode, function.columns
    rows: list[bytes] = []
    size = 0
    for row in function.rows(position, arguments):
        rows.append(encode(dict(zip(columns, row, strict=True))))
        size += len(rows[-1])
        if size > _PART:
            yield _array(rows)
            rows, size = [], 0
    if rows:
        yield _array(rows)


def _array(rows: Sequence[bytes]) -> str:
    text = f"[{b','.join(rows).decode()}]"
    return _without_nul(text) if r"\u0000" in text else text


def _without_nul(text: str) -> str:
    """JSON in which the character that the server does not take is shown, as in its views."""
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u0000", rf"\1\{_NUL_SHOWN}", text)
