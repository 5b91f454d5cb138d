"""Snapshots on a server."""

from __future__ import annotations

from collections.abc import Callable

from ledger.eventstore.postgresql.archived import PostgresqlArchive
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.snapshot_reader import SnapshotReader
from ledger.eventstore.snapshots import Snapshot


class PostgresqlSnapshots(SnapshotReader):
    """Implements `ledger.eventstore.snapshots.SnapshotStore`.

    Args:
        number_of: gives the number of a stream; None where it is not there.
    """

    def __init__(
        self,
        session: Session,
        number_of: Callable[[str], int | None],
        archive: PostgresqlArchive,
    ) -> None:
        super().__init__(session, archive)
        self._archived = archive
        self._session = session
        self._number_of = number_of

    def save(self, snapshot: Snapshot) -> None:
        session = self._session
        with session.transaction():
            session.writes += 1
            stream_no = self._number_of(snapshot.stream_id)
            if stream_no is not None:
                session.pending.add_snapshot(snapshot, stream_no)
                session.foreseen.written(snapshot.stream_id)

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        if to_version is effective_to is None:
            found = self._session.foreseen.snapshot(stream_id, fingerprint)
            if found is not None:
                return found[0] if found else None
        while True:
            base = self._archived.position
            snapshot = super().newest(
                stream_id, fingerprint, to_version=to_version, effective_to=effective_to
            )
            if self._archived.position == base:  # else it may have gone with what was archived
                return snapshot
