"""Snapshots in the ledger file."""

from __future__ import annotations

from ledger.eventstore.snapshot_reader import SnapshotReader
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.sqlite.session import Session


class SqliteSnapshots(SnapshotReader):
    """Implements `ledger.eventstore.snapshots.SnapshotStore`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def save(self, snapshot: Snapshot) -> None:
        with self._session.transaction():
            self._session.run(
                "INSERT OR REPLACE INTO snapshots "
                "SELECT stream_no, ?, ?, ?, ?, ? FROM streams WHERE stream_id = ?",
                (
                    snapshot.version,
                    snapshot.state,
                    snapshot.fingerprint,
                    snapshot.highest_effective_at,
                    snapshot.last_recorded_at,
                    snapshot.stream_id,
                ),
            )
