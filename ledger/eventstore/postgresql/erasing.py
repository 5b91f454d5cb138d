"""Erasing texts from a ledger on a server.

An update leaves the row of before in the table until it is vacuumed. Nothing here reaches what the
server keeps elsewhere: its write-ahead log, its replicas and its backups.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import psycopg

from ledger.errors import LockTimeout, StorageFailure
from ledger.eventstore.hash_chain import text_digest
from ledger.eventstore.postgresql.errors import words
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.postgresql.texts import told
from ledger.eventstore.postgresql.vacuuming import NotTheOwner, rewrite
from ledger.eventstore.tables import can_be_named

_TABLES: Final = ("events", "snapshots", "archived_streams", "projections")


def erase_texts(session: Session, positions: Iterable[int]) -> int:
    """Put digests in the place of texts; the caller has the transaction."""
    wanted = list(positions)
    if not wanted:
        return 0
    rows = session.rows(
        "SELECT position, text, salt FROM events WHERE position = ANY (?) AND text IS NOT NULL",
        (wanted,),
    )
    if not rows:
        return 0
    with session.allowing("erasing"):
        for position, text, salt in rows:
            session.write(
                1,
                "UPDATE events SET text = NULL, salt = NULL, digest = ? WHERE position = ?",
                (text_digest(told(text), salt), position),
            )
    return len(rows)


def empty_projection(session: Session, name: str) -> None:
    """Remove the rows of a projection; the caller has the transaction."""
    session.run("UPDATE projections SET position = 0 WHERE name = ?", (name,))
    there = session.row("SELECT to_regclass(quote_ident(?)) IS NOT NULL", (name,))
    if there and there[0] and can_be_named(name):
        session.run(f'DELETE FROM "{name}"')


def scrub(session: Session) -> None:
    """Write the tables anew that had the texts.

    Raises:
        LockTimeout: another process was using them for too long, or may still read the texts.
        StorageFailure: the server failed, or does not allow it.
    """
    if session.is_draft:  # which nobody has seen yet
        return
    kept = 0
    names = [name for (name,) in session.rows("SELECT name FROM projections")]
    for name in (*_TABLES, *filter(can_be_named, names)):
        there = session.row("SELECT to_regclass(quote_ident(?)) IS NOT NULL", (name,))
        if not (there and there[0]):
            continue
        try:
            kept += rewrite(session, name)
        except LockTimeout:
            raise LockTimeout(
                f"another process has been using {session.place.shown} for too long",
                advice="end it, then try again",
            ) from None
        except NotTheOwner:
            raise
        except StorageFailure as failure:
            cause = failure.__cause__
            cause_of = words(cause) if isinstance(cause, psycopg.Error) else failure.message
            raise StorageFailure(
                f"{session.place.shown} could not be written anew: {cause_of}",
                advice="make room on the server, or ask who runs it, then try again",
            ) from failure
    if kept:
        raise LockTimeout(
            f"a transaction of somebody else on {session.place.shown} began earlier, and may still "
            "read what was there",
            advice="end it, or wait for its end, then try again",
        )
