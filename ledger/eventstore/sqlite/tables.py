"""The tables of projections in the ledger file, and their checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import starmap
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from ledger.errors import DamagedLedger
from ledger.eventstore.sqlite.errors import damaged
from ledger.eventstore.sqlite.session import Row, Session, to_json
from ledger.eventstore.tables import (
    Checkpoint,
    Column,
    Key,
    ProjectionTable,
    column_types,
    rows_type,
)

_SQL_TYPES: Final = {str: "TEXT", int: "INTEGER"}
_PYTHON_TYPES: Final[dict[str, type]] = {name: kind for kind, name in _SQL_TYPES.items()}

_KNOWN_ROWS: Final = 1_000
"""Of one table."""

_PAGE: Final = 10_000
"""Rows read at once by a scan."""

_AGAIN: Final = "make it again from the log"


class SqliteTables:
    """Implements `ledger.eventstore.tables.ProjectionTables`.

    What a transaction reads or writes stays known to the next one, until `forget`: a run of
    commands to the same accounts need not read back what it has just written.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables: dict[ProjectionTable, _Table] = {}
        self._checkpoints: dict[str, Checkpoint] | None = None

    def forget(self) -> None:
        """Somebody else may have written, or what was written is undone."""
        self._tables.clear()
        self._checkpoints = None

    def create(self, table: ProjectionTable) -> None:
        with self._session.transaction():
            self.forget()
            self._session.run(f'DROP TABLE IF EXISTS "{table.name}"')
            self._session.run(_definition(table))
            self._session.run(
                "INSERT OR REPLACE INTO projections VALUES (?, ?, 0)", (table.name, table.version)
            )

    def index(self, table: ProjectionTable) -> None:
        with self._session.transaction():
            for number, columns in enumerate(table.indexes, 1):
                self._session.run(_index(table.name, number, columns))

    def ask(self, sql: str, bindings: Sequence[str | int | None] = ()) -> list[Row]:
        return self._session.rows(sql, bindings)

    def rows(
        self, table: ProjectionTable, keys: Collection[Key] | None = None
    ) -> Iterator[msgspec.Struct]:
        if keys is None:
            return self._all(table)
        known = self._table(table)
        rows, unknown = [], []
        for key in keys:
            row = known.rows.get(key)
            if row is None:
                unknown.append(key)
            else:
                rows.append(row)
        if unknown:
            try:
                rows += _typed(table, self._read(known, unknown))
            except DamagedLedger as error:
                _name_if_missing(table, error)
                raise
        return starmap(table.row, rows)

    def _read(self, known: _Table, keys: list[Key]) -> list[Row]:
        """The stored rows of some keys: of many with one statement."""
        if len(keys) == 1:
            return self._session.rows(known.select, _bindings(keys[0]))
        try:
            return self._session.rows(known.select_all, (to_json(keys),))
        except UnicodeEncodeError:  # no text that is stored is like that
            return [row for key in keys for row in self._read(known, [key])]

    def _all(self, table: ProjectionTable) -> Iterator[msgspec.Struct]:
        known, width = self._table(table), len(table.key)
        places = [table.row.__struct_fields__.index(column) for column in table.key]
        after: tuple[object, ...] = ()
        while True:
            try:
                rows = self._session.rows(known.page(width if after else 0), (*after, _PAGE))
            except DamagedLedger as error:
                _name_if_missing(table, error)
                raise
            yield from starmap(table.row, _typed(table, rows))
            if len(rows) < _PAGE:
                return
            before, after = after, tuple(rows[-1][place] for place in places)
            if before and after <= before:  # only a damaged file would lead in a circle
                raise DamagedLedger(
                    f"the rows of the projection {table.name} are out of order",
                    advice=_AGAIN,
                    projection=table.name,
                )

    def write(
        self,
        table: ProjectionTable,
        rows: Mapping[Any, msgspec.Struct | None],
        *,
        seen: tuple[int, int] | None = None,
    ) -> bool:
        session = self._session
        if not session.depth:
            with session.transaction():
                return self.write(table, rows, seen=seen)
        if seen is not None and not self._advance(table, *seen):
            return False
        known = self._table(table)
        kept: dict[Key, Row] = {}
        gone: list[Key] = []
        for key, row in rows.items():
            if row is None:
                gone.append(key)
            else:
                kept[key] = astuple(row)
        try:
            session.flush()
            if kept:
                # In the order of the table: neighbours are on one page of the file.
                session.run_many(known.replace, [kept[key] for key in sorted(kept)])
            if gone:
                session.run_many(known.delete, [_bindings(key) for key in gone])
        except BaseException as error:
            session.doom()
            if isinstance(error, DamagedLedger):
                _name_if_missing(table, error)
            raise
        known.know(kept, gone)
        return True

    def _advance(self, table: ProjectionTable, from_position: int, to_position: int) -> bool:
        session = self._session
        session.run(
            "UPDATE projections SET position = ? WHERE name = ? AND version = ? AND position = ?",
            (to_position, table.name, table.version, from_position),
        )
        if session.connection.changes() != 1:
            return False
        if self._checkpoints is not None:
            self._checkpoints[table.name] = Checkpoint(
                table.version, to_position, self._checkpoints[table.name].columns
            )
        return True

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        if self._checkpoints is not None and self._session.depth:
            return self._checkpoints
        rows = self._session.rows("SELECT name, version, position FROM projections")
        if not all(tuple(map(type, row)) == (str, int, int) for row in rows):  # a damaged page
            raise damaged(self._session.path, "the checkpoint of a projection cannot be read")
        found = {
            name: Checkpoint(version, position, self._columns(name))
            for name, version, position in rows
        }
        self._checkpoints = found if self._session.depth else None
        return found

    def _columns(self, name: str) -> tuple[Column, ...]:
        """The columns of a table as it is in the file."""
        return tuple(
            (column, _PYTHON_TYPES.get(kind, object), not required, place)
            for column, kind, required, place in self._session.rows(
                'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)
            )
        )

    def _table(self, table: ProjectionTable) -> _Table:
        if not self._session.depth:
            return _Table(table)  # nothing is known of what others do outside a transaction
        known = self._tables.get(table)
        if known is None:
            known = self._tables[table] = _Table(table)
        return known


class _Table:
    """The statements for one table, and what is known of it while nobody else writes."""

    def __init__(self, table: ProjectionTable) -> None:
        # A column is qualified: SQLite takes a quoted name that it does not know for a text.
        self._name = f'"{table.name}"'
        self._columns = [f'{self._name}."{field}"' for field in table.row.__struct_fields__]
        self._key = [f'{self._name}."{column}"' for column in table.key]
        self.rows: dict[Key, Row] = {}
        where = " AND ".join(f"{column} = ?" for column in self._key)
        places = ", ".join("?" * len(self._columns))
        self.select = f"SELECT {', '.join(self._columns)} FROM {self._name} WHERE {where}"
        places_in_key = [f"json_extract(_keys.value, '$[{n}]')" for n in range(len(self._key))]
        values = places_in_key if len(self._key) > 1 else ["_keys.value"]
        same = " AND ".join(
            f"{column} = {each}" for column, each in zip(self._key, values, strict=True)
        )
        self.select_all = (
            f"SELECT {', '.join(self._columns)} FROM json_each(?) AS _keys "
            f"CROSS JOIN {self._name} ON {same}"
        )
        self.replace = f"INSERT OR REPLACE INTO {self._name} VALUES ({places})"
        self.delete = f"DELETE FROM {self._name} WHERE {where}"

    def page(self, bound: int) -> str:
        """The statement that reads rows by key, those after a key of so many columns."""
        key = ", ".join(self._key)
        after = f"WHERE ({key}) > ({', '.join('?' * bound)})" if bound else ""
        columns = ", ".join(self._columns)
        return f"SELECT {columns} FROM {self._name} {after} ORDER BY {key} LIMIT ?"

    def know(self, kept: dict[Key, Row], gone: list[Key]) -> None:
        """Note what was written."""
        if len(self.rows) + len(kept) > _KNOWN_ROWS:
            self.rows.clear()
        if len(kept) <= _KNOWN_ROWS:
            self.rows.update(kept)
        for key in gone:
            self.rows.pop(key, None)


def _name_if_missing(table: ProjectionTable, error: DamagedLedger) -> None:
    """Say which projection is missing, and how to get it back, if that is what is wrong."""
    if "no such" in str(error.__cause__):
        raise DamagedLedger(
            f"the projection {table.name} is missing from the file",
            advice=_AGAIN,
            projection=table.name,
        ) from error


def _bindings(key: Key) -> tuple[str | int, ...]:
    return key if isinstance(key, tuple) else (key,)


def _typed(table: ProjectionTable, rows: list[Row]) -> list[Row]:
    """Stored rows; only a damaged file holds, say, no number where SQLite let in numbers alone."""
    try:
        typed: list[Row] = msgspec.convert(rows, rows_type(table))
        return typed
    except msgspec.ValidationError as error:
        from ledger.json_text import what_is_wrong

        raise DamagedLedger(
            f"the projection {table.name} has a row that cannot be read: {what_is_wrong(error)}",
            advice=_AGAIN,
            projection=table.name,
        ) from error


def _definition(table: ProjectionTable) -> str:
    """The statement that makes a table; a key of one column stands with the column."""
    columns = []
    for name, (kind, optional) in column_types(table).items():
        column = f'"{name}" {_SQL_TYPES[kind]}'
        if table.key == (name,):
            column += " PRIMARY KEY"
        columns.append(column if optional else f"{column} NOT NULL")
    if len(table.key) > 1:
        key = ", ".join(f'"{column}"' for column in table.key)
        columns.append(f"PRIMARY KEY ({key})")
    return f'CREATE TABLE "{table.name}" ({", ".join(columns)}) STRICT, WITHOUT ROWID'


def _index(table: str, number: int, columns: Sequence[str]) -> str:
    """The statement that makes one of a table's indexes."""
    named = ", ".join(f'"{column}"' for column in columns)
    return f'CREATE INDEX IF NOT EXISTS "{table}_{number}" ON "{table}" ({named})'
