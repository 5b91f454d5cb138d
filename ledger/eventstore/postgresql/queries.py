"""Queries that somebody typed: each runs on a connection of its own, in a transaction that reads.

What it may read is for the server to say, who knows whose connection it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import errors

from ledger.errors import InvalidQuery, LedgerError
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.log_reader import HEAD
from ledger.eventstore.postgresql.connecting import Connection, connect
from ledger.eventstore.postgresql.errors import translate
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.query_errors import explained
from ledger.eventstore.postgresql.query_functions import ANSWERING, ASKING, QueryFunctions
from ledger.eventstore.records import Head
from ledger.eventstore.sql_views import (
    LONGEST_ROW,
    READABLE,
    SqlAnswer,
    SqlFunction,
    Value,
    check_text,
    events_missed,
    row_too_long,
    took_too_long,
)

_STORED_JSON: Final = (
    "SELECT count(json_of(state)) FROM archived_streams",
    "SELECT count(json_of(data)), count(json_of(metadata)) FROM events",
)
"""What fails where something that is to be JSON is none."""

_ROWS_AT_ONCE: Final = 200

_WHOLE: Final = frozenset((20, 21, 23, 26))  # int8, int2, int4, oid
_BOOLEAN: Final = 16
_BYTES: Final = 17
_FLOATS: Final = frozenset((700, 701))
_DECIMAL: Final = 1700

_WORD: Final = re.compile(r"\w+")
_BEGINNING: Final = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(?P<word>[a-z]*)", re.DOTALL | re.IGNORECASE
)
_QUERIES: Final = ("SELECT", "WITH", "VALUES", "TABLE")


@contextmanager
def answer_sql(
    place: ServerPlace,
    ledger_id: str,
    query: str,
    functions: Sequence[SqlFunction],
    timeout: float,
) -> Iterator[SqlAnswer]:
    """See `AnswersSql`."""
    query = _checked(query)
    connection = connect(place)
    try:
        asked = _Query(connection, place, functions, timeout)
        head = asked.begin(ledger_id)
        columns = asked.prepare(query)
        yield SqlAnswer(columns, asked.rows(), head, asked.behind(query))
    finally:
        connection.close()


class _Query:
    def __init__(
        self,
        connection: Connection,
        place: ServerPlace,
        functions: Sequence[SqlFunction],
        timeout: float,
    ) -> None:
        self._cursor = connection.cursor()
        self._place = place
        self._names = [f"{each.name}()" for each in functions]
        self._functions = QueryFunctions(connection, functions)
        self._timeout = timeout
        self._spent = 0.0
        self._position = 0
        self._query = ""
        self._checkpoints: dict[str, int] = {}

    def begin(self, ledger_id: str) -> Head:
        """See one state of the ledger from now on."""
        try:
            run = self._cursor.execute
            run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
            row = run(HEAD).fetchone()
            self._checkpoints = dict(run("SELECT name, position FROM projections").fetchall())
        except psycopg.Error as error:
            raise translate(error, self._place) from error
        head = Head(*row) if row else empty_head(ledger_id)
        self._position = head.position
        return head

    def prepare(self, query: str) -> tuple[str, ...]:
        """Have the query understood, and give the names of its columns."""
        self._query = query
        if self._functions.may_be_called(query):
            self._make_what_it_calls()
        self._declare()
        self._run("FETCH 0 FROM answer")
        return tuple(column.name for column in self._cursor.description or ())

    def _declare(self) -> None:
        # What is bound, if only nothing, makes the server take one statement alone.
        self._run(f"DECLARE answer NO SCROLL CURSOR FOR {self._query}", force_one=True)

    def _make_what_it_calls(self) -> None:
        """Run the query for its calls alone, until all that they ask for is made."""
        functions = self._functions
        self._run(ASKING)
        while True:
            self._run("SAVEPOINT asking")
            failure: LedgerError | None = None
            try:
                self._declare()
                self._run("MOVE FORWARD ALL FROM answer")
            except LedgerError as error:  # as it may, without the rows that are not there yet
                failure = error
            if not functions.asks_for_more:
                if failure is not None:
                    raise failure
                break
            self._take_back()
            since = monotonic()
            for setting in functions.make(self._position):
                self._spent += monotonic() - since
                self._run("SELECT set_config($1, $2, true)", setting)
                since = monotonic()
        self._take_back()
        self._run(ANSWERING)

    def _take_back(self) -> None:
        """Go back to before the query was run for its calls, which may have failed."""
        try:
            self._cursor.execute("ROLLBACK TO asking", prepare=False)
        except psycopg.Error as error:
            raise self._explained(error) from error

    def behind(self, query: str) -> Mapping[str, int]:
        """How many events the projections have not seen that the query names."""
        named = {word.lower() for word in _WORD.findall(query)}
        return events_missed(self._checkpoints, named, self._position)

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """The rows, as they are found."""
        while True:
            self._run(f"FETCH {_ROWS_AT_ONCE} FROM answer")
            result = self._cursor.pgresult
            assert result is not None
            kinds = [result.ftype(column) for column in range(result.nfields)]
            for row in range(result.ntuples):
                cells = [result.get_value(row, column) for column in range(result.nfields)]
                if sum(len(cell) for cell in cells if cell is not None) > LONGEST_ROW:
                    raise row_too_long()
                yield tuple(map(_value, kinds, cells))
            if result.ntuples < _ROWS_AT_ONCE:
                return

    def _run(self, sql: str, values: Sequence[str] = (), *, force_one: bool = False) -> None:
        """Run a statement, count the time, and say in our words what goes wrong."""
        left = round((self._timeout - self._spent) * 1_000)
        if left <= 0:
            raise took_too_long(self._timeout)
        since = monotonic()
        try:
            self._cursor.execute(f"SET LOCAL statement_timeout = {left}", prepare=False)
            if force_one:
                self._cursor.execute(sql, prepare=False, binary=True)
            else:
                self._cursor.execute(sql, values or None, prepare=False)
        except errors.QueryCanceled as error:
            raise took_too_long(self._timeout) from error
        except psycopg.Error as error:
            raise self._explained(error) from error
        finally:
            self._spent += monotonic() - since

    def _explained(self, error: psycopg.Error) -> LedgerError:
        refusal = self._functions.refusal(error)
        if refusal is not None:
            return refusal
        if isinstance(error, errors.InvalidTextRepresentation) and self._has_malformed_json():
            return translate(error, self._place)
        names = sorted({*READABLE, *self._names, *self._checkpoints})
        return explained(error, self._place, self._query, names, self._columns_of)

    def _has_malformed_json(self) -> bool:
        """Whether something that is stored is no JSON, so that no query is to blame.

        It is looked for within the time that the query has.
        """
        try:
            self._cursor.execute("ROLLBACK", prepare=False)
            for look in _STORED_JSON:
                left = max(1, round((self._timeout - self._spent) * 1_000))
                self._cursor.execute(f"SET statement_timeout = {left}", prepare=False)
                self._cursor.execute(look, prepare=False)
        except errors.InvalidTextRepresentation:
            return True
        except psycopg.Error:
            pass
        return False

    def _columns_of(self, names: Sequence[str]) -> list[str]:
        """The columns of tables and views, after a statement that failed."""
        try:
            self._cursor.execute("ROLLBACK", prepare=False)
            found = self._cursor.execute(
                "SELECT attname::text FROM pg_attribute "
                "WHERE attrelid = ANY (SELECT to_regclass(quote_ident(name)) "
                "FROM unnest($1::text[]) AS name) AND attnum > 0 AND NOT attisdropped",
                (list(names),),
            )
            return [column for (column,) in found.fetchall()]
        except psycopg.Error:
            return []


def _value(kind: int, cell: Any) -> Value:
    """A value as a file has it: numbers are numbers, and all else is a text."""
    if cell is None:
        return None
    text = bytes(cell)
    if kind in _WHOLE:
        return int(text)
    if kind == _BOOLEAN:
        return int(text == b"t")
    if kind == _BYTES:
        return bytes.fromhex(text[2:].decode())
    if kind in _FLOATS:
        return float(text)
    told = text.decode()
    if kind == _DECIMAL and told.lstrip("-").isdigit():
        return int(told)
    return told


def _checked(query: str) -> str:
    check_text(query)
    found = _BEGINNING.match(query)
    word = found["word"].upper() if found else ""
    if not word:
        raise InvalidQuery("there is no query in it", advice="begin it with SELECT")
    if word not in _QUERIES:
        raise InvalidQuery(
            f"a query can only read, and {word} is not allowed",
            advice="write one SELECT over what there is to read",
        )
    return query.rstrip().rstrip(";") if query.rstrip().endswith(";") else query
