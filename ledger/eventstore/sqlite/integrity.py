"""What SQLite itself finds wrong with a ledger file, and what is wrong with its schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import apsw

from ledger.errors import DamagedLedger
from ledger.eventstore.archive_reader import archived_and_here
from ledger.eventstore.records import IntegrityProblem
from ledger.eventstore.sqlite.errors import translate, unreadable
from ledger.eventstore.sqlite.schema import (
    DERIVED_TABLES,
    Difference,
    differences,
    has_archive,
    is_ours,
    our_parts,
    parts_of,
)
from ledger.eventstore.sqlite.session import Session

_MOST_ERRORS: Final = 10_000
"""How many errors SQLite is asked to name: it would stop at a hundred."""

_ERROR_CODE: Final = re.compile(r"error code=(\d+)").search

_UNREAD_PAGE: Final = "failed to get page "
"""So it says of a page of a long value that the disk did not give; one that is not there, or is in
another use, has words of its own."""

JOURNAL_MODES: Final = ("wal", "memory")
"""The second one is of a ledger that is in no file."""

_OF_AN_INDEX: Final = (" missing from index ", "wrong # of entries in index ", " out of order ")


def integrity_problems(session: Session) -> Iterator[IntegrityProblem]:
    """What is wrong with the file; a check that cannot go on is a problem of its own."""
    wrong: Sequence[Difference] = ()
    sound: Sequence[str] | None = None
    try:
        wrong, sound = _schema(session)
    except DamagedLedger as error:
        yield IntegrityProblem(error.message)
    for difference in wrong:
        yield IntegrityProblem(
            difference.message,
            expected=difference.expected or "none",
            found=difference.found or "none",
            derived=difference.derived,
        )
    for check in (_pages, _references):
        for table in [None] if sound is None else sound:
            try:
                yield from check(session, table)
            except DamagedLedger as error:
                yield IntegrityProblem(error.message)
    for look in (_length, _archived, _journal_mode):
        try:
            yield from look(session)
        except DamagedLedger as error:
            yield IntegrityProblem(error.message)


def _schema(session: Session) -> tuple[Sequence[Difference], Sequence[str] | None]:
    """What differs from ours, and the tables that SQLite can check; None for all of them.

    Triggers refuse changes to the log: whoever wants to change it has to remove them. A check would
    run what stands in another's constraints and indexes, so it is left out for their tables.
    """
    try:
        parts = parts_of(session.connection)
        if is_ours(session.connection, parts):
            return (), None
        found = list(differences(session.connection, parts))
    except apsw.Error as error:
        raise translate(error, session.path) from error
    if not found:
        return (), None
    foreign = {difference.part.table for difference in found}
    ours = our_parts(archived=has_archive(session.connection)).values()
    tables = {part.name for part in ours if part.kind == "table"}
    there = {part.name for part in parts if part.kind == "table"}
    return found, sorted(tables & there - foreign - {"sqlite_sequence"})


def _pages(session: Session, table: str | None) -> Iterator[IntegrityProblem]:
    what = str(_MOST_ERRORS) if table is None else f"'{table}'"
    for (message,) in session.rows(f"PRAGMA integrity_check({what})"):
        code = _ERROR_CODE(message)
        if (code and int(code[1]) & 0xFF == apsw.SQLITE_IOERR) or _UNREAD_PAGE in message:
            raise unreadable(session.path)  # a disk that fails says nothing about the content
        if message != "ok":
            yield IntegrityProblem(
                f"SQLite's integrity check: {message}",
                expected="ok",
                found=message,
                derived=any(words in message for words in _OF_AN_INDEX)
                or is_about_unused_pages(message),
            )


def is_about_unused_pages(message: str) -> bool:
    """Whether a message of SQLite's check tells of pages alone that hold nothing."""
    lines = [line for line in message.splitlines() if not line.startswith("***")]
    return bool(lines) and all(line.endswith(": never used") for line in lines)


def _references(session: Session, table: str | None) -> Iterator[IntegrityProblem]:
    what = "" if table is None else f"('{table}')"
    for child, row, parent, _ in session.rows(f"PRAGMA foreign_key_check{what}"):
        if child == "events":
            yield IntegrityProblem(
                f"event {row} refers to a row that is missing from {parent}", position=row
            )
        else:
            yield IntegrityProblem(
                f"a row of {child} refers to a row that is missing from {parent}",
                derived=child in DERIVED_TABLES,
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


def _archived(session: Session) -> Iterator[IntegrityProblem]:
    if has_archive(session.connection):
        yield from archived_and_here(session)


def _journal_mode(session: Session) -> Iterator[IntegrityProblem]:
    """Another program may have changed how the file is written; readers then wait for writers."""
    mode = session.connection.pragma("journal_mode")
    if mode not in JOURNAL_MODES and not session.connection.readonly("main"):
        yield IntegrityProblem(
            f"the file is in journal mode {mode}, not in WAL mode",
            expected="wal",
            found=str(mode),
            derived=True,
        )
