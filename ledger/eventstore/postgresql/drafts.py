"""New ledgers on a server.

All of a new ledger is made in one transaction, up to its first entries, so that nobody ever sees
half of one, and a refused first command leaves nothing behind.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import InvalidOption, LedgerAppeared, LedgerError, StorageFailure
from ledger.eventstore.postgresql.clock import NOW
from ledger.eventstore.postgresql.connecting import Connection
from ledger.eventstore.postgresql.errors import translate, words
from ledger.eventstore.postgresql.opening import SCHEMA_VERSION, elsewhere
from ledger.eventstore.postgresql.place import ServerPlace

_SCRIPTS: Final = ("schema.sql", "views.sql", "functions.sql")
_LOCKS_OF_NEW_LEDGERS: Final = 0x4C444752  # "LDGR"


def schema_script() -> str:
    """The statements that make the tables, views and functions of a ledger."""
    folder = files("ledger.eventstore.postgresql")
    return "\n".join(folder.joinpath(name).read_text("utf-8") for name in _SCRIPTS)


def begin(
    connection: Connection, place: ServerPlace, ledger_id: str, lock_timeout: float
) -> tuple[int, int]:
    """Begin the transaction of a new ledger.

    Returns:
        The number of its schema, and what the server's clock says (µs UTC).

    Raises:
        LedgerAppeared: there is one.
        LockTimeout: another process takes long to make one.
        StorageFailure: it cannot be made.
        InvalidOption: the database cannot hold every text.
    """
    user = connection.info.user
    try:
        _check_encoding(connection, place)
        return _make(connection, place, ledger_id, lock_timeout)
    except psycopg.Error as error:
        connection.close()
        raise _unmakable(error, place, user) from error
    except BaseException:
        connection.close()
        raise


def _check_encoding(connection: Connection, place: ServerPlace) -> None:
    """Refuse a database in which not every text can be written."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise InvalidOption(
            f"no ledger can be made at {place.shown}: the database keeps its texts as {encoding}, "
            "which does not have every character",
            advice="create another one with the encoding UTF8, from template0",
        )


def _make(
    connection: Connection, place: ServerPlace, ledger_id: str, lock_timeout: float
) -> tuple[int, int]:
    run = connection.execute
    run(
        f"BEGIN; SET LOCAL lock_timeout = {max(1, round(lock_timeout * 1000))}",
        prepare=False,
    )
    run(
        "SELECT pg_advisory_xact_lock($1::integer, hashtext($2))",
        (_LOCKS_OF_NEW_LEDGERS, place.schema),
    )
    number = _schema_number(connection, place)
    if number is None:
        run(f"CREATE SCHEMA {_name(place.schema)}", prepare=False)
        number = _schema_number(connection, place)
        assert number is not None
    ((schema,),) = run("SELECT current_schema()").fetchall()
    if schema != place.schema:
        raise elsewhere(place, schema)
    found = run(
        "SELECT 1 FROM pg_class WHERE relname = 'ledger' AND relnamespace = $1::oid", (number,)
    )
    if found.fetchone():
        raise LedgerAppeared(
            f"another process made a ledger at {place.shown} meanwhile",
            advice="repeat the command: it will use that ledger",
        )
    run(schema_script(), prepare=False)
    run("INSERT INTO ledger VALUES (1, $1, $2)", (ledger_id, SCHEMA_VERSION))
    ((now,),) = run(f"SELECT {NOW}").fetchall()
    return number, int(now)


def _schema_number(connection: Connection, place: ServerPlace) -> int | None:
    found = connection.execute(
        "SELECT oid::bigint FROM pg_namespace WHERE nspname = $1", (place.schema,)
    )
    row = found.fetchone()
    return None if row is None else int(row[0])


def _unmakable(error: psycopg.Error, place: ServerPlace, user: str) -> LedgerError:
    if isinstance(error, errors.InsufficientPrivilege):
        schema, role = _name(place.schema), _name(user)
        granted = f"CREATE SCHEMA {schema} AUTHORIZATION {role}"
        if "for schema" in words(error):  # it is there
            granted = f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
        return StorageFailure(
            f"no ledger can be made at {place.shown}: {words(error)}",
            advice=f"have the database's owner run: {granted};",
        )
    if isinstance(error, (errors.DuplicateTable, errors.DuplicateObject, errors.DuplicateFunction)):
        return StorageFailure(
            f"no ledger can be made at {place.shown}: {words(error)}",
            advice="name a schema that nothing else is in, such as ?options=-csearch_path%3Dledger",
        )
    return translate(error, place)


def _name(name: str) -> str:
    """A name as it stands in a statement."""
    if re.fullmatch("[a-z_][a-z0-9_]*", name):
        return name
    quoted = name.replace('"', '""')
    return f'"{quoted}"'
