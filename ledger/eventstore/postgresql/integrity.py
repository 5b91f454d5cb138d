"""What the server finds wrong with the tables of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.errors import DamagedLedger
from ledger.eventstore.archive_reader import archived_and_here
from ledger.eventstore.postgresql.opening import GUARDS
from ledger.eventstore.postgresql.schema_parts import compare
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.records import IntegrityProblem

INDEXES: Final = {
    "events_backdated": "events",
    "events_beside_movements": "events",
    "snapshots_by_effective_time": "snapshots",
}

ORPHANS: Final = {
    "snapshots": "stream_no NOT IN (SELECT stream_no FROM streams)",
    "idempotency_keys": (
        "(first_position NOT IN (SELECT position FROM events) "
        "OR last_position NOT IN (SELECT position FROM events)) "
        "AND last_position > (SELECT coalesce(max(to_position), 0) FROM archive)"
    ),
}
"""What rows of derived tables that refer to missing rows are told by."""


def integrity_problems(session: Session) -> Iterator[IntegrityProblem]:
    """What is missing, or was put out of force; a check that cannot go on is one itself."""
    compared = None if session.is_draft else compare(session.place)
    if compared is not None:
        for each in compared.differences:
            yield IntegrityProblem(
                each.message,
                expected=each.expected or "none",
                found=each.found or "none",
                derived=each.derived,
            )
        for note in compared.notes:
            yield IntegrityProblem(note, harmless=True)
    if compared is None or not compared.whole:
        yield from _missing(session)
    try:
        for (position,) in session.rows(
            "SELECT position FROM events LEFT JOIN streams USING (stream_no) "
            "WHERE streams.stream_no IS NULL ORDER BY position"
        ):
            yield IntegrityProblem(
                f"event {position} refers to a row that is missing from streams", position=position
            )
        for table, condition in ORPHANS.items():
            for _ in session.rows(f"SELECT 1 FROM {table} WHERE {condition}"):
                yield IntegrityProblem(
                    f"a row of {table} refers to a row that is missing", derived=True
                )
        for _ in session.rows(
            "SELECT 1 FROM archived_streams LEFT JOIN streams USING (stream_no) "
            "WHERE streams.stream_no IS NULL"
        ):
            yield IntegrityProblem("a row of archived_streams refers to a row that is missing")
        yield from archived_and_here(session)
    except DamagedLedger as error:
        yield IntegrityProblem(error.message)


def _missing(session: Session) -> Iterator[IntegrityProblem]:
    """What is seen to be missing without a comparison."""
    for name in missing_guards(session):
        yield IntegrityProblem(
            f"the trigger {name} is missing, or is not in force",
            expected=f"trigger {name}",
            found="none",
            derived=True,
        )
    for name in missing_indexes(session):
        yield IntegrityProblem(
            f"the index {name} is missing",
            expected=f"index {name}",
            found="none",
            derived=True,
        )


def missing_guards(session: Session) -> list[str]:
    """The names of the triggers that do not stand where they should, and in force."""
    rows = session.rows(
        "SELECT tgname::text, tgrelid::regclass::text FROM pg_trigger "
        "JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE tgrelid IN (to_regclass('events'), to_regclass('streams'), to_regclass('archive'), "
        "to_regclass('archived_streams')) "
        "AND tgenabled = 'O' AND proname = 'refuse_change'"
    )
    there = {(name, table.rpartition(".")[2].strip('"')) for name, table in rows}
    return [name for name, (table, _) in GUARDS.items() if (name, table) not in there]


def missing_indexes(session: Session) -> list[str]:
    """The names of the indexes that are not there."""
    there = {
        name
        for (name,) in session.rows(
            "SELECT relname::text FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "
            "WHERE indrelid IN (to_regclass('events'), to_regclass('snapshots')) AND indisvalid"
        )
    }
    return [name for name in INDEXES if name not in there]
