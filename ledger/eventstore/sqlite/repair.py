"""Restoring what a ledger file needs and what is derived from the log."""

from __future__ import annotations

from typing import Final

from ledger.eventstore.sqlite.integrity import DERIVED_TABLES, our_schema, schema_of, words
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
    done = _schema(session)
    for table, statement in _ORPHANS.items():
        session.run(statement)
        count = session.connection.changes()
        if count:
            done.append(f"removed {count} rows of {table} that referred to missing rows")
    if any(message != "ok" for (message,) in session.rows("PRAGMA integrity_check")):
        session.run("REINDEX")
        done.append("rebuilt the indexes")
    return done


def _schema(session: Session) -> list[str]:
    done = []
    found = schema_of(session)
    ours = sorted(our_schema().items(), key=lambda part: _TABLES_FIRST.index(part[0][0]))
    for (kind, name), sql in ours:
        if sql is None or (kind == "table" and name not in DERIVED_TABLES):
            continue  # made with its table; or holds the log
        as_found = found.get((kind, name))
        if as_found is not None and words(as_found) == words(sql):
            continue
        session.run(f"DROP {kind} IF EXISTS {name}")
        session.run(sql)
        if kind == "table":
            found = schema_of(session)  # its indexes have gone with it
        done.append(f"restored the {kind} {name}")
    return done
