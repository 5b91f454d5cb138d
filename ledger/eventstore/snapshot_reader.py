"""Reading the snapshots that are kept in a table of a database."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.eventstore.log_reader import ReadingSession
from ledger.eventstore.snapshots import Snapshot

_COLUMNS = (
    "stream_id, version, state, fingerprint, highest_effective_at, last_recorded_at "
    "FROM snapshots JOIN streams USING (stream_no)"
)

_LAST_VERSION = "(SELECT max(version) FROM events WHERE stream_no = snapshots.stream_no)"


class SnapshotReader:
    """The questions that `ledger.eventstore.snapshots.SnapshotStore` answers."""

    def __init__(self, session: ReadingSession) -> None:
        self._reading = session

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        # One of a version that does not exist yet, as in a changed file, is as good as none.
        where = f"WHERE stream_id = ? AND fingerprint = ? AND version <= {_LAST_VERSION}"
        bindings: list[object] = [stream_id, fingerprint]
        if to_version is not None:
            where += " AND version <= ?"
            bindings.append(to_version)
        found = self._first(f"{where} ORDER BY version DESC", bindings)
        if found is None or effective_to is None or found.highest_effective_at <= effective_to:
            return found
        # The highest effective time never falls from version to version, so whatever this finds is
        # an older version than the one above, and an index leads straight to it.
        return self._first(
            f"{where} AND highest_effective_at <= ? "
            "ORDER BY highest_effective_at DESC, version DESC",
            [*bindings, effective_to],
        )

    def read(self, stream_id: str | None = None, *, after_version: int = 0) -> Iterator[Snapshot]:
        # One stream's are read one by one: a long stream has many of them.
        if stream_id is None:
            rows = self._reading.rows(f"SELECT {_COLUMNS} ORDER BY stream_id, version")
            yield from (Snapshot(*row) for row in rows)
            return
        while True:
            found = self._first(
                "WHERE stream_id = ? AND version > ? ORDER BY version", [stream_id, after_version]
            )
            if found is None:
                return
            yield found
            after_version = found.version

    def _first(self, where: str, bindings: list[object]) -> Snapshot | None:
        row = self._reading.row(f"SELECT {_COLUMNS} {where} LIMIT 1", bindings)
        return None if row is None else Snapshot(*row)
