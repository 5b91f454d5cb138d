"""Erasing texts from a ledger file, so that no byte of them is left in it or beside it.

An update alone would leave them in free pages, in pages of before in the write-ahead log, and in
whatever was deleted earlier. So freed bytes are overwritten, the file is written anew without its
free pages, and the log is moved into it and cut to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.errors import LockTimeout, StorageFailure
from ledger.eventstore.hash_chain import text_digest
from ledger.eventstore.sqlite.session import Session
from ledger.eventstore.tables import can_be_named

_OVERWRITE_WHAT_IS_FREED = "PRAGMA secure_delete = ON"


def erase_texts(session: Session, positions: Iterable[int]) -> int:
    """Put digests in the place of texts; the caller has the transaction."""
    session.rows(_OVERWRITE_WHAT_IS_FREED)
    erased = 0
    for position in positions:
        row = session.row("SELECT text, salt FROM events WHERE position = ?", (position,))
        if row is None or type(row[0]) is not str:
            continue
        session.run(
            "UPDATE events SET text = ?, salt = NULL WHERE position = ?",
            (text_digest(*row), position),
        )
        erased += 1
    return erased


def empty_projection(session: Session, name: str) -> None:
    """Remove the rows of a projection; the caller has the transaction."""
    session.rows(_OVERWRITE_WHAT_IS_FREED)
    session.run("UPDATE projections SET position = 0 WHERE name = ?", (name,))
    there = session.row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,))
    if there and can_be_named(name):  # a changed file may name any table of its own
        session.run(f'DELETE FROM "{name}"')


def scrub(session: Session) -> None:
    """Write the file anew, and empty its write-ahead log.

    Raises:
        LockTimeout: another process wrote to it, or read an older state of it, for too long.
        StorageFailure: the disk is full or failed.
    """
    session.rows(_OVERWRITE_WHAT_IS_FREED)
    try:
        session.run("VACUUM")
        session.checkpoint()
    except LockTimeout:
        raise LockTimeout(
            f"another process has been using {session.path} for too long",
            advice="end it, then try again",
        ) from None
    except StorageFailure as failure:
        raise StorageFailure(
            f"{session.path} could not be written anew: {failure.__cause__}",
            advice="make room, or check the disk, then try again",
        ) from failure
