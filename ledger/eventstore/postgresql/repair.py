"""Restoring what a ledger on a server needs and what is derived from the log."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

import psycopg

from ledger.errors import LedgerError, StorageFailure
from ledger.eventstore.postgresql.drafts import schema_script
from ledger.eventstore.postgresql.errors import words
from ledger.eventstore.postgresql.integrity import (
    INDEXES,
    ORPHANS,
    missing_guards,
    missing_indexes,
)
from ledger.eventstore.postgresql.opening import GUARDS
from ledger.eventstore.postgresql.schema_parts import Difference, compare
from ledger.eventstore.postgresql.session import Session

_STATEMENT: Final = re.compile(
    r"^CREATE (?P<kind>[A-Z]+) (?P<name>[\w>-]+)"
    r"(?:(?!\$\$)[^;])*(?:\$\$.*?\$\$(?:(?!\$\$)[^;])*)?;",
    re.MULTILINE | re.DOTALL,
)
_GUARD: Final = "refuse_change"
"""The function of the triggers, which cannot be taken away as long as there is one."""


def repair(session: Session) -> list[str]:
    """Repair everything that can be repaired; the caller has the transaction."""
    differences = compare(session.place).differences
    done = [*_remove(session, differences)]
    kinds = {each.kind for each in differences}
    if kinds & {"function", "operator", "type", "view"}:
        _make_anew(session, kinds)
        done.append("made the views and functions anew")
    named = {each.name for each in differences}
    for name in [*missing_guards(session), *(named & GUARDS.keys())]:
        _run(session, f"DROP TRIGGER IF EXISTS {name} ON {GUARDS[name][0]}")
        _run(session, _replacing(_statements()["FUNCTION", _GUARD]))
        _run(session, _statements()["TRIGGER", name])
        done.append(f"restored the trigger {name}")
    for name in [*missing_indexes(session), *(named & INDEXES.keys())]:
        _run(session, f"DROP INDEX IF EXISTS {name}")
        _run(session, _statements()["INDEX", name])
        done.append(f"restored the index {name} on {INDEXES[name]}")
    for table, condition in ORPHANS.items():
        count = session.run(f"DELETE FROM {table} WHERE {condition}")
        if count:
            done.append(f"removed {count} rows of {table} that referred to missing rows")
    return list(dict.fromkeys(done))


def _remove(session: Session, differences: Collection[Difference]) -> Iterator[str]:
    for each in differences:
        if each.remedy is not None:
            _run(session, each.remedy)
            what = "what is inherited by" if each.kind == "table" else f"the {each.kind}"
            yield f"removed {what} {each.name}"


def _make_anew(session: Session, kinds: Collection[str]) -> None:
    """Put ours in the place of functions, operators, types and views.

    Args:
        kinds: of what differs.

    Raises:
        StorageFailure: what somebody else made of them is in the way, or the server failed.
    """
    _run(session, "SAVEPOINT anew")
    try:
        for (kind, name), sql in _statements().items():
            if kind in ("FUNCTION", "VIEW"):
                _run(session, _replacing(sql))
            elif kind == "OPERATOR" and "operator" in kinds:
                _run(session, f"DROP OPERATOR IF EXISTS {name} (text, text)")
                _run(session, sql)
            elif kind == "TYPE" and "type" in kinds:
                _run(session, f"DROP TYPE IF EXISTS {name}")
                _run(session, sql)
    except LedgerError:  # they take or give something else
        _run(session, "ROLLBACK TO anew")
        try:
            _drop_and_make(session)
        except LedgerError as error:
            cause = error.__cause__
            why = words(cause) if isinstance(cause, psycopg.Error) else error.message
            raise StorageFailure(
                f"the views of {session.place.shown} cannot be made anew: {why}",
                advice="take away what is in the way, then try again",
            ) from error


def _drop_and_make(session: Session) -> None:
    ours = [key for key in _statements() if key[0] in ("FUNCTION", "OPERATOR", "TYPE", "VIEW")]
    for last in ("VIEW", "OPERATOR", "FUNCTION", "TYPE"):
        for kind, name in reversed(ours):
            if kind == last and name != _GUARD:
                of = _arguments(name) if kind == "FUNCTION" else ""
                of = "(text, text)" if kind == "OPERATOR" else of
                _run(session, f"DROP {kind} IF EXISTS {name} {of}")
    for key in ours:
        sql = _statements()[key]
        _run(session, _replacing(sql) if key[1] == _GUARD else sql)


def _statements() -> dict[tuple[str, str], str]:
    """Those that make a schema, in order, by kind and name."""
    return {
        (found["kind"], found["name"]): found[0] for found in _STATEMENT.finditer(schema_script())
    }


def _arguments(function: str) -> str:
    """What one of our functions takes, in brackets."""
    _, bracket, rest = _statements()["FUNCTION", function].partition("(")
    return bracket + rest[: rest.index(")") + 1].replace(" = NULL", "")


def _replacing(sql: str) -> str:
    return sql.replace("CREATE ", "CREATE OR REPLACE ", 1)


def _run(session: Session, sql: str) -> None:
    session.writes += 1
    try:
        session.script(sql)
    finally:
        session.wire.forget()  # the driver drops what was prepared
