"""Changing the log of a file from outside, as somebody could who knows how."""

from __future__ import annotations

import sqlite3

TRIGGER = "events_are_never_updated"


def edit_events(path: str, statement: str) -> None:
    """Run an UPDATE on the events, past the trigger that forbids it."""
    with sqlite3.connect(path) as file:
        (trigger,) = file.execute(
            "SELECT sql FROM sqlite_schema WHERE name = ?", (TRIGGER,)
        ).fetchone()
        file.execute(f"DROP TRIGGER {TRIGGER}")
        file.execute(statement)
        file.execute(trigger)
    file.close()
