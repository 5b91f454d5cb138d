"""What is in the schema of a ledger, and what would be there if it were made today.

The server writes its definitions in its own words, so they are compared with those of a schema that
is made beside it, in a transaction that is never committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import psycopg
from psycopg import errors

from ledger.eventstore.postgresql.connecting import Connection, connect
from ledger.eventstore.postgresql.drafts import schema_script
from ledger.eventstore.postgresql.errors import translate
from ledger.eventstore.postgresql.opening import FOREIGN, OWN, not_ours
from ledger.eventstore.postgresql.place import ServerPlace

_SCRATCH: Final = "ledger_of_today"

# Everything by kind, name, the table that it is of, and its definition; the schema is the only one
# on the search path, so that no name of it is in a definition.
_PARTS: Final = """
WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
        WHEN 'c' THEN 'type' ELSE 'relation' END AS kind,
    relname::text AS name, relname::text AS relation,
    CASE WHEN relkind = 'v' THEN pg_get_viewdef(pg_class.oid, true)
    ELSE concat_ws(' ', relpersistence, reloptions::text, (
        SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
            collname, attidentity, attgenerated, pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
        FROM pg_attribute
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    )) END AS definition
FROM pg_class, here WHERE relnamespace = here.oid AND relkind NOT IN ('i', 'I', 't')
UNION ALL
SELECT 'index', pg_class.relname::text, indrelid::regclass::text,
    pg_get_indexdef(indexrelid, 0, true) || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid, here WHERE relnamespace = here.oid
UNION ALL
SELECT 'constraint', conname::text, conrelid::regclass::text, pg_get_constraintdef(oid, true)
FROM pg_constraint
WHERE connamespace = (SELECT oid FROM here) AND conrelid <> 0 AND contype <> 'n'
UNION ALL
SELECT 'trigger', tgname::text, tgrelid::regclass::text,
    concat_ws(' ', tgenabled, pg_get_triggerdef(pg_trigger.oid, true))
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid, here
WHERE relnamespace = here.oid AND NOT tgisinternal
UNION ALL
SELECT 'function', proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')', '',
    concat_ws(' ', pg_get_function_result(pg_proc.oid), lanname, provolatile, proparallel,
        proisstrict, prosecdef, proconfig::text, prosrc)
FROM pg_proc JOIN pg_language ON pg_language.oid = prolang, here WHERE pronamespace = here.oid
UNION ALL
SELECT 'operator', format('%s(%s,%s)', oprname, oprleft::regtype, oprright::regtype), '',
    concat_ws(' ', oprcode, oprresult::regtype)
FROM pg_operator, here WHERE oprnamespace = here.oid
"""

MADE_ANEW: Final = ("function", "operator", "type", "view", "trigger", "index")
"""The kinds that hold nothing, so that they can be made anew."""


class Difference(NamedTuple):
    """One thing that is not as it would be made today.

    Attributes:
        expected, found: definitions; None where there is none.
        remedy: the statement that takes it away, where it has to go.
    """

    kind: str
    name: str
    message: str
    expected: str | None = None
    found: str | None = None
    remedy: str | None = None

    @property
    def derived(self) -> bool:
        """Whether it can be put right without a loss."""
        return self.remedy is not None or self.kind in MADE_ANEW


class Comparison(NamedTuple):
    """What is wrong with a schema, and what is only good to know.

    Attributes:
        whole: whether it was compared, and not only looked at.
    """

    differences: Sequence[Difference]
    notes: Sequence[str]
    whole: bool


def compare(place: ServerPlace) -> Comparison:
    """Compare the schema at a place with what would be made there today.

    Raises:
        LedgerError: the server failed.
    """
    connection = connect(place)
    try:
        with connection.transaction(force_rollback=True):
            return _compare(connection)
    except psycopg.Error as error:
        raise translate(error, place) from error
    finally:
        connection.close()


def _compare(connection: Connection) -> Comparison:
    run = connection.execute
    foreign = [
        Difference(kind, name, not_ours(kind, name, relation), None, name, remedy)
        for kind, name, relation, remedy in run(f"WITH {OWN} {FOREIGN}").fetchall()
        if remedy
    ]
    found = {tuple(row[:3]): row[3] for row in run(_PARTS).fetchall()}
    projections = {name for (name,) in run("SELECT name FROM projections").fetchall()}
    try:
        with connection.transaction():
            run(f"CREATE SCHEMA {_SCRATCH}")
            run(f"SET LOCAL search_path = {_SCRATCH}")
            run(schema_script(), prepare=False)
            ours = {tuple(row[:3]): row[3] for row in run(_PARTS).fetchall()}
    except errors.InsufficientPrivilege:
        return _not_compared(foreign, "takes the right to create a schema in the database")
    except errors.ReadOnlySqlTransaction:
        return _not_compared(foreign, "a server that can only be read does not allow")
    except errors.DiskFull:
        return _not_compared(foreign, "a server that has no room cannot make beside it")
    others = sorted(
        f"{kind} {name}"
        for kind, name, relation in found.keys() - ours.keys()
        if relation not in projections
        and kind != "trigger"
        and not (kind in ("index", "constraint") and not _is_ours(relation, ours))
    )
    notes = [f"in the schema, and not ledger's: {', '.join(others)}"] if others else []
    known = {each.name for each in foreign}
    differences = [each for each in _differences(ours, found) if each.name not in known]
    return Comparison([*foreign, *differences], notes, whole=True)


def _not_compared(foreign: Sequence[Difference], why: str) -> Comparison:
    note = f"the schema was not compared with what ledger makes, which {why}"
    return Comparison(foreign, [note], whole=False)


def _is_ours(relation: str, ours: dict[tuple[str, ...], str]) -> bool:
    return ("table", relation, relation) in ours


def _differences(
    ours: dict[tuple[str, ...], str], found: dict[tuple[str, ...], str]
) -> Iterator[Difference]:
    for key, expected in sorted(ours.items()):
        kind, name, _ = key
        there = found.get(key)
        if there is None:
            yield Difference(kind, name, f"the {kind} {name} is missing", f"{kind} {name}")
        elif there != expected:
            message = f"the {kind} {name} differs from the one that ledger makes"
            yield Difference(kind, name, message, expected, there)
