"""The tables of projections on a server, and their checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from typing import Any, Final

import msgspec
from msgspec.structs import astuple
from psycopg import errors

from ledger.errors import DamagedLedger
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.look import CHECKPOINTS
from ledger.eventstore.postgresql.pending import FEW
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.table_statements import (
    SQL_TYPES,
    TableStatements,
    definition,
    index,
)
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
        self._statements: dict[ProjectionTable, TableStatements] = {}
        self._checkpoints: dict[str, Checkpoint] | None = None

    def forget(self) -> None:
        """Somebody else may have written, or what was written is undone."""
        self._checkpoints = None
        self._session.foreseen.forget_tables()

    def create(self, table: ProjectionTable) -> None:
        columns = [
            (name, _NAMES[kind], optional, place)
            for name, kind, optional, place in columns_of(table)
        ]
        with self._session.transaction():
            self.forget()
            # Who reads an earlier state meanwhile sees the rows of before; of a table that is made
            # anew they would see none.
            if self._is_as_defined(table):
                self._session.run(f'DELETE FROM "{table.name}"')
            else:
                self._session.run(f'DROP TABLE IF EXISTS "{table.name}"')
                for statement in definition(table):
                    self._session.run(statement)
            self._session.write(
                1,
                "INSERT INTO projections VALUES (?, ?, 0, ?) ON CONFLICT (name) DO UPDATE "
                "SET version = excluded.version, position = 0, columns = excluded.columns",
                (table.name, table.version, msgspec.json.encode(columns).decode()),
            )

    def _is_as_defined(self, table: ProjectionTable) -> bool:
        """Whether the table is there with its columns and its key."""
        found = self._session.rows(
            "SELECT attname::text, format_type(atttypid, NULL), attnotnull, "
            "attnum = ANY (coalesce(indkey::smallint[], '{}')) "
            "FROM pg_attribute LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary "
            "WHERE attrelid = (SELECT oid FROM pg_class "
            "WHERE oid = to_regclass(quote_ident(?)) AND relkind = 'r') "
            "AND attnum > 0 AND NOT attisdropped",
            (table.name,),
        )
        return sorted(found) == sorted(
            (name, SQL_TYPES[kind].lower(), not optional, name in table.key)
            for name, (kind, optional) in column_types(table).items()
        )

    def index(self, table: ProjectionTable) -> None:
        with self._session.transaction():
            for number, columns in enumerate(table.indexes, 1):
                self._session.run(index(table.name, number, columns))

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
        foreseen = self._session.foreseen.rows(table, keys)
        if foreseen is not None:
            return starmap(table.row, foreseen)
        try:
            rows = self._read(table, list(keys))
        except DamagedLedger as error:
            _name_if_missing(table, error)
            raise
        return starmap(table.row, _typed(table, rows))

    def _read(self, table: ProjectionTable, keys: list[Key]) -> list[Row]:
        """The stored rows of some keys: of many with one statement."""
        sql = self.statements(table)
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
        # To ask for a table that is missing would cost the whole transaction.
        there = self._session.row("SELECT to_regclass(quote_ident(?)) IS NOT NULL", (table.name,))
        if not (there and there[0]):
            raise _missing(table)
        sql, width = self.statements(table), len(table.key)
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
        checkpoint = self.checkpoints().get(table.name)
        stored = None if checkpoint is None else (checkpoint.version, checkpoint.position)
        if seen is not None and stored != (table.version, seen[0]):  # nobody else can move it now
            return False
        if checkpoint is None or not checkpoint.columns:
            raise _missing(table)
        try:
            # What the server would refuse would cost the whole transaction: so it is not asked.
            _check_rows(table, [astuple(row) for row in rows.values() if row is not None])
            self._write(table, rows)
        except BaseException:
            session.doom()
            raise
        if seen is not None:
            session.pending.checkpoints[table.name] = seen[1]
            self._note_position(table.name, checkpoint, seen[1])
        session.writes += 1
        return True

    def _write(self, table: ProjectionTable, rows: Mapping[Any, msgspec.Struct | None]) -> None:
        """Have rows written with what else is pending, or, if they are many, at once."""
        session, sql = self._session, self.statements(table)
        pending = session.pending.rows.setdefault(sql, {})
        if len(rows) + len(pending) <= FEW:
            known = session.foreseen.rows_of.setdefault(table, {})
            stamps = session.foreseen.stamps.get(table, {})
            there = session.pending.there.setdefault(sql, {})
            for key, row in rows.items():
                if key not in pending and known.get(key) is not None:
                    there[key] = stamps.pop(key, 0)
                pending[key] = row
                known[key] = None if row is None else astuple(row)
            return
        session.foreseen.rows_of.pop(table, None)
        kept = [astuple(row) for row in rows.values() if row is not None]
        gone = [_bindings(key) for key, row in rows.items() if row is None]
        if kept:
            columns = [all_stored(column) for column in zip(*kept, strict=True)]
            if sql.replaces:
                session.write(len(kept), sql.replace, columns)
            else:
                session.run(sql.replace, columns)
        if gone:
            session.run(sql.delete, [all_stored(column) for column in zip(*gone, strict=True)])

    def _note_position(self, name: str, checkpoint: Checkpoint, position: int) -> None:
        if self._checkpoints is not None:
            self._checkpoints[name] = Checkpoint(checkpoint.version, position, checkpoint.columns)

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        if self._checkpoints is not None and self._session.depth:
            return self._checkpoints
        rows = self._session.foreseen.checkpoints
        if rows is None:
            rows = self._session.rows(CHECKPOINTS)
        found = {
            name: Checkpoint(version, position, _columns(columns) if is_there else ())
            for name, version, position, columns, is_there in rows
        }
        self._checkpoints = found if self._session.depth else None
        return found

    def statements(self, table: ProjectionTable) -> TableStatements:
        sql = self._statements.get(table)
        if sql is None:
            sql = self._statements[table] = TableStatements(table)
        return sql


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _check_texts(values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, str) and not value.isascii():
            value.encode()


def _name_if_missing(table: ProjectionTable, error: DamagedLedger) -> None:
    """Say which projection is missing, and how to get it back, if that is what is wrong."""
    if isinstance(error.__cause__, errors.UndefinedTable):
        raise _missing(table) from error


def _missing(table: ProjectionTable) -> DamagedLedger:
    return DamagedLedger(
        f"the projection {table.name} is missing from the ledger",
        advice=_AGAIN,
        projection=table.name,
    )


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


def _check_rows(table: ProjectionTable, rows: Sequence[Row]) -> None:
    kinds = column_types(table).values()
    for row in rows:
        if not all(map(_fits, row, kinds)):
            raise _unkeepable(table, row)
        _check_texts(row)


def _fits(value: object, kind: tuple[type, bool]) -> bool:
    """Whether a value can be in a column, by the exact types that values have."""
    if type(value) is int:
        return kind[0] is int and -(2**63) <= value < 2**63
    return type(value) is kind[0] or (value is None and kind[1])


def _unkeepable(table: ProjectionTable, row: Row) -> DamagedLedger:
    from ledger.json_text import what_is_wrong

    why = "a value is of another type"
    try:
        msgspec.convert(row, cells_type(table))
    except msgspec.ValidationError as error:
        why = what_is_wrong(error)
    return DamagedLedger(
        f"the projection {table.name} has a row that cannot be kept: {why}",
        advice=_AGAIN,
        projection=table.name,
    )


@lru_cache(maxsize=100)
def _columns(told: str) -> tuple[Column, ...]:
    return tuple(
        (name, _TYPES.get(kind, object), optional, place)
        for name, kind, optional, place in _columns_in(told)
    )
