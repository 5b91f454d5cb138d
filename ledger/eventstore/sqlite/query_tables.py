# ruff: noqa: N802 - the methods have the names that SQLite gives them
"""Tables that a query gets by giving arguments: SQLite's table-valued functions, made in Python.

Each argument is a hidden column of such a table, and a query that gives one asks for the rows where
the column has that value. Where it is the column of another table, that one has to be read first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apsw

from ledger.eventstore.sql_views import SqlFunction, Value


def register(
    connection: apsw.Connection, function: SqlFunction, position: Callable[[], int]
) -> None:
    """Let queries of a connection call a function.

    Args:
        position: gives the last one that a query sees.
    """
    connection.create_module(
        function.name,
        _Module(function, position),  # type: ignore[arg-type]
        use_bestindex_object=True,
        eponymous_only=True,
        read_only=True,
    )


class _Module:
    def __init__(self, function: SqlFunction, position: Callable[[], int]) -> None:
        self._function = function
        self._position = position

    def Connect(self, *_: Any) -> tuple[str, _Table]:
        named = [f'"{column}"' for column in self._function.columns]
        hidden = [f'"{parameter}" HIDDEN' for parameter in self._function.parameters]
        return (
            f"CREATE TABLE any_name ({', '.join(named + hidden)})",
            _Table(self._function, self._position),
        )


class _Table:
    def __init__(self, function: SqlFunction, position: Callable[[], int]) -> None:
        self._function = function
        self._position = position

    def BestIndexObject(self, plan: apsw.IndexInfo) -> bool:
        """Which arguments are given, as bits of a number; False where one is not known yet."""
        first = len(self._function.columns)
        given = {}
        for place in range(plan.nConstraint):
            column = plan.get_aConstraint_iColumn(place)
            if column < first or plan.get_aConstraint_op(place) != apsw.SQLITE_INDEX_CONSTRAINT_EQ:
                continue
            if not plan.get_aConstraint_usable(place):
                return False
            given[column - first] = place
        for number, parameter in enumerate(sorted(given), 1):
            plan.set_aConstraintUsage_argvIndex(given[parameter], number)
            plan.set_aConstraintUsage_omit(given[parameter], True)
        plan.idxNum = sum(1 << parameter for parameter in given)
        plan.estimatedCost, plan.estimatedRows = 1_000_000, 10_000
        return True

    def Open(self) -> _Cursor:
        return _Cursor(self._function, self._position())

    def Disconnect(self) -> None:
        pass

    Destroy = Disconnect


class _Cursor:
    def __init__(self, function: SqlFunction, position: int) -> None:
        self._function = function
        self._position = position
        self._arguments: list[Value] = []
        self._rows: Iterator[Sequence[Value]] = iter(())
        self._row: Sequence[Value] | None = None
        self._number = 0

    def Filter(self, given: int, _: str | None, values: Sequence[Value] | None) -> None:
        coming = iter(values or ())
        parameters = range(len(self._function.parameters))
        self._arguments = [next(coming) if given >> each & 1 else None for each in parameters]
        self._rows = iter(self._function.rows(self._position, self._arguments))
        self._number = 0
        self.Next()

    def Eof(self) -> bool:
        return self._row is None

    def Next(self) -> None:
        self._row = next(self._rows, None)
        self._number += 1

    def Column(self, column: int) -> Value:
        if column < 0 or self._row is None:
            return self._number
        if column < len(self._row):
            return self._row[column]
        return self._arguments[column - len(self._row)]

    def Rowid(self) -> int:
        return self._number

    def Close(self) -> None:
        self._rows = iter(())
