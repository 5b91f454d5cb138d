"""Views in the ledger file: one table each, and their checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.sqlite.session import Row, Session
from ledger.eventstore.tables import Checkpoint, ProjectionTable

_SQL_TYPES = {str: "TEXT", int: "INTEGER"}


_KNOWN_ROWS: Final = 1_000
"""Of one view."""


class SqliteTables:
    """Implements `ledger.eventstore.tables.ProjectionTables`.

    What a transaction reads or writes stays known to the next one, until `forget`: a run of
    commands to the same accounts need not read back what it has just written.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables: dict[ProjectionTable, _Table] = {}

    def forget(self) -> None:
        """Somebody else may have written, or what was written is undone."""
        self._tables.clear()

    def create(self, spec: ProjectionTable) -> None:
        with self._session.transaction():
            self.forget()
            self._session.run(f"DROP TABLE IF EXISTS {spec.name}")
            self._session.run(
                f"CREATE TABLE {spec.name} ({_columns(spec.row)}) STRICT, WITHOUT ROWID"
            )
            self._session.run(
                "INSERT OR REPLACE INTO projections VALUES (?, ?, 0)", (spec.name, spec.version)
            )

    def exists(self, spec: ProjectionTable) -> bool:
        return (
            self._session.row(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (spec.name,)
            )
            is not None
        )

    def rows(self, spec: ProjectionTable, keys: Iterable[str]) -> dict[str, msgspec.Struct]:
        table = self._table(spec)
        found: dict[str, msgspec.Struct] = {}
        for key in keys:
            row = table.rows.get(key)
            if row is not None:
                found[key] = spec.row(*row)
                continue
            with _Naming(spec):
                row = self._session.row(table.select, (key,))
            if row is not None:
                found[key] = _typed(spec, row)
        return found

    def scan(self, spec: ProjectionTable) -> Iterator[msgspec.Struct]:
        fields = spec.row.__struct_fields__
        with _Naming(spec):
            for row in self._session.rows(
                f"SELECT {', '.join(fields)} FROM {spec.name} ORDER BY {fields[0]}"
            ):
                yield _typed(spec, row)

    def write(self, spec: ProjectionTable, rows: Mapping[str, msgspec.Struct | None]) -> None:
        session = self._session
        if not session.depth:
            with session.transaction():
                return self.write(spec, rows)
        table = self._table(spec)
        kept = [msgspec.structs.astuple(row) for row in rows.values() if row is not None]
        gone = [(key,) for key, row in rows.items() if row is None]
        with _Naming(spec):
            try:
                session.flush()
                if kept:
                    session.run_many(table.replace, kept)
                if gone:
                    session.run_many(table.delete, gone)
            except BaseException:
                session.doom()
                raise
        table.know(kept, gone)
        return None

    def checkpoint(self, spec: ProjectionTable) -> Checkpoint | None:
        table = self._table(spec)
        if table.checkpoint is None:
            row = self._session.row(
                "SELECT version, position FROM projections WHERE name = ?", (spec.name,)
            )
            table.checkpoint = None if row is None else Checkpoint(*row)
        return table.checkpoint

    def advance(self, spec: ProjectionTable, from_position: int, to_position: int) -> bool:
        session = self._session
        if not session.depth:
            with session.transaction():
                return self.advance(spec, from_position, to_position)
        session.run(
            "UPDATE projections SET position = ? WHERE name = ? AND version = ? AND position = ?",
            (to_position, spec.name, spec.version, from_position),
        )
        advanced: bool = session.connection.changes() == 1
        if advanced:
            self._table(spec).checkpoint = Checkpoint(spec.version, to_position)
        return advanced

    def _table(self, spec: ProjectionTable) -> _Table:
        if not self._session.depth:
            return _Table(spec)  # nothing is known of what others do outside a transaction
        table = self._tables.get(spec)
        if table is None:
            table = self._tables[spec] = _Table(spec)
        return table


class _Table:
    """The statements for one view, and what is known of it while nobody else writes."""

    def __init__(self, spec: ProjectionTable) -> None:
        name, fields = spec.name, spec.row.__struct_fields__
        self.select = f"SELECT {', '.join(fields)} FROM {name} WHERE {fields[0]} = ?"
        self.replace = f"INSERT OR REPLACE INTO {name} VALUES ({', '.join('?' * len(fields))})"
        self.delete = f"DELETE FROM {name} WHERE {fields[0]} = ?"
        self.rows: dict[str, Row] = {}
        self.checkpoint: Checkpoint | None = None

    def know(self, kept: list[Row], gone: list[tuple[str]]) -> None:
        """Note what was written."""
        if len(self.rows) + len(kept) > _KNOWN_ROWS:
            self.rows.clear()
            kept = kept[-_KNOWN_ROWS:]
        for row in kept:
            self.rows[row[0]] = row
        for (key,) in gone:
            self.rows.pop(key, None)


class _Naming:
    """Say which view is missing or damaged, and how to get it back."""

    def __init__(self, spec: ProjectionTable) -> None:
        self._spec = spec

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DamagedLedger) and "no such" in str(error.__cause__):
            raise DamagedLedger(
                f"the projection {self._spec.name} is missing from the file",
                advice="make it again from the log",
                projection=self._spec.name,
            ) from error


def _typed(spec: ProjectionTable, row: Row) -> msgspec.Struct:
    """A stored row; only a damaged file holds, say, no number where SQLite let in numbers alone."""
    try:
        return spec.row(*msgspec.convert(row, _cells(spec.row)))
    except msgspec.ValidationError as error:
        raise DamagedLedger(
            f"the projection {spec.name} has a row that cannot be read: {error}",
            advice="make it again from the log",
            projection=spec.name,
        ) from error


@cache
def _cells(row: type[msgspec.Struct]) -> Any:
    return tuple[tuple(get_type_hints(row).values())]  # type: ignore[misc] # known only now


@cache
def _columns(row: type[msgspec.Struct]) -> str:
    columns = []
    for place, (field, advice) in enumerate(get_type_hints(row).items()):
        column = f"{field} {_SQL_TYPES[_plain(advice)]}"
        if place == 0:
            column += " PRIMARY KEY NOT NULL"
        elif not isinstance(advice, UnionType):
            column += " NOT NULL"
        columns.append(column)
    return ", ".join(columns)


def _plain(advice: Any) -> type:
    """The type of a column that may be None, or of one that may not."""
    kinds: list[type] = [kind for kind in get_args(advice) if kind is not NoneType]
    return kinds[0] if kinds else advice
