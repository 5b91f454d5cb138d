"""The embedded store: one SQLite file."""

from ledger.eventstore.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
