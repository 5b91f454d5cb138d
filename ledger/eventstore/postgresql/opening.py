"""Ledgers on a server: opening one, and telling it from what is none."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import LedgerError, NoSuchLedger, NotALedger
from ledger.eventstore.postgresql.connecting import Connection
from ledger.eventstore.postgresql.errors import translate
from ledger.eventstore.postgresql.place import ServerPlace

SCHEMA_VERSION: Final = 1

_SCHEMA_NUMBER: Final = (
    "SELECT relnamespace::bigint, (SELECT schema_version FROM ledger) "
    "FROM pg_class WHERE oid = 'ledger'::regclass"
)


def look(connection: Connection, place: ServerPlace) -> int:
    """See that there is a ledger of today's at a place, and give the number of its schema.

    Raises:
        NoSuchLedger: there is none.
        NotALedger: it is another program's, or a newer release's.
    """
    try:
        row = connection.execute(_SCHEMA_NUMBER).fetchone()
    except errors.UndefinedTable:
        raise no_ledger(place) from None
    except errors.UndefinedColumn:
        raise NotALedger(
            f"the schema {place.schema} of {place.shown} has another program's tables",
            advice="name another schema, such as ?options=-csearch_path%3Dbooks",
        ) from None
    except psycopg.Error as error:
        raise translate(error, place) from error
    number, version = row or (0, None)
    if version != SCHEMA_VERSION:
        raise NotALedger(
            f"{place.shown} has schema version {version}, and this program knows {SCHEMA_VERSION}",
            advice="it was written by a newer release; install that",
            schema_version=version,
        )
    return int(number)


def no_ledger(place: ServerPlace) -> LedgerError:
    """The error of a database without a ledger in the schema."""
    return NoSuchLedger(
        f"there is no ledger at {place.shown}: the schema {place.schema} has none",
        advice="open an account to begin one there, or name the schema of yours",
        path=place.shown,
    )
