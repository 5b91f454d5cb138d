"""Snapshots on a server."""

from __future__ import annotations

from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.snapshot_reader import SnapshotReader
from ledger.eventstore.snapshots import Snapshot


class PostgresqlSnapshots(SnapshotReader):
    """Implements `ledger.eventstore.snapshots.SnapshotStore`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def save(self, snapshot: Snapshot) -> None:
        with self._session.transaction():
            self._session.run(
                "INSERT INTO snapshots "
                "SELECT stream_no, ?, ?, ?, ?, ? FROM streams WHERE stream_id = ? "
                "ON CONFLICT (stream_no, version) DO UPDATE SET state = excluded.state, "
                "fingerprint = excluded.fingerprint, "
                "highest_effective_at = excluded.highest_effective_at, "
                "last_recorded_at = excluded.last_recorded_at",
                (
                    snapshot.version,
                    snapshot.state,
                    snapshot.fingerprint,
                    snapshot.highest_effective_at,
                    snapshot.last_recorded_at,
                    snapshot.stream_id,
                ),
            )
