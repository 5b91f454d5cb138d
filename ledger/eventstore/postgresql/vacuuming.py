"""Writing tables anew without the rows that have left them; outside any transaction.

The server keeps a row as long as an older transaction of anybody, in any schema of the database,
may still read it, and says how many it has kept in a notice's detail, which begins with the number.
"""

from __future__ import annotations

import re
from time import monotonic, sleep
from typing import Final

import psycopg

from ledger.errors import StorageFailure
from ledger.eventstore.postgresql.session import Session

_FIRST_PAUSE: Final = 0.05
"""Seconds; each pause is twice as long as the one before."""

_NUMBER: Final = re.compile(r"\d+")


class NotTheOwner(StorageFailure):
    """The server passes over tables that are not the role's own."""


def rewrite(session: Session, table: str) -> int:
    """Write a table anew without the rows of before.

    For an older transaction that may still read them is waited as long as for a lock.

    Returns:
        How many rows of before are there still, since it did not end.

    Raises:
        LockTimeout: others used the table for too long.
        NotTheOwner: that of the table alone may do it.
        StorageFailure: the server failed, or has no room for it.
    """
    end, pause = monotonic() + session.patience / 1000, _FIRST_PAUSE
    while kept := _vacuum(session, "(FULL, ANALYZE, VERBOSE)", table):
        if monotonic() + pause > end:
            break
        sleep(pause)
        pause *= 2
    return kept


def make_free(session: Session, table: str) -> None:
    """Let new rows of a table use the room of those of before; nobody is kept waiting."""
    _vacuum(session, "(ANALYZE)", table)


def _vacuum(session: Session, how: str, table: str) -> int:
    refused: list[str] = []
    kept: list[int] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            refused.append(notice.message_primary or "")
        elif found := _NUMBER.search(notice.message_detail or ""):
            kept.append(int(found[0]))

    connection = session.connection
    session.script(f"SET lock_timeout = {session.patience}; SET client_min_messages = warning")
    connection.add_notice_handler(hear)
    try:
        session.script(f'VACUUM {how} "{table}"')
    finally:
        connection.remove_notice_handler(hear)
        session.script("RESET lock_timeout; RESET client_min_messages")
    if refused:
        raise NotTheOwner(
            f"the server has not written {table} of {session.place.shown} anew: {refused[0]}",
            advice="connect as the owner of the tables, then try again",
        )
    return kept[0] if kept else 0
