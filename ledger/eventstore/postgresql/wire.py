"""Several statements in one round trip, at the least cost that the driver knows.

The two trips of a command are most of its time, and what a cursor does around each statement would
be as much again. So they speak with the driver's own interface to libpq: each statement is prepared
once, all are sent before any is answered, and values travel as the server keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from select import POLLIN, POLLOUT, poll
from types import NoneType
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import errors
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.connecting import Connection, numbered

_IN_BINARY: Final = 1

_ENCODERS: Final[Mapping[type, Callable[[Any], bytes | None]]] = {
    str: str.encode,
    int: b"%d".__mod__,
    bytes: bytes,
    NoneType: lambda _: None,
}
_FORMATS: Final[Mapping[type, int]] = {
    str: _IN_BINARY,  # in which a text may have a NUL character, which the server then refuses
    int: 0,
    bytes: _IN_BINARY,
    NoneType: _IN_BINARY,
}

_DONE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Asked(NamedTuple):
    """A statement, with a ``?`` for each of its values."""

    sql: str
    values: Sequence[str | int | bytes | None] = ()


class Answer:
    """What came of one statement; values are taken out of it in binary."""

    __slots__ = ("_result",)

    def __init__(self, result: PGresult) -> None:
        self._result = result

    @property
    def touched(self) -> int:
        """How many rows it changed."""
        return self._result.command_tuples or 0

    def rows(self, readers: Sequence[Any]) -> list[Row]:
        """Its rows, each value made by the reader of its column; NULL is None."""
        return [self.row(place, readers) for place in range(len(self))]

    def row(self, place: int, readers: Sequence[Any], first: int = 0) -> Row:
        """One row, or what is in it from a column on."""
        value = self._result.get_value
        return tuple(
            [
                None if (raw := value(place, column)) is None else read(raw)
                for column, read in enumerate(readers, first)
            ]
        )

    def __len__(self) -> int:
        return self._result.ntuples

    @property
    def width(self) -> int:
        """How many columns it has."""
        return self._result.nfields

    def value(self, row: int, column: int) -> bytes:
        """One value, which is not NULL."""
        found = self._result.get_value(row, column)
        assert found is not None
        return found


integer: Final[Callable[[bytes], int]] = partial(int.from_bytes, byteorder="big", signed=True)
"""An integer, however many bytes it has."""

text: Final[Callable[[bytes], str]] = bytes.decode
"""A text in UTF-8."""

binary: Final[Callable[[bytes], bytes]] = bytes
"""Bytes as they are."""

truth: Final[Callable[[bytes], bool]] = b"\1".__eq__
"""A boolean."""


class Wire:
    """Asks several statements at once on a connection that nothing else uses meanwhile.

    Attributes:
        failed_at: the place of the statement that failed last, counted from 0.
        interrupt: what came while statements were run to the end.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self.failed_at = 0
        self.interrupt: BaseException | None = None
        self._prepared: dict[str, bytes] = {}
        self._names = count()
        self._readable = poll()
        self._readable.register(self._pgconn.socket, POLLIN)
        self._ready = poll()
        self._ready.register(self._pgconn.socket, POLLIN | POLLOUT)

    def ask(
        self,
        statements: Sequence[Asked],
        *,
        to_the_end: bool = False,
        may_be_stopped: bool = False,
    ) -> list[Answer]:
        """Run statements one after the other; where one fails, those after it are not run.

        Args:
            to_the_end: an interrupt is kept as `interrupt` until all is done, unless another one
                follows.
            may_be_stopped: the server is asked to stop at an interrupt that is kept.

        Raises:
            psycopg.Error: what failed, which is then told by `failed_at`.
            UnicodeEncodeError: a value is no Unicode text; nothing was sent.
        """
        sent = [
            (
                numbered(sql),
                [_ENCODERS[type(value)](value) for value in values],
                [_FORMATS[type(value)] for value in values],
            )
            for sql, values in statements
        ]
        pgconn = self._pgconn
        if pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        pgconn.enter_pipeline_mode()
        try:
            places: list[tuple[int, str]] = []  # of each result: its statement; what it prepares
            for place, (sql, values, formats) in enumerate(sent):
                if self._connection.prepare_threshold is None:  # a pool may have other servers
                    pgconn.send_query_params(sql.encode(), values, None, formats, _IN_BINARY)
                else:
                    name = self._prepared.get(sql)
                    if name is None:
                        name = self._prepared[sql] = b"ledger_%d" % next(self._names)
                        pgconn.send_prepare(name, sql.encode())
                        places.append((place, sql))
                    pgconn.send_query_prepared(name, values, formats, _IN_BINARY)
                places.append((place, ""))
            pgconn.pipeline_sync()
            results = self._results(to_the_end, may_be_stopped)
        except BaseException:
            self._abandon()
            raise
        pgconn.exit_pipeline_mode()
        return self._answers(places, results)

    def is_quiet(self) -> bool:
        """Whether the server has said nothing unasked, such as that it ends the connection."""
        return not self._readable.poll(0)

    def forget(self) -> None:
        """What was prepared is there no more."""
        self._prepared.clear()

    def _answers(self, places: Sequence[tuple[int, str]], results: list[PGresult]) -> list[Answer]:
        answers, failure = [], None
        for (place, prepares), result in zip(places, results, strict=False):
            if result.status in _DONE:
                if not prepares:
                    answers.append(Answer(result))
                continue
            if prepares:
                self._prepared.pop(prepares, None)
            if failure is None and result.status != ExecStatus.PIPELINE_ABORTED:
                failure = _error(result)
                self.failed_at = place
        if failure is not None:
            raise failure
        if len(results) < len(places):
            raise psycopg.OperationalError("the server closed the connection")
        return answers

    def _results(self, to_the_end: bool = False, may_be_stopped: bool = False) -> list[PGresult]:
        """All results up to the end of the pipeline, or of the connection."""
        pgconn = self._pgconn
        results: list[PGresult] = []
        interrupt: BaseException | None = None
        while pgconn.flush():
            for _, what in self._ready.poll():
                if what & ~POLLOUT:
                    pgconn.consume_input()
        while True:
            while pgconn.is_busy():
                try:
                    self._readable.poll()
                except BaseException as raised:
                    if interrupt is not None or not to_the_end:
                        raise
                    interrupt = raised
                    if may_be_stopped:
                        pgconn.get_cancel().cancel()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is not None and result.status != ExecStatus.PIPELINE_SYNC:
                results.append(result)
            elif result is not None or pgconn.status != ConnStatus.OK:
                self.interrupt = self.interrupt or interrupt
                return results

    def _abandon(self) -> None:
        """End what is going on, so that the connection can be used; else it is closed."""
        pgconn = self._pgconn
        self._prepared.clear()  # nobody knows which of them are there
        try:
            if pgconn.status == ConnStatus.OK:
                pgconn.get_cancel().cancel()
                self._results()
                pgconn.exit_pipeline_mode()
        except (psycopg.Error, OSError):
            self._connection.close()


def _error(result: PGresult) -> psycopg.Error:
    state = result.error_field(DiagnosticField.SQLSTATE) or b""
    try:
        kind = errors.lookup(state.decode())
    except KeyError:
        kind = psycopg.DatabaseError
    message = result.error_message.decode("utf-8", "replace")
    return kind(message, info=result, encoding="utf-8")
