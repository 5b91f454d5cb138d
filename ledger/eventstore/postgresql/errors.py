"""The server's failures as the ledger's errors, with what a person can do about each."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import (
    DamagedLedger,
    LedgerError,
    LockTimeout,
    NoSuchLedger,
    StorageFailure,
)
from ledger.eventstore.postgresql.place import ESCAPED, ServerPlace, has_password, no_url

_REPEAT: Final = "repeat the command"
_REPEAT_SAFELY: Final = "repeat the command; with an idempotency key nothing is done twice"

KEPT_OUT: Final = (
    "a row that was to be written was kept out, as a trigger or a rule in the schema may do, and "
    "nothing was changed"
)

_NO_ROOM: Final = (errors.DiskFull, errors.OutOfMemory)
_NOT_WHOLE: Final = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
    errors.DatatypeMismatch,
    errors.InvalidTextRepresentation,
    errors.IntegrityError,
    errors.NumericValueOutOfRange,
    errors.WrongObjectType,
)
_CORRUPT: Final = (errors.DataCorrupted, errors.IndexCorrupted, errors.ConfigFileError)


def translate(error: psycopg.Error, place: ServerPlace, *, writing: bool = False) -> LedgerError:
    """The ledger's error for a failure of a statement on a place.

    Args:
        writing: it was in a transaction that may write.
    """
    where, again = place.shown, _REPEAT_SAFELY if writing else _REPEAT
    unchanged = ", and nothing was changed" if writing else ""
    if isinstance(error, errors.LockNotAvailable):
        return LockTimeout(
            f"another process holds the write lock of {where} for too long",
            advice="try again later, or wait longer for the lock",
        )
    if "conflict with recovery" in words(error):
        return StorageFailure(
            f"the standby {where} took over a change of the tables, and stopped what read them",
            advice="repeat the command, or ask the primary server",
            away=True,
        )
    if isinstance(error, (errors.DeadlockDetected, errors.SerializationFailure)):
        return LockTimeout(
            f"another process was in the way on {where}, and nothing was changed",
            advice="repeat the command",
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StorageFailure(
            f"{where} cannot be written: the server only lets it be read, as a standby does",
            advice="write to the primary server, or ask who runs it",
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return StorageFailure(
            f"the server refuses it on {where}: {words(error)}",
            advice="ask the database's owner to grant what is missing, or connect as another user",
        )
    if isinstance(
        error, errors.TransactionTimeout if hasattr(errors, "TransactionTimeout") else ()
    ):
        return StorageFailure(f"the server ended the transaction on {where}", advice=again)
    if isinstance(error, errors.QueryCanceled):
        return StorageFailure(
            f"the server stopped a statement on {where}: {words(error)}{unchanged}",
            advice="repeat the command, or ask who runs the server for more time",
        )
    if isinstance(error, _NO_ROOM):
        return StorageFailure(
            f"the server has no room: {where} could not be written, and nothing was changed "
            f"({words(error)})",
            advice="make room on the server, then repeat the command",
        )
    if isinstance(error, errors.DivisionByZero):  # by which a statement ends that wrote too little
        return damaged(place, KEPT_OUT)
    if isinstance(error, _CORRUPT):
        return damaged(place, words(error))
    if isinstance(error, _NOT_WHOLE):
        return damaged(place, words(error))
    if is_gone(error):
        return StorageFailure(
            f"the connection to {where} was lost{unchanged}: {words(error)}",
            advice=again,
            away=True,
        )
    return StorageFailure(f"the server failed on {where}: {words(error)}")


def unconfirmed(error: psycopg.Error, place: ServerPlace) -> StorageFailure:
    """The error of a commit of which nobody has heard whether it was done."""
    return StorageFailure(
        f"the connection to {place.shown} was lost as it was written to ({words(error)}): all of "
        "it may be there, or nothing",
        advice="see whether it is there before you repeat the command; with an idempotency key it "
        "can be repeated as it is",
        away=True,
    )


def unreachable(error: psycopg.Error, place: ServerPlace) -> LedgerError:
    """The error of a server that did not let us in."""
    where, told = place.shown, words(error)
    if isinstance(error, errors.InvalidCatalogName) or ('database "' in told and "exist" in told):
        return NoSuchLedger(
            f"there is no ledger at {where}: {told}",
            advice="create the database with createdb, or check its name",
            path=where,
            missing="database",
        )
    if "password" in told or "authentication" in told:
        return StorageFailure(
            f"the server does not let you in at {where}: {told}",
            advice="check user and password; a password is taken from PGPASSWORD, from ~/.pgpass, "
            f"or from the URL{f' ({ESCAPED})' if has_password(where) else ''}",
        )
    if re.match(r"invalid (\w+ )*(value|port number)\b", told):
        return no_url(where, told)
    if "certificate" in told:
        return StorageFailure(
            f"the server at {where} does not show who it is: {told}",
            advice="name the file with the certificate of who vouches for it, as "
            "sslrootcert=FILE in the URL",
        )
    if "not support SSL" in told:
        return StorageFailure(
            f"the server at {where} cannot encrypt a connection: {told}",
            advice="have who runs it switch on TLS; if nobody else can listen on the way, as on "
            "the same machine, sslmode=disable does without",
        )
    if "pg_hba.conf" in told or "SSL" in told:
        encrypts = "no encryption" not in told
        return StorageFailure(
            f"the server does not let you in at {where}: {told}",
            advice="ask who runs it"
            if encrypts
            else "if it wants an encrypted connection, put sslmode=require into the URL; else ask "
            "who runs it",
        )
    if "too many" in told or "remaining connection slots" in told:
        return StorageFailure(
            f"the server has no connection left for {where}: {told}",
            advice="try again later, or put a connection pool in front of the server",
        )
    if "startup parameter: options" in told:
        return StorageFailure(
            f"a connection pool does not let you in at {where}: {told}",
            advice="set ignore_startup_parameters = options in the pool, and give your role the "
            "schema: ALTER ROLE NAME SET search_path = SCHEMA",
        )
    if re.search("starting up|shutting down|recovery mode|not yet accepting", told):
        return StorageFailure(
            f"the server of {where} is not ready: {told}",
            advice="try again in a moment",
            away=True,
        )
    return StorageFailure(
        f"there is no way to {where}: {told}",
        advice="check that the server runs, and the host and port in the URL",
        away=True,
    )


def damaged(place: ServerPlace, why: str) -> DamagedLedger:
    """The error of a schema that has a ledger, but not a whole one."""
    return DamagedLedger(
        f"{place.shown} is damaged: {why}",
        advice="keep the schema as it is, and have it diagnosed",
    )


def is_gone(error: psycopg.Error) -> bool:
    """Whether the connection is lost with it."""
    return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) and (
        error.sqlstate is None or error.sqlstate.startswith(("08", "57P", "25P03"))
    )


def words(error: psycopg.Error) -> str:
    """What the server says, in one line."""
    told = error.diag.message_primary or str(error)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    text = "; ".join(dict.fromkeys(lines)) or type(error).__name__
    for start in ("connection failed: ", "connection is bad: ", "FATAL: "):
        text = text.removeprefix(start).lstrip()
    return text


__all__ = [
    "KEPT_OUT",
    "damaged",
    "has_password",
    "is_gone",
    "translate",
    "unconfirmed",
    "unreachable",
    "words",
]
