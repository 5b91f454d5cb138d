"""Restoring what a ledger on a server needs and what is derived from the log."""

from __future__ import annotations

from ledger.eventstore.postgresql.drafts import schema_script
from ledger.eventstore.postgresql.integrity import (
    INDEXES,
    ORPHANS,
    missing_guards,
    missing_indexes,
)
from ledger.eventstore.postgresql.opening import GUARDS
from ledger.eventstore.postgresql.session import Session


def repair(session: Session) -> list[str]:
    """Repair everything that can be repaired; the caller has the transaction."""
    done = []
    for name in missing_guards(session):
        session.run(f"DROP TRIGGER IF EXISTS {name} ON {GUARDS[name][0]}")
        session.run(
            _statement("CREATE FUNCTION refuse_change").replace(
                "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
            )
        )
        session.run(_statement(f"CREATE TRIGGER {name} "))
        done.append(f"restored the trigger {name}")
    for name in missing_indexes(session):
        session.run(f"DROP INDEX IF EXISTS {name}")
        session.run(_statement(f"CREATE INDEX {name}\n", f"CREATE INDEX {name} "))
        done.append(f"restored the index {name} on {INDEXES[name]}")
    for table, condition in ORPHANS.items():
        count = session.run(f"DELETE FROM {table} WHERE {condition}")
        if count:
            done.append(f"removed {count} rows of {table} that referred to missing rows")
    return done


def _statement(*starts: str) -> str:
    """The one of the schema's statements that starts so."""
    script = schema_script()
    for start in starts:
        at = script.find(start)
        if at >= 0:
            end = script.find("\n\n", at)
            statement = script[at:end]
            if "$$;" in script[at:]:
                body = script.find("$$;", at)
                if start.startswith("CREATE FUNCTION"):
                    statement = script[at : body + 2]
            return statement.strip().rstrip(";")
    raise LookupError(starts)
