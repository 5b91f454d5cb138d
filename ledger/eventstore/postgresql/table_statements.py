"""The statements for the tables of projections."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.texts import all_stored
from ledger.eventstore.postgresql.wire import integer, text
from ledger.eventstore.tables import Key, ProjectionTable, column_types

SQL_TYPES: Final = {str: "text", int: "bigint"}
_READERS: Final[Mapping[type, Callable[[bytes], object]]] = {str: text, int: integer}


def definition(table: ProjectionTable) -> Iterator[str]:
    """The statements that make a table.

    By columns that are neither in its key nor in an index, no rows are looked for. They may hold
    personal texts, of which the server's statistics would keep samples that nobody erases.
    """
    types = column_types(table)
    columns = []
    for name, (kind, optional) in types.items():
        column = f'"{name}" {SQL_TYPES[kind]}' + (' COLLATE "C"' if kind is str else "")
        columns.append(column if optional else f"{column} NOT NULL")
    key = ", ".join(f'"{column}"' for column in table.key)
    yield f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key}))'
    looked_for = {*table.key, *(column for index in table.indexes for column in index)}
    for name, (kind, _) in types.items():
        if kind is str and name not in looked_for:
            yield f'ALTER TABLE "{table.name}" ALTER COLUMN "{name}" SET STATISTICS 0'


def index(table: str, number: int, columns: Sequence[str]) -> str:
    """The statement that makes one of a table's indexes."""
    named = ", ".join(f'"{column}"' for column in columns)
    return f'CREATE INDEX IF NOT EXISTS "{table}_{number}" ON "{table}" ({named})'


class Part(NamedTuple):
    """A statement that writes.

    Attributes:
        rows: how many it has to touch; None where that is not known.
    """

    sql: str
    rows: int | None


class TableStatements:
    """The statements for one table; those for many rows take one array for each column.

    Attributes:
        readers: of the values of a row.
        key_in: gives the key of a row.
        replaces: whether a row has more than its key, so that what is there is replaced.
    """

    def __init__(self, table: ProjectionTable) -> None:
        self.table = table
        self.readers = [_READERS[kind] for kind, _ in column_types(table).values()]
        fields = table.row.__struct_fields__
        self.key_in: Callable[[Row], Key] = itemgetter(*map(fields.index, table.key))
        types = {name: SQL_TYPES[kind] for name, (kind, _) in column_types(table).items()}
        self._name = f'"{table.name}"'
        self._types = list(types.values())
        self._key_types = [types[column] for column in table.key]
        self._columns = [f'{self._name}."{column}"' for column in types]
        self._key = [f'{self._name}."{column}"' for column in table.key]
        key = ", ".join(f'"{column}"' for column in table.key)
        self._names = list(types)
        self._others = [column for column in types if column not in table.key]
        self.replaces = bool(self._others)
        others = [f'"{column}" = excluded."{column}"' for column in self._others]
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
        self._on_conflict = f"ON CONFLICT ({key}) DO " + (
            f"UPDATE SET {', '.join(others)}" if others else "NOTHING"
        )
        self.replace = f"INSERT INTO {self._name} SELECT * FROM unnest({given}) {self._on_conflict}"
        self.delete = (
            f"DELETE FROM {self._name} USING unnest({given_keys}) AS _keys ({key}) WHERE {same}"
        )

    def page(self, bound: int) -> str:
        """The statement that reads rows by key, those after a key of so many columns."""
        key = ", ".join(self._key)
        after = f"WHERE ({key}) > ({', '.join('?' * bound)})" if bound else ""
        columns = ", ".join(self._columns)
        return f"SELECT {columns} FROM {self._name} {after} ORDER BY {key} LIMIT ?"

    def select_each(self, keys: Collection[Key]) -> tuple[str, list[Any]]:
        """The statement that reads the rows of a few keys with their stamps, and what is bound.

        A stamp is the number of the transaction that wrote the row.
        """
        values = [value for key in keys for value in _parts(key)]
        columns = ", ".join([*self._columns, "CAST(CAST(xmin AS text) AS bigint)"])
        return f"SELECT {columns} FROM {self._name} WHERE {self._is_of(len(keys))}", values

    def replace_each(self, count: int) -> Part:
        """The statement that inserts or replaces so many rows, one after the other."""
        sql = (
            f"INSERT INTO {self._name} VALUES {value_lines(self._types, count)} {self._on_conflict}"
        )
        return Part(sql, count if self.replaces else None)  # what is the same already is left

    def update_each(self, count: int, *, stamped: bool = False) -> Part:
        """The statement that replaces so many rows that are there, one after the other.

        Args:
            stamped: each is replaced if it has the stamp that is given after it.
        """
        if not self.replaces:
            return Part(f"SELECT 1 FROM (VALUES {value_lines(self._types, count)}) AS _given", None)
        types, names = list(self._types), [f'"{column}"' for column in self._names]
        same = [
            f'{column} = _given."{name}"'
            for column, name in zip(self._key, self.table.key, strict=True)
        ]
        if stamped:
            types.append("xid")
            names.append("_stamp")
            same.append(f"{self._name}.xmin = _given._stamp")
        set_others = ", ".join(f'"{column}" = _given."{column}"' for column in self._others)
        return Part(
            f"UPDATE {self._name} SET {set_others} FROM (VALUES {value_lines(types, count)}) "
            f"AS _given ({', '.join(names)}) WHERE {' AND '.join(same)}",
            count,
        )

    def delete_each(self, count: int) -> Part:
        """The statement that deletes the rows of so many keys, one after the other."""
        return Part(f"DELETE FROM {self._name} WHERE {self._is_of(count)}", None)

    def _is_of(self, keys: int) -> str:
        return f"({', '.join(self._key)}) IN ({value_lines(self._key_types, keys)})"


def value_lines(types: Sequence[str], count: int) -> str:
    """So many lines of values in brackets."""
    line = ", ".join(f"CAST(? AS {kind})" for kind in types)
    return ", ".join([f"({line})"] * count)


def _parts(key: Key) -> list[Any]:
    return all_stored(key if isinstance(key, tuple) else (key,))
