"""The tables of projections on a server, and their checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import starmap
from typing import Any, Final

import msgspec
from msgspec.structs import astuple
from psycopg import errors

from ledger.errors import DamagedLedger
from ledger.eventstore.log_reader import Row
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.texts import all_stored, all_told
from ledger.eventstore.tables import (
    Checkpoint,
    Column,
    Key,
    ProjectionTable,
    cells_type,
    column_types,
    columns_of,
    rows_type,
)

_SQL_TYPES: Final = {str: "text", int: "bigint"}
_NAMES: Final = {str: "str", int: "int"}
_TYPES: Final[dict[str, type]] = {name: kind for kind, name in _NAMES.items()}

_PAGE: Final = 10_000
"""Rows read at once by a scan."""

_AGAIN: Final = "make it again from the log"

_columns_in: Final = msgspec.json.Decoder(list[tuple[str, str, bool, int]]).decode


class PostgresqlTables:
    """Implements `ledger.eventstore.tables.ProjectionTables`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._statements: dict[ProjectionTable, _Statements] = {}
        self._checkpoints: dict[str, Checkpoint] | None = None

    def forget(self) -> None:
        """Somebody else may have written, or what was written is undone."""
        self._checkpoints = None

    def create(self, table: ProjectionTable) -> None:
        columns = [
            (name, _NAMES[kind], optional, place)
            for name, kind, optional, place in columns_of(table)
        ]
        with self._session.transaction():
            self.forget()
            self._session.run(f'DROP TABLE IF EXISTS "{table.name}"')
            self._session.run(_definition(table))
            self._session.run(
                "INSERT INTO projections VALUES (?, ?, 0, ?) ON CONFLICT (name) DO UPDATE "
                "SET version = excluded.version, position = 0, columns = excluded.columns",
                (table.name, table.version, msgspec.json.encode(columns).decode()),
            )

    def index(self, table: ProjectionTable) -> None:
        with self._session.transaction():
            for number, columns in enumerate(table.indexes, 1):
                self._session.run(_index(table.name, number, columns))

    def indexes_of(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The columns of each index of a projection's table, besides the key's."""
        rows = self._session.rows(
            "SELECT array(SELECT attname::text "
            "FROM unnest(indkey) WITH ORDINALITY AS part (no, place) "
            "JOIN pg_attribute ON attrelid = indrelid AND attnum = part.no ORDER BY place) "
            "FROM pg_index WHERE indrelid = to_regclass(quote_ident(?)) AND NOT indisprimary "
            "ORDER BY indexrelid",
            (name,),
        )
        return tuple(tuple(columns) for (columns,) in rows)

    def ask(self, sql: str, bindings: Sequence[str | int | None] = ()) -> list[Row]:
        return list(map(all_told, self._session.rows(sql, all_stored(bindings))))

    def rows(
        self, table: ProjectionTable, keys: Collection[Key] | None = None
    ) -> Iterator[msgspec.Struct]:
        if keys is None:
            return self._all(table)
        if not keys:
            return iter(())
        try:
            rows = self._read(table, list(keys))
        except DamagedLedger as error:
            _name_if_missing(table, error)
            raise
        return starmap(table.row, _typed(table, rows))

    def _read(self, table: ProjectionTable, keys: list[Key]) -> list[Row]:
        """The stored rows of some keys: of many with one statement."""
        sql = self._sql(table)
        if len(keys) == 1:
            return self._session.rows(sql.select, all_stored(_bindings(keys[0])))
        columns = [list(column) for column in zip(*map(_bindings, keys), strict=True)]
        try:
            for column in columns:
                _check_texts(column)
        except UnicodeEncodeError:  # no text that is stored is like that
            return [row for key in keys for row in self._read(table, [key])]
        return self._session.rows(sql.select_all, [all_stored(column) for column in columns])

    def _all(self, table: ProjectionTable) -> Iterator[msgspec.Struct]:
        sql, width = self._sql(table), len(table.key)
        places = [table.row.__struct_fields__.index(column) for column in table.key]
        after: tuple[object, ...] = ()
        while True:
            try:
                rows = self._session.rows(
                    sql.page(width if after else 0), (*all_stored(after), _PAGE)
                )
            except DamagedLedger as error:
                _name_if_missing(table, error)
                raise
            typed = _typed(table, rows)
            yield from starmap(table.row, typed)
            if len(rows) < _PAGE:
                return
            after = tuple(typed[-1][place] for place in places)

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
        kept: list[Row] = []
        gone: list[Key] = []
        for key, row in rows.items():
            if row is None:
                gone.append(key)
            else:
                kept.append(astuple(row))
        try:
            # What the server would refuse would cost the whole transaction: so it is not asked.
            _check_rows(table, kept)
            sql = self._sql(table)
            if kept:
                columns = [all_stored(column) for column in zip(*kept, strict=True)]
                session.run(sql.replace, columns)
            if gone:
                columns = [all_stored(column) for column in zip(*map(_bindings, gone), strict=True)]
                session.run(sql.delete, columns)
        except BaseException as error:
            session.doom()
            if isinstance(error, DamagedLedger):
                _name_if_missing(table, error)
            raise
        return True

    def _advance(self, table: ProjectionTable, from_position: int, to_position: int) -> bool:
        moved = self._session.run(
            "UPDATE projections SET position = ? WHERE name = ? AND version = ? AND position = ?",
            (to_position, table.name, table.version, from_position),
        )
        if moved != 1:
            return False
        if self._checkpoints is not None:
            self._checkpoints[table.name] = Checkpoint(
                table.version, to_position, self._checkpoints[table.name].columns
            )
        return True

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        if self._checkpoints is not None and self._session.depth:
            return self._checkpoints
        found = {
            name: Checkpoint(version, position, _columns(columns) if is_there else ())
            for name, version, position, columns, is_there in self._session.rows(
                "SELECT name, version, position, columns, "
                "to_regclass(quote_ident(name)) IS NOT NULL FROM projections"
            )
        }
        self._checkpoints = found if self._session.depth else None
        return found

    def _sql(self, table: ProjectionTable) -> _Statements:
        sql = self._statements.get(table)
        if sql is None:
            sql = self._statements[table] = _Statements(table)
        return sql


class _Statements:
    """The statements for one table; each takes one array for each column."""

    def __init__(self, table: ProjectionTable) -> None:
        types = {name: _SQL_TYPES[kind] for name, (kind, _) in column_types(table).items()}
        self._name = f'"{table.name}"'
        self._columns = [f'{self._name}."{column}"' for column in types]
        self._key = [f'{self._name}."{column}"' for column in table.key]
        key = ", ".join(f'"{column}"' for column in table.key)
        others = [
            f'"{column}" = excluded."{column}"' for column in types if column not in table.key
        ]
        given = ", ".join(f"CAST(? AS {kind}[])" for kind in types.values())
        given_keys = ", ".join(f"CAST(? AS {types[column]}[])" for column in table.key)
        same = " AND ".join(
            f'{column} = _keys."{name}"' for column, name in zip(self._key, table.key, strict=True)
        )
        where = " AND ".join(f"{column} = ?" for column in self._key)
        columns = ", ".join(self._columns)
        self.select = f"SELECT {columns} FROM {self._name} WHERE {where}"
        self.select_all = (
            f"SELECT {columns} FROM unnest({given_keys}) AS _keys ({key}) "
            f"JOIN {self._name} ON {same}"
        )
        self.replace = (
            f"INSERT INTO {self._name} SELECT * FROM unnest({given}) "
            f"ON CONFLICT ({key}) DO "
            + (f"UPDATE SET {', '.join(others)}" if others else "NOTHING")
        )
        self.delete = (
            f"DELETE FROM {self._name} USING unnest({given_keys}) AS _keys ({key}) WHERE {same}"
        )

    def page(self, bound: int) -> str:
        """The statement that reads rows by key, those after a key of so many columns."""
        key = ", ".join(self._key)
        after = f"WHERE ({key}) > ({', '.join('?' * bound)})" if bound else ""
        columns = ", ".join(self._columns)
        return f"SELECT {columns} FROM {self._name} {after} ORDER BY {key} LIMIT ?"


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _check_texts(values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, str) and not value.isascii():
            value.encode()


def _name_if_missing(table: ProjectionTable, error: DamagedLedger) -> None:
    """Say which projection is missing, and how to get it back, if that is what is wrong."""
    if isinstance(error.__cause__, errors.UndefinedTable):
        raise DamagedLedger(
            f"the projection {table.name} is missing from the ledger",
            advice=_AGAIN,
            projection=table.name,
        ) from error


def _bindings(key: Key) -> tuple[str | int, ...]:
    return key if isinstance(key, tuple) else (key,)


def _typed(table: ProjectionTable, rows: list[Row]) -> list[Row]:
    """Stored rows, with texts as they were."""
    try:
        typed: list[Row] = msgspec.convert(list(map(all_told, rows)), rows_type(table))
        return typed
    except msgspec.ValidationError as error:
        from ledger.json_text import what_is_wrong

        raise DamagedLedger(
            f"the projection {table.name} has a row that cannot be read: {what_is_wrong(error)}",
            advice=_AGAIN,
            projection=table.name,
        ) from error


def _check_rows(table: ProjectionTable, rows: list[Row]) -> None:
    for row in rows:
        try:
            msgspec.convert(row, cells_type(table))
            _check_texts(row)
        except msgspec.ValidationError as error:
            from ledger.json_text import what_is_wrong

            raise DamagedLedger(
                f"the projection {table.name} has a row that cannot be kept: "
                f"{what_is_wrong(error)}",
                advice=_AGAIN,
                projection=table.name,
            ) from error


def _columns(told: str) -> tuple[Column, ...]:
    return tuple(
        (name, _TYPES.get(kind, object), optional, place)
        for name, kind, optional, place in _columns_in(told)
    )


def _definition(table: ProjectionTable) -> str:
    columns = []
    for name, (kind, optional) in column_types(table).items():
        column = f'"{name}" {_SQL_TYPES[kind]}' + (' COLLATE "C"' if kind is str else "")
        columns.append(column if optional else f"{column} NOT NULL")
    key = ", ".join(f'"{column}"' for column in table.key)
    return f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key}))'


def _index(table: str, number: int, columns: Sequence[str]) -> str:
    """The statement that makes one of a table's indexes."""
    named = ", ".join(f'"{column}"' for column in columns)
    return f'CREATE INDEX IF NOT EXISTS "{table}_{number}" ON "{table}" ({named})'
