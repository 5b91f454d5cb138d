"""What SQLite itself finds wrong with a ledger file, and what is missing from its schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import apsw

from ledger.errors import DamagedLedger
from ledger.eventstore.records import IntegrityProblem
from ledger.eventstore.sqlite.drafts import schema_script
from ledger.eventstore.sqlite.errors import unreadable
from ledger.eventstore.sqlite.session import Session

_MOST_ERRORS: Final = 10_000
"""How many errors SQLite is asked to name: it would stop at a hundred."""

_ERROR_CODE: Final = re.compile(r"error code=(\d+)").search

DERIVED_TABLES: Final = ("idempotency_keys", "snapshots", "projections")
"""Those that are derived from the log."""

Schema = dict[tuple[str, str], str | None]
"""(kind, name) → statement."""

_OF_AN_INDEX: Final = (" missing from index ", "wrong # of entries in index ", " out of order ")

_SCHEMA: Final = "SELECT type, name, sql FROM sqlite_schema"


def integrity_problems(session: Session) -> Iterator[IntegrityProblem]:
    """What is wrong with the file; a check that cannot go on is a problem of its own."""
    for check in (_schema, _pages, _references, _length):
        try:
            yield from check(session)
        except DamagedLedger as error:
            yield IntegrityProblem(error.message)


def _schema(session: Session) -> Iterator[IntegrityProblem]:
    """Triggers refuse changes to the log: whoever wants to change it has to remove them."""
    ours, found = our_schema(), schema_of(session)
    for (kind, name), sql in sorted(ours.items()):
        derived = is_derived(kind, name)
        if (kind, name) not in found:
            yield IntegrityProblem(
                f"the {kind} {name} is missing",
                expected=f"{kind} {name}",
                found="none",
                derived=derived,
            )
        elif words(found[kind, name]) != words(sql):
            yield IntegrityProblem(
                f"the {kind} {name} differs from the one that ledger makes",
                expected=words(sql),
                found=words(found[kind, name]),
                derived=derived,
            )
    for kind, name in sorted(found.keys() - ours.keys()):
        if kind == "trigger":
            yield IntegrityProblem(
                f"the trigger {name} was not made by ledger",
                expected="none",
                found=words(found[kind, name]),
            )


def our_schema() -> Schema:
    """What a ledger of today has."""
    with_us = apsw.Connection(":memory:")
    try:
        with_us.execute(schema_script())
        return {(kind, name): sql for kind, name, sql in with_us.execute(_SCHEMA)}
    finally:
        with_us.close()


def schema_of(session: Session) -> Schema:
    """What the file has."""
    return {(kind, name): sql for kind, name, sql in session.rows(_SCHEMA)}


def is_derived(kind: str, name: str) -> bool:
    """Whether a part of the schema holds nothing that the log does not say."""
    return kind != "table" or name in DERIVED_TABLES


def words(sql: str | None) -> str:
    """A statement however it is spaced."""
    return " ".join((sql or "").split())


def _pages(session: Session) -> Iterator[IntegrityProblem]:
    for (message,) in session.rows(f"PRAGMA integrity_check({_MOST_ERRORS})"):
        code = _ERROR_CODE(message)
        if code and int(code[1]) & 0xFF == apsw.SQLITE_IOERR:
            raise unreadable(session.path)  # a disk that fails says nothing about the content
        if message != "ok":
            yield IntegrityProblem(
                f"SQLite's integrity check: {message}",
                expected="ok",
                found=message,
                derived=any(words in message for words in _OF_AN_INDEX),
            )


def _references(session: Session) -> Iterator[IntegrityProblem]:
    for table, row, parent, _ in session.rows("PRAGMA foreign_key_check"):
        if table == "events":
            yield IntegrityProblem(
                f"event {row} refers to a row that is missing from {parent}", position=row
            )
        else:
            yield IntegrityProblem(
                f"a row of {table} refers to a row that is missing from {parent}",
                derived=table in DERIVED_TABLES,
            )


def _length(session: Session) -> Iterator[IntegrityProblem]:
    """SQLite keeps count of the positions that it has given out, and gives none out twice."""
    row = session.row(
        "SELECT (SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'), "
        "(SELECT max(position) FROM events)"
    )
    given, last = row or (None, None)
    if given is not None and given > (last or 0):
        yield IntegrityProblem(
            f"the log ends at position {last or 0}, and was longer before",
            position=(last or 0) + 1,
            expected=f"events up to position {given}",
            found=f"events up to position {last or 0}",
        )
