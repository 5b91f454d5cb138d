"""The checkpoints of publications on a server."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.publications import Publication


class PostgresqlPublications:
    """Implements `ledger.eventstore.publications.PublicationStore`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Sequence[Publication]:
        rows = self._session.rows(
            "SELECT name, target, position, hash FROM publications ORDER BY name"
        )
        return [Publication(*row) for row in rows]

    def save(self, publication: Publication, before: Publication | None) -> bool:
        session = self._session
        values = (publication.target, publication.position, publication.hash, publication.name)
        with session.transaction():
            if before is None:
                written = session.run(
                    "INSERT INTO publications (target, position, hash, name) "
                    "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    values,
                )
            else:
                written = session.run(
                    "UPDATE publications SET target = ?, position = ?, hash = ? "
                    "WHERE name = ? AND target = ? AND position = ? AND hash = ?",
                    (*values, before.target, before.position, before.hash),
                )
            return written == 1

    def forget(self, name: str) -> bool:
        with self._session.transaction():
            return self._session.run("DELETE FROM publications WHERE name = ?", (name,)) == 1
