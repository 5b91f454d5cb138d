"""What a ledger file is made of, object by object, and what stands in it besides.

A file may come from a stranger, and a schema is code: a view in a table's place is run by whoever
reads it, a constraint may delete rows, a trigger may do anything. So nothing of a file is read
before its schema is known to be ours. Tables of projections whose classes this process does not
know are told by their form, which leaves no room for anything that runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from itertools import chain
from typing import Any, Final, NamedTuple

import apsw

from ledger.eventstore.sqlite.errors import damaged

DERIVED_TABLES: Final = ("idempotency_keys", "snapshots", "projections", "local_days")
"""Those that are derived from the log."""

DIGEST: Final = "dd10e8a0eec09c2cd5e68266b801b4b2990b8ba59d8d5c5d14e87516b4928bd0"
OBJECTS: Final = 26
"""Of `schema_script`'s objects, and how many they are; most files have these, letter by letter."""

ARCHIVED_VERSION: Final = 3
"""The file format (`user_version`) of a file that has an archive: older programs refuse it."""
ARCHIVED_DIGEST: Final = "ada579f445af459eade59644726e1b002ba6b8cc0d730b4c721d25136c774ead"
ARCHIVED_OBJECTS: Final = 35
"""Of the objects that such a file has."""

PUBLICATIONS: Final = """CREATE TABLE publications (
    name     TEXT    NOT NULL PRIMARY KEY,
    target   TEXT    NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID"""
"""A table that a file has once its log was published somewhere. It says how far, which the log does
not; but where it is lost, events are published once more, and that is all."""

_PUBLICATIONS: Final = "publications"

_FOR_THE_PLANNER: Final = {
    "sqlite_stat1": "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "sqlite_stat4": "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
"""What ANALYZE leaves; many tools run it."""

_PARTS: Final = (
    "SELECT CAST(coalesce(type, '') AS {0}), CAST(coalesce(name, '') AS {0}), "
    "CAST(coalesce(tbl_name, '') AS {0}), CAST(sql AS {0}), CAST(rootpage AS INTEGER), rowid "
    "FROM sqlite_schema"
)

_COLUMN_TYPES: Final = frozenset(
    f"{kind}{key}{required}"
    for kind in ("TEXT", "INTEGER")
    for key in ("", " PRIMARY KEY")
    for required in ("", " NOT NULL")
)
"""What follows the name of a projection's column."""

_SHOWN: Final = 4
"""Differences that a refusal names; a diagnosis names them all."""


class Part(NamedTuple):
    """A row of SQLite's own table of what a file is made of."""

    kind: str
    name: str
    table: str
    sql: str | None
    root: int | None
    row: int = 0


class Difference(NamedTuple):
    """Something in a file that is not as we make it.

    Attributes:
        derived: whether it holds nothing that the log does not say, so it can be made again, or
            dropped where it is not ours.
        expected, found: the statements; None for nothing.
    """

    part: Part
    message: str
    derived: bool
    expected: str | None = None
    found: str | None = None


def check_schema(connection: apsw.Connection, path: str) -> None:
    """See that a file has what a ledger has, and nothing else.

    Raises:
        DamagedLedger: a part is missing, differs, or is not the ledger's.
    """
    parts = parts_of(connection)
    if is_ours(connection, parts):
        return
    found = list(differences(connection, parts))
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        messages = ", ".join(difference.message for difference in found[:_SHOWN])
        raise damaged(path, messages + more)


def guard(connection: apsw.Connection) -> None:
    """See that nothing is read of a file that would run something; what is data can be read.

    For a file whose schema was not checked, so that it can be found out what is left of it.
    """
    parts = parts_of(connection)
    if is_ours(connection, parts):
        return
    plain = {part.name.lower() for part in parts if is_plain(connection, part)}
    mixed = {each.part.name.lower() for each in _out_of_place(connection, parts, frozenset())}
    running = {part.name.lower() for part in parts if part.kind in ("table", "view")}
    running -= plain - mixed

    def allow(
        operation: int, table: str | None, *_: str | None
    ) -> int:  # asked once for each statement and column, when it is prepared
        read = operation == apsw.SQLITE_READ and (table or "").lower() in running
        return apsw.SQLITE_DENY if read else apsw.SQLITE_OK

    if running:
        connection.authorizer = allow


def is_ours(connection: apsw.Connection, parts: Sequence[Part]) -> bool:
    """Whether a file has the very statements that we make a ledger with, and projections.

    Others may still differ in their spaces only.
    """
    fixed, projections = [], set()
    for part in parts:
        if _is_publications(part):
            continue
        name = _projection(part)
        if name is None:
            fixed.append(part)
        else:
            projections.add(name)
    roots = [part.root for part in parts if part.kind in ("table", "index")]
    archived = has_archive(connection)
    return (
        len(fixed) == (ARCHIVED_OBJECTS if archived else OBJECTS)
        and digest(fixed) == (ARCHIVED_DIGEST if archived else DIGEST)
        and all(roots)
        and len(set(roots)) == len(roots)
        and max(map(int, filter(None, roots))) <= int(connection.pragma("page_count"))
        and projections <= registered(connection)
    )


def digest(parts: Iterable[Part]) -> str:
    """What tells the objects of one schema from those of another with as many."""
    told = sorted((part.kind, part.name, part.table, part.sql or "") for part in parts)
    # With as many texts there are as many separators, so no text can stand for two.
    return sha256("\0".join(chain.from_iterable(told)).encode()).hexdigest()


def parts_of(connection: apsw.Connection) -> list[Part]:
    """All objects of a file."""
    try:
        return [Part(*row) for row in connection.execute(_PARTS.format("TEXT"))]
    except UnicodeDecodeError:
        rows = connection.execute(_PARTS.format("BLOB"))
        return [Part(*map(_readable, row)) for row in rows]


def _readable(value: object) -> Any:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def registered(connection: apsw.Connection) -> set[str]:
    """The names of the projections that the file says it has."""
    return {name for (name,) in connection.execute("SELECT name FROM projections")}


def differences(connection: apsw.Connection, parts: Sequence[Part]) -> Iterator[Difference]:
    """What is missing, differs, or is not the ledger's."""
    ours = our_parts(archived=has_archive(connection))
    names = _registered_if_readable(connection, parts)
    yield from _out_of_place(connection, parts, names)
    found = {(part.kind, part.name): part for part in parts}
    for key, part in sorted(ours.items()):
        there, derived = found.get(key), is_derived(part)
        if there is None:
            message = f"the {part.kind} {part.name} is missing"
            in_no_row = part._replace(row=0)  # its own is another object's in this file
            yield Difference(in_no_row, message, derived, f"{part.kind} {part.name}")
        elif (words(there.sql), there.table) != (words(part.sql), part.table):
            message = f"the {part.kind} {part.name} differs from the one that ledger makes"
            yield Difference(there, message, derived, words(part.sql), words(there.sql))
    # A virtual table in the place of one that is derived has tables of its own.
    forms = {_form(ours["table", name].sql) for name in DERIVED_TABLES} | {_form(PUBLICATIONS)}
    derived_names = {*DERIVED_TABLES, _PUBLICATIONS, *names}
    virtual = tuple(f"{name}_" for name in derived_names - _with_pages(parts))
    for key, part in sorted(found.items()):
        if (
            key in ours
            or _is_publications(part)
            or words(part.sql) == _FOR_THE_PLANNER.get(part.name)
        ):
            continue
        projection = _projection(part)
        if projection is not None and projection in names:
            continue
        message = f"the {part.kind} {part.name} was not made by ledger"
        if projection is not None:
            message = f"the {part.kind} {part.name} belongs to no projection that the file knows of"
        derived = (
            is_derived(part)
            or part.table == _PUBLICATIONS
            or projection is not None
            or part.table in names
            or part.name.startswith(virtual)
            or _form(part.sql) in forms
        )
        yield Difference(part, message, derived, None, words(part.sql))


def _out_of_place(
    connection: apsw.Connection, parts: Sequence[Part], names: AbstractSet[str]
) -> Iterator[Difference]:
    """Objects that are there twice, or on pages that are not their own, as no SQLite makes them."""
    pages = int(connection.pragma("page_count"))
    twice = Counter((part.kind, part.name) for part in parts)
    begin: dict[int | None, list[Part]] = {}
    for part in parts:
        begin.setdefault(part.root, []).append(part)
        derived = is_derived(part) or part.name in (*names, _PUBLICATIONS)
        if twice[part.kind, part.name] > 1:
            yield Difference(part, f"there are two of the {part.kind} {part.name}", derived)
        virtual = part.kind == "table" and (part.sql or "").startswith("CREATE VIRTUAL")
        if part.kind in ("table", "index") and not virtual and not 0 < (part.root or 0) <= pages:
            yield Difference(part, f"the {part.kind} {part.name} has no pages", derived)
    for root, sharing in begin.items():
        if root and len(sharing) > 1:
            derived = all(
                is_derived(part) or part.name in (*names, _PUBLICATIONS) for part in sharing
            )
            for part in sharing:
                message = f"the {part.kind} {part.name} shares its pages with another one"
                yield Difference(part, message, derived)


def has_archive(connection: apsw.Connection) -> bool:
    """Whether a file says that some of its events are archived."""
    return bool(connection.pragma("user_version") == ARCHIVED_VERSION)


def our_parts(*, archived: bool = False) -> dict[tuple[str, str], Part]:
    """What a ledger of today has, by kind and name, without projections."""
    with_us = apsw.Connection(":memory:")
    try:
        with_us.execute(schema_script())
        if archived:
            from ledger.eventstore.sqlite.archived_schema import archiving_script

            with_us.execute(archiving_script())
        return {(part.kind, part.name): part for part in parts_of(with_us)}
    finally:
        with_us.close()


def schema_script() -> str:
    """The statements that make the tables of a ledger."""
    from importlib.resources import files

    return files("ledger.eventstore.sqlite").joinpath("schema.sql").read_text("utf-8")


def is_derived(part: Part) -> bool:
    """Whether an object of ours holds nothing that the log does not say."""
    if part.kind == "table":
        return part.name in DERIVED_TABLES
    return part.sql is not None or part.table in DERIVED_TABLES  # else it is made with its table


def is_plain(connection: apsw.Connection, part: Part) -> bool:
    """Whether reading an object runs nothing: it is a table, and none of its columns computed."""
    if part.kind != "table" or not part.root:  # a virtual table has no page of its own
        return False
    computed = connection.execute(
        "SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden <> 0", (part.name,)
    )
    return computed.fetchone() is None


def words(sql: str | None) -> str:
    """A statement however it is spaced."""
    return " ".join((sql or "").split())


def _is_publications(part: Part) -> bool:
    """Whether it is the table of checkpoints, as we make it."""
    return (part.kind, part.name, part.table) == ("table", _PUBLICATIONS, _PUBLICATIONS) and (
        part.sql == PUBLICATIONS
    )


def _projection(part: Part) -> str | None:
    """The name of the projection whose table or index has this form; None where it has another.

    The form is the one that `SqliteTables` gives them: names in quotation marks, types, and a key;
    of an index, columns alone.
    """
    if part.kind == "index" and part.root and part.sql:
        return part.table if _is_plain_index(part) else None
    if part.kind != "table" or part.name != part.table or not part.root or not part.sql:
        return None
    start, end = f'CREATE TABLE "{part.name}" (', ") STRICT, WITHOUT ROWID"
    if not (part.sql.startswith(start) and part.sql.endswith(end) and _is_name(part.name)):
        return None
    columns, _, key = part.sql[len(start) : -len(end)].partition(", PRIMARY KEY (")
    for column in columns.split(", "):
        name, _, kind = column.partition(" ")
        if kind not in _COLUMN_TYPES or name[:1] + name[-1:] != '""' or not _is_name(name[1:-1]):
            return None
    if key and not all(_is_name(name) for name in key.rstrip(")").strip('"').split('", "')):
        return None
    return part.name


def _is_plain_index(part: Part) -> bool:
    number = part.name.removeprefix(f"{part.table}_")
    start = f'CREATE INDEX "{part.name}" ON "{part.table}" ("'
    sql = part.sql or ""
    if not (number.isdecimal() and sql.startswith(start) and sql.endswith('")')):
        return False
    return all(map(_is_name, (part.table, *sql[len(start) : -2].split('", "'))))


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii()


def _form(sql: str | None) -> str:
    """The statement that makes a table, whatever its name: one that was renamed has kept it."""
    return words(sql).removeprefix("CREATE TABLE ").partition("(")[2]


def _with_pages(parts: Iterable[Part]) -> set[str]:
    return {part.name for part in parts if part.root}


def _registered_if_readable(connection: apsw.Connection, parts: Sequence[Part]) -> set[str]:
    for part in parts:
        if part.name == "projections" and is_plain(connection, part):
            try:
                return registered(connection)
            except apsw.Error:
                break
    return set()
