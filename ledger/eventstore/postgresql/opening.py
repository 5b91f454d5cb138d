"""Ledgers on a server: opening one, and telling it from what is none."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import LedgerError, NoSuchLedger, NotALedger, StorageFailure
from ledger.eventstore.postgresql.clock import NOW
from ledger.eventstore.postgresql.connecting import Connection
from ledger.eventstore.postgresql.errors import translate
from ledger.eventstore.postgresql.place import ServerPlace

SCHEMA_VERSION: Final = 1

_SCHEMA_NUMBER: Final = (
    f"SELECT relnamespace::bigint, (SELECT schema_version FROM ledger), {NOW}, "
    "(SELECT nspname FROM pg_namespace WHERE oid = relnamespace) "
    "FROM pg_class WHERE oid = 'ledger'::regclass"
)


def look(connection: Connection, place: ServerPlace) -> tuple[int, int]:
    """See that there is a ledger of today's at a place.

    Returns:
        The number of its schema, and what the server's clock says (µs UTC).

    Raises:
        NoSuchLedger: there is none.
        NotALedger: it is another program's, or a newer release's.
        StorageFailure: another schema would be used.
    """
    try:
        row = connection.execute(_SCHEMA_NUMBER).fetchone()
    except errors.UndefinedTable:
        raise _unseen(connection, place) from None
    except errors.UndefinedColumn:
        raise NotALedger(
            f"the schema {place.schema} of {place.shown} has another program's tables",
            advice="name another schema, such as ?options=-csearch_path%3Dbooks",
        ) from None
    except psycopg.Error as error:
        raise translate(error, place) from error
    number, version, now, schema = row or (0, None, 0, place.schema)
    if schema != place.schema:
        raise elsewhere(place, schema)
    if version != SCHEMA_VERSION:
        raise NotALedger(
            f"{place.shown} has schema version {version}, and this program knows {SCHEMA_VERSION}",
            advice="it was written by a newer release; install that",
            schema_version=version,
        )
    return int(number), int(now)


def _unseen(connection: Connection, place: ServerPlace) -> LedgerError:
    """The error of a schema in which no ledger is seen: it may be that we may not look."""
    found = connection.execute(
        "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1",
        (place.schema,),
    )
    row = found.fetchone()
    if row is None or row[0]:
        return no_ledger(place)
    return StorageFailure(
        f"the server refuses it on {place.shown}: permission denied for schema {place.schema}",
        advice="ask the schema's owner to grant you USAGE of it, and SELECT on its tables",
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
