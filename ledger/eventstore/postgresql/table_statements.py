"""The statements for the tables of projections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Final

from ledger.eventstore.log_reader import Row
from ledger.eventstore.postgresql.texts import all_stored
from ledger.eventstore.postgresql.wire import array, integer, text
from ledger.eventstore.tables import Key, ProjectionTable, column_types

SQL_TYPES: Final = {str: "text", int: "bigint"}
_READERS: Final[Mapping[type, Callable[[bytes], object]]] = {str: text, int: integer}


class TableStatements:
    """The statements for one table; those for many rows take one array for each column.

    Attributes:
        readers: of the values of a row.
        key_in: gives the key of a row.
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

    def replace_each(self, count: int) -> str:
        """The statement that inserts or replaces so many rows, one after the other."""
        row = ", ".join(f"CAST(? AS {kind})" for kind in self._types)
        rows = ", ".join([f"({row})"] * count)
        return f"INSERT INTO {self._name} VALUES {rows} {self._on_conflict}"

    def delete_each(self, count: int) -> str:
        """The statement that deletes the rows of so many keys, one after the other."""
        row = ", ".join(f"CAST(? AS {kind})" for kind in self._key_types)
        rows = ", ".join([f"({row})"] * count)
        return f"DELETE FROM {self._name} WHERE ({', '.join(self._key)}) IN ({rows})"

    def arrays(self, keys: Iterable[Key]) -> list[str]:
        """What is bound for some keys: an array for each of their columns."""
        each = [all_stored(key if isinstance(key, tuple) else (key,)) for key in keys]
        return [array(column) for column in zip(*each, strict=True)] or ["{}"] * len(self._key)
