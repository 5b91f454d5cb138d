"""The tables of projections, kept by the store beside the log.

Such a table is disposable: it can be dropped and made again from the log. Its rows are msgspec
structs whose fields are columns: a `str`, an `int` of 64 bits, or one of these or None.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Optional,
    Protocol,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

import msgspec

from ledger.errors import InvalidUsage

Key = str | int | tuple[str | int, ...]
"""What tells a row from the others: the value of its one key column, or a tuple of several."""

RESERVED: Final = frozenset(
    {
        "account_openings",
        "account_owners",
        "accounts",
        "archive",
        "archived_streams",
        "balances",
        "entries",
        "entries_at",
        "event_amounts",
        "event_log",
        "events",
        "events_backdated",
        "events_beside_movements",
        "idempotency_keys",
        "json_each",
        "ledger",
        "local_days",
        "older_amounts",
        "pragma_table_info",
        "projections",
        "publications",
        "snapshots",
        "snapshots_by_effective_time",
        "streams",
    }
)
"""Names that no projection can have: the stores have tables, indexes or SQL views of these names,
or are to have them, or ask functions for rows that such a table would stand in front of."""

_LONGEST_NAME: Final = 63
"""Characters; PostgreSQL cuts longer ones."""


class ProjectionTable(msgspec.Struct, frozen=True):
    """The table of a projection.

    Attributes:
        name: of the projection and of its table.
        version: of the projection's fold and columns.
        row: the struct type of one row.
        key: the names of the key columns; the first field where none is given.
        indexes: the columns of each index, besides the key's.

    Raises:
        InvalidUsage: the name cannot be a table's, or a column of the key or of an index is no
            field of the row.
    """

    name: str
    version: int
    row: type[msgspec.Struct]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)
        fields = self.row.__struct_fields__
        if not fields:
            raise InvalidUsage(f"the rows of the projection {self.name} have no fields")
        if not _is_key(self.key):
            raise InvalidUsage(
                f"the projection {self.name} has the key columns {self.key!r}",
                advice='they are a tuple of different names, with a comma where it is one: ("id",)',
            )
        if not self.key:
            msgspec.structs.force_setattr(self, "key", fields[:1])
        columns = [("key", column) for column in self.key]
        columns += [("index", column) for index in self.indexes for column in index]
        for what, column in columns:
            if column not in fields:
                raise InvalidUsage(
                    f"the projection {self.name} has the {what} column {column!a}, and its rows "
                    "have no such field",
                    advice=f"their fields are {', '.join(fields)}",
                )

    @property
    def key_of(self) -> Callable[[msgspec.Struct], Key]:
        """Gives the key of a row."""
        return attrgetter(*self.key)


@cache
def column_types(table: ProjectionTable) -> dict[str, tuple[type, bool]]:
    """For each column its type, `str` or `int`, and whether it may be None.

    Raises:
        InvalidUsage: a field is of another type, or a key column may be None.
    """
    columns: dict[str, tuple[type, bool]] = {}
    for name, hint in get_type_hints(table.row).items():
        optional = isinstance(hint, UnionType) or get_origin(hint) is Union
        kinds = [kind for kind in get_args(hint) if kind is not NoneType] if optional else [hint]
        if kinds not in ([str], [int]) or (optional and name in table.key):
            raise InvalidUsage(
                f"the projection {table.name} has a column {name} that cannot be stored",
                advice="a column is a str, an int, or one of these or None; a key is never None",
            )
        columns[name] = (kinds[0], optional)
    if not all(map(str.isascii, columns)) or len({*map(str.lower, columns)}) < len(columns):
        raise InvalidUsage(
            f"the columns of the projection {table.name} cannot be told apart by every store",
            advice="name them with ASCII letters, and not alike but for their case",
        )
    return columns


Column = tuple[str, type, bool, int]
"""Name, `str` or `int`, whether it may be None, and its place in the key, from 1; 0 for none."""


@cache
def columns_of(table: ProjectionTable) -> tuple[Column, ...]:
    """The columns of a table."""
    return tuple(
        (name, kind, optional, table.key.index(name) + 1 if name in table.key else 0)
        for name, (kind, optional) in column_types(table).items()
    )


@cache
def cells_type(table: ProjectionTable) -> Any:
    """The type of a row's values, for msgspec: what a store can give back as it took it."""
    int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    cells: list[Any] = []
    for kind, optional in column_types(table).values():
        cell = int64 if kind is int else kind
        cells.append(Optional[cell] if optional else cell)  # noqa: UP045 - not a type before it runs
    return tuple[tuple(cells)]  # type: ignore[misc] # known only now


@cache
def rows_type(table: ProjectionTable) -> Any:
    """The type of several rows' values."""
    return list[cells_type(table)]  # type: ignore[misc] # known only now


def _is_key(columns: object) -> bool:
    """Whether it is a tuple without doubles; a text would be taken for the names of its letters."""
    return isinstance(columns, tuple) and len(set(columns)) == len(columns)


def _is_name(name: object) -> bool:
    return (
        isinstance(name, str)
        and len(name) <= _LONGEST_NAME
        and name.isascii()
        and name.isidentifier()
        and name == name.lower()
        and not name.startswith(("_", "sqlite_"))
    )


def can_be_named(name: object) -> bool:
    """Whether a projection can have the name."""
    return _is_name(name) and name not in RESERVED


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise InvalidUsage(
            f"{name!a} cannot be the name of a projection",
            advice="a name is made of a-z, 0-9 and _, and starts with a letter: monthly_totals",
        )
    if name in RESERVED:
        raise InvalidUsage(
            f"{name!a} cannot be the name of a projection: the ledger has a table of that name",
            advice="choose another name",
        )


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """How far a projection is.

    Attributes:
        version: of the projection that wrote it.
        position: the last one that it has seen.
        columns: of its table, as `columns_of` gives them; none where the table is missing.
    """

    version: int
    position: int
    columns: tuple[Column, ...]


class ProjectionTables(Protocol):
    """Where projections are kept; part of an event store. Writes belong into its transactions.

    What uses a table that is missing raises `ledger.errors.DamagedLedger`.
    """

    def create(self, table: ProjectionTable) -> None:
        """Make the empty table, at position 0; one of the same name is dropped."""

    def rows(
        self, table: ProjectionTable, keys: Collection[Key] | None = None
    ) -> Iterator[msgspec.Struct]:
        """The rows of those keys that exist, or all, by key."""

    def write(
        self,
        table: ProjectionTable,
        rows: Mapping[Any, msgspec.Struct | None],
        *,
        seen: tuple[int, int] | None = None,
    ) -> bool:
        """Insert or replace rows; None deletes one.

        Args:
            seen: moves the checkpoint from one position to another, by compare-and-set.

        Returns:
            False where the checkpoint was at another position; nothing was written then.
        """

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """How far each projection is, by name, whether its class is known here or not."""


@runtime_checkable
class TablesInSql(ProjectionTables, Protocol):
    """Tables that can be asked in SQL."""

    def index(self, table: ProjectionTable) -> None:
        """Make the indexes of a table, as far as they are not there."""

    def ask(self, sql: str, bindings: Sequence[str | int | None] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that only reads, with a binding for each ``?``."""


def is_made(tables: ProjectionTables, table: ProjectionTable) -> bool:
    """Whether there is such a table, with these columns."""
    checkpoint = tables.checkpoints().get(table.name)
    return checkpoint is not None and checkpoint.columns == columns_of(table)
