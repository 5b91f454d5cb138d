"""What a ledger file knows of events that were archived."""

from __future__ import annotations

import os

from ledger.eventstore.archive_reader import ArchiveReader
from ledger.eventstore.sqlite.schema import ARCHIVED_VERSION
from ledger.eventstore.sqlite.session import Session


class SqliteArchive(ArchiveReader):
    """Looks again wherever the file has another version than the one that was looked at."""

    def __init__(self, session: Session, ledger_id: str) -> None:
        super().__init__(session, ledger_id)
        self._session = session
        self._position = 0
        self._seen: int | None = None

    @property
    def position(self) -> int:
        if self._seen != self._session.connection.data_version():
            self._look()
        return self._position

    @property
    def beside(self) -> str | None:
        """The folder that has the ledger; None where no file has it."""
        path = self._session.path
        return None if self._session.place is None else os.path.dirname(os.path.realpath(path))

    def forget(self) -> None:
        """Somebody else may have archived, or what was written is undone."""
        self._seen = self._segments = None

    def note(self, data_version: int) -> None:
        """What is known was committed, or was so when something else was."""
        if self._seen is not None:
            self._seen = data_version

    def _look(self) -> None:
        self.forget()
        row = self._session.row("PRAGMA user_version")
        position = 0
        if row is not None and row[0] == ARCHIVED_VERSION:
            found = self._session.row("SELECT max(to_position) FROM archive")
            position = (found and found[0]) or 0
            if type(position) is not int:
                raise self._damaged()
        self._position = position
        self._seen = self._session.connection.data_version()
