"""Ledgers on a server: opening one, and telling it from what is none."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import DamagedLedger, LedgerError, NoSuchLedger, NotALedger, StorageFailure
from ledger.eventstore.postgresql.clock import NOW
from ledger.eventstore.postgresql.connecting import Connection
from ledger.eventstore.postgresql.errors import damaged, translate, words
from ledger.eventstore.postgresql.place import ServerPlace

SCHEMA_VERSION: Final = 1

GUARDS: Final = {
    "events_are_never_updated": ("events", 19),
    "events_are_never_deleted": ("events", 11),
    "events_are_never_truncated": ("events", 34),
    "streams_are_never_updated": ("streams", 18),
    "streams_are_never_deleted": ("streams", 10),
    "streams_are_never_truncated": ("streams", 34),
    "archive_is_never_changed": ("archive", 62),
    "archived_streams_are_never_changed": ("archived_streams", 62),
}
"""The triggers that refuse changes to the log and what is kept of its archive: the table of each,
and what the server knows its kind by (tgtype)."""

_GUARDS: Final = ", ".join(f"('{name}', '{on}', {kind})" for name, (on, kind) in GUARDS.items())

_OWN: Final = (
    "'ledger', 'events', 'streams', 'idempotency_keys', 'snapshots', 'projections', "
    "'publications', 'local_days', 'archive', 'archived_streams'"
)

# What would change or hide what is read and written, and is not the ledger's: its kind, its name,
# the table that it is on, and the statement that takes it away.
FOREIGN: Final = f"""
SELECT 'trigger' AS kind, tgname::text AS name, relname::text AS relation,
    format('DROP TRIGGER %I ON %s', tgname, shown) AS remedy
FROM own JOIN pg_trigger ON tgrelid = own.oid
WHERE NOT tgisinternal AND NOT (
    tgfoid IS NOT DISTINCT FROM to_regprocedure('refuse_change()')
    AND (tgname::text, relname::text, tgtype::integer) IN ({_GUARDS})
)
UNION ALL
SELECT 'rule', rulename::text, relname::text, format('DROP RULE %I ON %s', rulename, shown)
FROM own JOIN pg_rewrite ON ev_class = own.oid WHERE relkind = 'r'
UNION ALL
SELECT 'row security', 'of ' || relname, relname::text,
    format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', shown)
FROM own WHERE relrowsecurity
UNION ALL
SELECT 'table', child.relname::text, own.relname::text,
    format('ALTER TABLE %s NO INHERIT %s', child.oid::regclass, shown)
FROM own JOIN pg_inherits ON inhparent = own.oid JOIN pg_class AS child ON child.oid = inhrelid
UNION ALL
SELECT 'view', relname::text, relname::text, NULL FROM own WHERE relkind <> 'r'
"""

OWN: Final = f"""own AS (
    SELECT pg_class.oid, relname, relkind, relrowsecurity,
        format('%I.%I', nspname, relname) AS shown
    FROM (
        SELECT unnest(ARRAY[{_OWN}]) AS name UNION SELECT name FROM projections
    ) AS named
    JOIN pg_class ON pg_class.oid = to_regclass(quote_ident(name))
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = current_schema()
)"""

_LOOK: Final = (
    f"WITH {OWN}, strange AS ({FOREIGN}) "
    f"SELECT relnamespace::bigint, schema_version, {NOW}, kind, strange.name, relation, remedy, "
    "(SELECT nspname FROM pg_namespace WHERE oid = relnamespace) "
    "FROM pg_class LEFT JOIN ledger ON true "
    "LEFT JOIN (SELECT * FROM strange ORDER BY kind, name LIMIT 1) AS strange ON true "
    "WHERE pg_class.oid = 'ledger'::regclass"
)


def look(connection: Connection, place: ServerPlace, *, as_it_is: bool = False) -> tuple[int, int]:
    """See that there is a ledger of today's at a place, and nothing that would meddle with it.

    Args:
        as_it_is: open it whatever is there beside it, to find out what that is.

    Returns:
        The number of its schema, and what the server's clock says (µs UTC).

    Raises:
        NoSuchLedger: there is none.
        NotALedger: it is another program's, or a newer release's.
        DamagedLedger: a part is missing, or something in the schema is not the ledger's.
        StorageFailure: another schema would be used.
    """
    try:
        row = connection.execute(_LOOK).fetchone()
    except errors.UndefinedTable as error:
        raise _unseen(connection, place, words(error)) from None
    except errors.UndefinedColumn:
        raise _of_another_program(place) from None
    except psycopg.Error as error:
        raise translate(error, place) from error
    number, version, now, *strange, schema = row or (0, None, 0, None, place.schema)
    if schema != place.schema:
        raise elsewhere(place, schema)
    if version != SCHEMA_VERSION:
        raise NotALedger(
            f"{place.shown} has schema version {version}, and this program knows {SCHEMA_VERSION}",
            advice="it was written by a newer release; install that",
            schema_version=version,
        )
    if strange[0] and not as_it_is:
        raise _meddling(place, *strange)
    return int(number), int(now)


def _meddling(
    place: ServerPlace, kind: str, name: str, relation: str, remedy: str | None
) -> DamagedLedger:
    error = damaged(place, not_ours(kind, name, relation))
    if remedy:
        error.advice = f"have the schema's owner run: {remedy}"
    return error


def not_ours(kind: str, name: str, relation: str) -> str:
    """What is said of something in the schema."""
    on = {"trigger": f" on {relation}", "rule": f" on {relation}"}.get(kind, "")
    if kind == "table":
        return f"the table {name}, of which {relation} is made to show the rows, is not ledger's"
    return f"the {kind} {name}{on} was not made by ledger"


def _unseen(connection: Connection, place: ServerPlace, told: str) -> LedgerError:
    """The error of a schema in which no ledger is seen: it may be that we may not look."""
    found = connection.execute(
        "SELECT has_schema_privilege(oid, 'USAGE'), to_regclass('ledger') IS NOT NULL, EXISTS ("
        "SELECT FROM pg_attribute "
        "WHERE attrelid = to_regclass('ledger') AND attname = 'schema_version') "
        "FROM pg_namespace WHERE nspname = $1",
        (place.schema,),
    )
    row = found.fetchone()
    if row is None or row[0]:
        if not (row and row[1]):
            return no_ledger(place)
        return damaged(place, told) if row[2] else _of_another_program(place)
    return StorageFailure(
        f"the server refuses it on {place.shown}: permission denied for schema {place.schema}",
        advice="ask the schema's owner to grant you USAGE of it, and SELECT on its tables",
    )


def _of_another_program(place: ServerPlace) -> NotALedger:
    return NotALedger(
        f"the schema {place.schema} of {place.shown} has another program's tables",
        advice="name another schema, such as ?options=-csearch_path%3Dbooks",
    )


def elsewhere(place: ServerPlace, schema: str | None) -> StorageFailure:
    """The error of a connection that leads to another schema than the one that was named."""
    return StorageFailure(
        f"{place.shown} leads to the schema {schema or 'of nobody'}, not to {place.schema}: a "
        "connection pool has left out the options of the URL",
        advice="have the pool let them through, or give your role the schema: ALTER ROLE NAME SET "
        f'search_path = "{place.schema}"',
    )


def no_ledger(place: ServerPlace) -> LedgerError:
    """The error of a database without a ledger in the schema."""
    return NoSuchLedger(
        f"there is no ledger at {place.shown}: the schema {place.schema} has none",
        advice="open an account to begin one there, or name the schema of yours",
        path=place.shown,
    )
