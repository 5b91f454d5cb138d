"""Queries that somebody typed: each runs on a connection of its own, and can only read.

What it may do is decided when it is prepared, and whatever is not allowed by name is refused. How
much it may ask for is limited: the time, the memory, and the length of one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

import apsw

from ledger.errors import InvalidQuery, InvalidUsage
from ledger.eventstore.hash_chain import empty_head
from ledger.eventstore.records import Head
from ledger.eventstore.sql_views import (
    LONGEST_QUERY,
    LONGEST_ROW,
    READABLE,
    SqlAnswer,
    SqlFunction,
    Value,
    check_text,
    events_missed,
    row_too_long,
    too_long,
    took_too_long,
)
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.files import connect
from ledger.eventstore.sqlite.query_errors import (
    Unreadable,
    explained,
    first_word,
)
from ledger.eventstore.sqlite.query_tables import register
from ledger.eventstore.store import LOCK_TIMEOUT

_BEHIND_VIEWS: Final = (
    "older_amounts",
    "account_openings",
    "account_owners",
    "event_amounts",
    "archived_streams",
)
_ALWAYS_THERE: Final = ("json_each", "json_tree", "sqlite_schema", "sqlite_master")

_QUERIES: Final = ("SELECT", "WITH", "VALUES", "EXPLAIN", "")

_STEPS: Final = 20_000
"""Of SQLite's machine between two looks at the clock: about a millisecond."""

_LONGEST_VALUE: Final = 1_000_000
_MEMORY: Final = 500_000_000
"""Bytes; the last of all that SQLite holds in this process."""

_MALFORMED: Final = (
    "SELECT 1 FROM archived_streams WHERE NOT json_valid(state) LIMIT 1",
    "SELECT 1 FROM events WHERE NOT json_valid(data) OR NOT json_valid(metadata) LIMIT 1",
)

_INNOCUOUS: Final = 0x200000  # of `pragma_function_list`


@contextmanager
def answer_sql(
    path: str | None,
    ledger_id: str,
    query: str,
    functions: Sequence[SqlFunction],
    timeout: float,
) -> Iterator[SqlAnswer]:
    """See `AnswersSql`."""
    if path is None:
        raise InvalidUsage(
            "only a ledger in a file can be asked in SQL", advice="save it to a file first"
        )
    check_text(query)
    connection = connect(path, LOCK_TIMEOUT)
    memory = apsw.hard_heap_limit(_MEMORY)
    try:
        asked = _Query(connection, path, functions, timeout)
        head = asked.begin(ledger_id)
        columns = asked.prepare(query)
        yield SqlAnswer(columns, asked.rows(), head, asked.behind())
    finally:
        apsw.hard_heap_limit(memory)
        connection.close()


class _Query:
    def __init__(
        self,
        connection: apsw.Connection,
        path: str,
        functions: Sequence[SqlFunction],
        timeout: float,
    ) -> None:
        self._connection = connection
        self._path = path
        self._timeout = timeout
        self._spent = 0.0
        self._since: float | None = None
        self._is_late = False
        self._denied: Unreadable | None = None
        self._position = 0
        self._query = ""
        self._functions = functions
        self._readable: frozenset[str] = frozenset()
        self._callable: frozenset[str] = frozenset()
        self._checkpoints: dict[str, int] = {}
        self._read: set[str] = set()

    def begin(self, ledger_id: str) -> Head:
        """See one state of the ledger from now on, and nothing but what is allowed."""
        connection = self._connection
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 1)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)  # a column that is none is no text
        try:
            connection.execute("PRAGMA query_only = ON; BEGIN")
            found = connection.execute(
                "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1"
            ).fetchone()
            head = Head(*found) if found else empty_head(ledger_id)
            self._position = head.position
            self._checkpoints = dict(connection.execute("SELECT name, position FROM projections"))
            self._callable = frozenset(
                name
                for name, flags in connection.execute(
                    "SELECT name, flags FROM pragma_function_list WHERE builtin"
                )
                if flags & _INNOCUOUS or name in ("median", "percentile")
            )
        except apsw.Error as error:
            raise translate(error, self._path) from error
        for function in self._functions:
            register(connection, function, lambda: self._position)
        names = [function.name for function in self._functions]
        self._readable = frozenset(
            (*READABLE, *_BEHIND_VIEWS, *_ALWAYS_THERE, *self._checkpoints, *names)
        )
        for what, most in (
            (apsw.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE),
            (apsw.SQLITE_LIMIT_SQL_LENGTH, LONGEST_QUERY),
            (apsw.SQLITE_LIMIT_ATTACHED, 0),
        ):
            connection.limit(what, most)
        connection.set_progress_handler(self._look_at_clock, _STEPS)
        connection.authorizer = self._allow
        return head

    def prepare(self, query: str) -> tuple[str, ...]:
        """The names of the columns of a query that may be run."""
        from apsw import ext

        self._query = query
        with self._working():
            found = ext.query_info(self._connection, query)
        if not found.is_readonly:
            raise Unreadable(first_word(query)).refusal()
        if not found.description:
            raise InvalidQuery("there is no query in it", advice="begin it with SELECT")
        if not self._is_comment(found.query_remaining or ""):
            raise InvalidQuery(
                "there is more than one statement in it", advice="ask one thing at a time"
            )
        if found.bindings_count:
            raise InvalidQuery(
                "it has a parameter, and nothing gives that a value",
                advice="write the value into the query; a text stands in single quotes",
            )
        self._query = found.query
        return tuple(name for name, _ in found.description)

    def _is_comment(self, text: str) -> bool:
        """Whether there is no statement in a text."""
        from apsw import ext

        while text.strip():
            try:
                found = ext.query_info(self._connection, text)
            except apsw.Error:
                return False
            if found.description or not found.is_readonly:
                return False
            text = found.query_remaining or ""
        return True

    def behind(self) -> dict[str, int]:
        """How many events the projections have not seen whose tables the query reads."""
        return events_missed(self._checkpoints, self._read, self._position)

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """The rows, as they are found."""
        with self._working():
            cursor = self._connection.execute(self._query, can_cache=False)
        while True:
            with self._working():
                row = next(cursor, None)
            if row is None:
                return
            if sum(len(value) for value in row if isinstance(value, (str, bytes))) > LONGEST_ROW:
                raise row_too_long()
            yield row

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Count the time, and say in our words what goes wrong."""
        self._since = monotonic()
        try:
            yield
        except apsw.AuthError as error:
            raise self._denied_in().refusal() from error
        except apsw.InterruptError as error:
            raise took_too_long(self._timeout) from error
        except MemoryError as error:
            raise too_long("the query needs too much memory") from error
        except (apsw.SQLError, apsw.TooBigError, apsw.RangeError, apsw.MismatchError) as error:
            self._connection.authorizer = None
            if self._denied is not None or "cannot modify" in str(error):
                raise self._denied_in().refusal() from error
            if "malformed JSON" in str(error) and self._has_malformed_json():
                raise translate(error, self._path) from error
            raise explained(error, self._connection, self._names(), self._query) from error
        except apsw.Error as error:
            raise translate(error, self._path) from error
        except UnicodeDecodeError as error:
            raise InvalidQuery(
                "a text in the answer is not UTF-8", advice="show it with hex()"
            ) from error
        finally:
            self._spent += monotonic() - self._since
            self._since = None

    def _has_malformed_json(self) -> bool:
        """Whether something that is stored is no JSON, so that no query is to blame.

        It is looked for within the time that the query has.
        """
        for look in _MALFORMED:
            with suppress(apsw.Error):  # there is no archive, or it took too long
                if self._connection.execute(look).fetchone():
                    return True
        return False

    def _denied_in(self) -> Unreadable:
        """What was not allowed, by the word that the statement begins with where it is no query."""
        word = first_word(self._query)
        if word in _QUERIES:
            return self._denied or Unreadable("that")
        return Unreadable(word)

    def _names(self) -> list[str]:
        """What a query may read, as people are told of it."""
        hidden = {*_BEHIND_VIEWS, *_ALWAYS_THERE}
        return sorted(self._readable - hidden)

    def _look_at_clock(self) -> bool:
        """Whether to stop; signals are handled as it is called."""
        since = self._since
        return since is not None and self._spent + monotonic() - since > self._timeout

    def _allow(
        self,
        operation: int,
        one: str | None,
        other: str | None,
        database: str | None,
        _: str | None,
    ) -> int:
        if operation in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE):
            return apsw.SQLITE_OK
        if operation == apsw.SQLITE_READ:
            # What has no database is a name that the query itself gives.
            table = (one or "").lower()
            if database is None or (database == "main" and table in self._readable):
                if database is not None or not other:  # a table is counted without a column
                    self._read.add(table)
                return apsw.SQLITE_OK
            self._denied = Unreadable(f"the table {one}", self._names())
        elif operation == apsw.SQLITE_FUNCTION:
            if (other or "").lower() in self._callable:
                return apsw.SQLITE_OK
            self._denied = Unreadable(f"the function {other}")
        else:
            self._denied = Unreadable.action(operation)
        return apsw.SQLITE_DENY
