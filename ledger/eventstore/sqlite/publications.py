"""The checkpoints of publications in the ledger file.

Their table is made for the first one, so most files have none.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.eventstore.publications import Publication
from ledger.eventstore.sqlite.errors import damaged
from ledger.eventstore.sqlite.schema import PUBLICATIONS
from ledger.eventstore.sqlite.session import Session

_COLUMNS = (str, str, int, bytes)


class SqlitePublications:
    """Implements `ledger.eventstore.publications.PublicationStore`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Sequence[Publication]:
        if not self._is_made():
            return ()
        rows = self._session.rows(
            "SELECT name, target, position, hash FROM publications ORDER BY name"
        )
        if not all(tuple(map(type, row)) == _COLUMNS for row in rows):  # a damaged page
            raise damaged(self._session.path, "the checkpoint of a publication cannot be read")
        return [Publication(*row) for row in rows]

    def save(self, publication: Publication, before: Publication | None) -> bool:
        session = self._session
        with session.transaction():
            if not self._is_made():
                session.run(PUBLICATIONS)
            values = (publication.target, publication.position, publication.hash, publication.name)
            if before is None:
                session.run(
                    "INSERT OR IGNORE INTO publications (target, position, hash, name) "
                    "VALUES (?, ?, ?, ?)",
                    values,
                )
            else:
                session.run(
                    "UPDATE publications SET target = ?, position = ?, hash = ? "
                    "WHERE name = ? AND target = ? AND position = ? AND hash = ?",
                    (*values, before.target, before.position, before.hash),
                )
            return session.connection.changes() == 1

    def forget(self, name: str) -> bool:
        with self._session.transaction():
            if not self._is_made():
                return False
            self._session.run("DELETE FROM publications WHERE name = ?", (name,))
            return self._session.connection.changes() == 1

    def _is_made(self) -> bool:
        found = self._session.row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'publications'"
        )
        return found is not None
