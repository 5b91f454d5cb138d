"""Restoring what a ledger file needs and what is derived from the log."""

from __future__ import annotations

from typing import Final

import apsw

from ledger.errors import DamagedLedger
from ledger.eventstore.sqlite.integrity import JOURNAL_MODES
from ledger.eventstore.sqlite.schema import (
    DERIVED_TABLES,
    Part,
    differences,
    our_parts,
    parts_of,
)

# X, our_parts, parts_of
from ledger.eventstore.sqlite.session import Session

_TABLES_FIRST: Final = ("table", "index", "view", "trigger")

# Rows that refer to missing rows are of no use; what they were of is rebuilt from the log.
_ORPHANS: Final = {
    "snapshots": "DELETE FROM snapshots WHERE stream_no NOT IN (SELECT stream_no FROM streams)",
    "idempotency_keys": (
        "DELETE FROM idempotency_keys "
        "WHERE first_position NOT IN (SELECT position FROM events) "
        "OR last_position NOT IN (SELECT position FROM events)"
    ),
}


def repair(session: Session) -> list[str]:
    """Repair everything that can be repaired; the caller has the transaction."""
    done = [*_remove_foreign(session), *_restore(session)]
    for table, statement in _ORPHANS.items():
        session.run(statement)
        count = session.connection.changes()
        if count:
            done.append(f"removed {count} rows of {table} that referred to missing rows")
    if any(message != "ok" for (message,) in session.rows("PRAGMA integrity_check")):
        session.run("REINDEX")
        done.append("rebuilt the indexes")
    return done


def repair_journal_mode(session: Session) -> list[str]:
    """Have the file written in WAL mode again; not within a transaction."""
    if session.connection.pragma("journal_mode") in JOURNAL_MODES:
        return []
    session.rows("PRAGMA journal_mode = WAL")
    return ["put the file back into WAL mode"]


def _remove_foreign(session: Session) -> list[str]:
    """Drop whatever differs from what we make and holds nothing that the log does not say."""
    session.connection.authorizer = None  # what is dropped is not read
    done = []
    ours = our_parts()
    found = list(differences(session.connection, parts_of(session.connection)))
    for difference in sorted(found, key=lambda each: _TABLES_FIRST.index(each.part.kind)):
        part = difference.part
        if difference.derived and part in parts_of(session.connection):  # not gone with its table
            _drop(session, part)
            if (part.kind, part.name) not in ours:
                done.append(f"removed the {part.kind} {part.name}")
    return done


def _drop(session: Session, part: Part) -> None:
    quoted = part.name.replace('"', '""')
    try:
        session.run(f'DROP {part.kind} IF EXISTS "{quoted}"')
    except DamagedLedger:  # such as a virtual table whose module nobody has
        _forget(session, part)


def _forget(session: Session, part: Part) -> None:
    """Take an object out of the schema without asking it; what was its own becomes free pages."""
    connection = session.connection
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    try:
        session.rows("PRAGMA writable_schema = ON")
        session.run(
            "DELETE FROM sqlite_schema WHERE tbl_name = ? OR (type = ? AND name = ?)",
            (part.name, part.kind, part.name),
        )
    finally:
        session.rows("PRAGMA writable_schema = RESET")
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)


def _restore(session: Session) -> list[str]:
    """Make what is missing, but for the tables that hold the log."""
    done = []
    ours = sorted(our_parts().values(), key=lambda part: _TABLES_FIRST.index(part.kind))
    there = {(part.kind, part.name) for part in parts_of(session.connection)}
    for part in ours:
        if part.sql is None or (part.kind == "table" and part.name not in DERIVED_TABLES):
            continue  # made with its table; or holds the log
        if (part.kind, part.name) not in there:
            session.run(part.sql)
            done.append(f"restored the {part.kind} {part.name}")
    return done
