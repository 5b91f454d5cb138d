"""Views in the ledger file: one table each, and their checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.sqlite.session import Row, Session
from ledger.eventstore.views import Checkpoint, ViewSpec

_SQL_TYPES = {str: "TEXT", int: "INTEGER"}


class SqliteViews:
    """Implements `ledger.eventstore.views.ViewStore`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, spec: ViewSpec) -> None:
        with self._session.transaction():
            self._session.run(f"DROP TABLE IF EXISTS {spec.name}")
            self._session.run(f"CREATE TABLE {spec.name} ({_columns(spec.row)}) STRICT")
            self._session.run(
                "INSERT OR REPLACE INTO projections VALUES (?, ?, 0)", (spec.name, spec.version)
            )

    def rows(self, spec: ViewSpec, keys: Iterable[str]) -> dict[str, msgspec.Struct]:
        fields = spec.row.__struct_fields__
        sql = f"SELECT {', '.join(fields)} FROM {spec.name} WHERE {fields[0]} = ?"
        found: dict[str, msgspec.Struct] = {}
        for key in keys:
            with _Naming(spec):
                row = self._session.row(sql, (key,))
            if row is not None:
                found[key] = _typed(spec, row)
        return found

    def scan(self, spec: ViewSpec) -> Iterator[msgspec.Struct]:
        fields = spec.row.__struct_fields__
        with _Naming(spec):
            for row in self._session.rows(
                f"SELECT {', '.join(fields)} FROM {spec.name} ORDER BY {fields[0]}"
            ):
                yield _typed(spec, row)

    def write(self, spec: ViewSpec, rows: Mapping[str, msgspec.Struct | None]) -> None:
        fields = spec.row.__struct_fields__
        kept = [msgspec.structs.astuple(row) for row in rows.values() if row is not None]
        gone = [(key,) for key, row in rows.items() if row is None]
        with self._session.transaction(), _Naming(spec):
            if kept:
                marks = ", ".join("?" * len(fields))
                self._session.flush()
                self._session.run_many(f"INSERT OR REPLACE INTO {spec.name} VALUES ({marks})", kept)
            if gone:
                self._session.flush()
                self._session.run_many(f"DELETE FROM {spec.name} WHERE {fields[0]} = ?", gone)

    def checkpoint(self, spec: ViewSpec) -> Checkpoint | None:
        row = self._session.row(
            "SELECT version, position FROM projections WHERE name = ?", (spec.name,)
        )
        return None if row is None else Checkpoint(*row)

    def advance(self, spec: ViewSpec, from_position: int, to_position: int) -> bool:
        with self._session.transaction():
            self._session.run(
                "UPDATE projections SET position = ? "
                "WHERE name = ? AND version = ? AND position = ?",
                (to_position, spec.name, spec.version, from_position),
            )
            return self._session.connection.changes() == 1


class _Naming:
    """Say which view is missing or damaged, and how to get it back."""

    def __init__(self, spec: ViewSpec) -> None:
        self._spec = spec

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, DamagedLedger) and "no such" in str(fault.__cause__):
            raise DamagedLedger(
                f"the projection {self._spec.name} is missing from the file",
                hint=f"make it again from the log: ledger rebuild-projections {self._spec.name}",
            ) from fault


def _typed(spec: ViewSpec, row: Row) -> msgspec.Struct:
    """A stored row; only a damaged file holds, say, no number where SQLite let in numbers alone."""
    try:
        return spec.row(*msgspec.convert(row, _cells(spec.row)))
    except msgspec.ValidationError as fault:
        raise DamagedLedger(
            f"the projection {spec.name} has a row that cannot be read: {fault}",
            hint=f"make it again from the log: ledger rebuild-projections {spec.name}",
        ) from fault


@cache
def _cells(row: type[msgspec.Struct]) -> Any:
    return tuple[tuple(get_type_hints(row).values())]  # type: ignore[misc] # known only now


@cache
def _columns(row: type[msgspec.Struct]) -> str:
    columns = []
    for place, (field, hint) in enumerate(get_type_hints(row).items()):
        column = f"{field} {_SQL_TYPES[_plain(hint)]}"
        if place == 0:
            column += " PRIMARY KEY NOT NULL"
        elif not isinstance(hint, UnionType):
            column += " NOT NULL"
        columns.append(column)
    return ", ".join(columns)


def _plain(hint: Any) -> type:
    """The type of a column that may be None, or of one that may not."""
    kinds: list[type] = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if kinds else hint
