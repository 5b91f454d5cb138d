"""Restoring what a ledger file needs and what is derived from the log."""

from __future__ import annotations

from typing import Final

import apsw

from ledger.eventstore.sqlite.integrity import JOURNAL_MODES, is_about_unused_pages
from ledger.eventstore.sqlite.schema import (
    DERIVED_TABLES,
    differences,
    has_archive,
    our_parts,
    parts_of,
)
from ledger.eventstore.sqlite.session import Session

_TOLD_ONE_BY_ONE: Final = 20

_TABLES_FIRST: Final = ("table", "index", "view", "trigger")

# Rows that refer to missing rows are of no use; what they were of is rebuilt from the log.
_ORPHANS: Final = {
    "snapshots": "DELETE FROM snapshots WHERE stream_no NOT IN (SELECT stream_no FROM streams)",
    "idempotency_keys": (
        "DELETE FROM idempotency_keys "
        "WHERE (first_position NOT IN (SELECT position FROM events) "
        "OR last_position NOT IN (SELECT position FROM events))"
    ),
}


def repair(session: Session) -> list[str]:
    """Repair everything that can be repaired; the caller has the transaction.

    What becomes of `free_unused_pages` it leaves to the caller.
    """
    done = [*_remove_foreign(session), *_restore(session)]
    for table, statement in _ORPHANS.items():
        if table == "idempotency_keys" and has_archive(session.connection):
            statement += " AND last_position > (SELECT max(to_position) FROM archive)"
        session.run(statement)
        count = session.connection.changes()
        if count:
            done.append(f"removed {count} rows of {table} that referred to missing rows")
    messages = [message for (message,) in session.rows("PRAGMA integrity_check")]
    if not all(message == "ok" or is_about_unused_pages(message) for message in messages):
        session.run("REINDEX")
        done.append("rebuilt the indexes")
    return done


def free_unused_pages(session: Session) -> None:
    """Write the file anew where it has pages that nothing uses; not within a transaction."""
    for (message,) in session.rows("PRAGMA integrity_check(1)"):
        if is_about_unused_pages(message):
            session.run("VACUUM")


def repair_journal_mode(session: Session) -> list[str]:
    """Have the file written in WAL mode again; not within a transaction."""
    if session.connection.pragma("journal_mode") in JOURNAL_MODES:
        return []
    session.rows("PRAGMA journal_mode = WAL")
    return ["put the file back into WAL mode"]


def _remove_foreign(session: Session) -> list[str]:
    """Remove whatever differs from what we make and holds nothing that the log does not say.

    It is taken out of SQLite's own table, since of some objects SQLite can make no sense, or would
    need what they were made with. What was on their pages is gone with these.
    """
    connection = session.connection
    found = [each.part for each in differences(connection, parts_of(connection)) if each.derived]
    rows = {part.row for part in found if part.row}
    if not rows:
        return []
    connection.authorizer = None
    tables = {part.name for part in found if part.kind == "table"}
    rows |= {part.row for part in parts_of(connection) if part.table in tables}
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    try:
        session.rows("PRAGMA writable_schema = ON")
        session.run_many(
            "DELETE FROM sqlite_schema WHERE rowid = ?", [(row,) for row in sorted(rows)]
        )
    finally:
        session.rows("PRAGMA writable_schema = RESET")
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    ours = our_parts(archived=has_archive(connection))
    foreign = sorted({part[:2] for part in found if part.row and part[:2] not in ours})
    removed = [f"removed the {kind} {name}" for kind, name in foreign]
    if len(removed) > _TOLD_ONE_BY_ONE:
        return [f"removed {len(removed)} objects that ledger did not make"]
    return removed


def _restore(session: Session) -> list[str]:
    """Make what is missing, but for the tables that hold the log."""
    done = []
    parts = our_parts(archived=has_archive(session.connection))
    ours = sorted(parts.values(), key=lambda part: _TABLES_FIRST.index(part.kind))
    there = {(part.kind, part.name) for part in parts_of(session.connection)}
    for part in ours:
        if part.sql is None or (part.kind == "table" and part.name not in DERIVED_TABLES):
            continue  # made with its table; or holds the log
        if (part.kind, part.name) not in there:
            session.run(part.sql)
            done.append(f"restored the {part.kind} {part.name}")
    return done
