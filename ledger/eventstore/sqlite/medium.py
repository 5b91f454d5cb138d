"""What SQLite itself finds wrong with a ledger file, and what is missing from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import apsw

from ledger.errors import DamagedLedger
from ledger.eventstore.records import MediumFault
from ledger.eventstore.sqlite.files import schema_script
from ledger.eventstore.sqlite.session import Session

_MOST_FAULTS: Final = 10_000
"""How many faults SQLite is asked to name: it would stop at a hundred."""

_SCHEMA: Final = "SELECT type, name, sql FROM sqlite_schema"


def medium_faults(session: Session) -> Iterator[MediumFault]:
    """What is wrong with the file; a check that cannot go on is a fault of its own."""
    for check in (_schema, _pages, _references, _length):
        try:
            yield from check(session)
        except DamagedLedger as fault:
            yield MediumFault(fault.message)


def _schema(session: Session) -> Iterator[MediumFault]:
    """Triggers refuse changes to the log: who wants to change it has to take them away."""
    with_us = apsw.Connection(":memory:")
    try:
        with_us.execute(schema_script())
        ours = {(kind, name): sql for kind, name, sql in with_us.execute(_SCHEMA)}
    finally:
        with_us.close()
    found = {(kind, name): sql for kind, name, sql in session.rows(_SCHEMA)}
    for (kind, name), sql in sorted(ours.items()):
        if (kind, name) not in found:
            yield MediumFault(
                f"the {kind} {name} is missing", expected=f"{kind} {name}", found="none"
            )
        elif _words(found[kind, name]) != _words(sql):
            yield MediumFault(
                f"the {kind} {name} is not as ledger made it",
                expected=_words(sql),
                found=_words(found[kind, name]),
            )
    for kind, name in sorted(found.keys() - ours.keys()):
        if kind == "trigger":
            yield MediumFault(
                f"ledger did not make the trigger {name}",
                expected="none",
                found=_words(found[kind, name]),
            )


def _words(sql: str | None) -> str:
    return " ".join((sql or "").split())


def _pages(session: Session) -> Iterator[MediumFault]:
    for (message,) in session.rows(f"PRAGMA integrity_check({_MOST_FAULTS})"):
        if message != "ok":
            yield MediumFault(f"SQLite's integrity check: {message}", expected="ok", found=message)


def _references(session: Session) -> Iterator[MediumFault]:
    for table, row, parent, _ in session.rows("PRAGMA foreign_key_check"):
        if table == "events":
            yield MediumFault(f"event {row} points at nothing in {parent}", position=row)
        else:
            yield MediumFault(f"a row of {table} points at nothing in {parent}")


def _length(session: Session) -> Iterator[MediumFault]:
    """SQLite keeps count of the positions given out, and never gives one out twice."""
    row = session.row(
        "SELECT (SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'), "
        "(SELECT max(position) FROM events)"
    )
    given, last = row or (None, None)
    if given is not None and given > (last or 0):
        yield MediumFault(
            f"the log ends at position {last or 0}, and once was longer",
            position=(last or 0) + 1,
            expected=f"events up to position {given}",
            found=f"events up to position {last or 0}",
        )
