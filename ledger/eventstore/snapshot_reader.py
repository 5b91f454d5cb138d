"""Reading the snapshots that are kept in a table of a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.eventstore.paging import ReadingSession
from ledger.eventstore.snapshots import Snapshot

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import KeptArchive

_COLUMNS = (
    "stream_id, version, state, fingerprint, highest_effective_at, last_recorded_at "
    "FROM snapshots JOIN streams USING (stream_no)"
)

_LAST_VERSION = "(SELECT max(version) FROM events WHERE stream_no = snapshots.stream_no)"


class SnapshotReader:
    """The questions that `ledger.eventstore.snapshots.SnapshotStore` answers.

    The state of a stream at the end of what is archived serves as the oldest snapshot.
    """

    def __init__(self, session: ReadingSession, archive: KeptArchive | None = None) -> None:
        self._reading = session
        self._archive = archive

    def newest(
        self,
        stream_id: str,
        fingerprint: str,
        *,
        to_version: int | None = None,
        effective_to: int | None = None,
    ) -> Snapshot | None:
        kept = self._kept(stream_id, fingerprint, to_version, effective_to)
        # One of a version that does not exist yet, as in a changed file, is as good as none.
        where = f"WHERE stream_id = ? AND fingerprint = ? AND version <= {_LAST_VERSION}"
        bindings: list[object] = [stream_id, fingerprint]
        if to_version is not None:
            where += " AND version <= ?"
            bindings.append(to_version)
        found = self._first(f"{where} ORDER BY version DESC", bindings)
        if found is None:
            return kept
        if effective_to is None or found.highest_effective_at <= effective_to:
            return found
        # The highest effective time never falls from version to version, so whatever this finds is
        # an older version than the one above, and an index leads straight to it.
        found = self._first(
            f"{where} AND highest_effective_at <= ? "
            "ORDER BY highest_effective_at DESC, version DESC",
            [*bindings, effective_to],
        )
        return kept if found is None else found

    def _kept(
        self, stream_id: str, fingerprint: str, to_version: int | None, effective_to: int | None
    ) -> Snapshot | None:
        """What was kept of a stream when its first events were archived, where that can be used."""
        stream = None if self._archive is None else self._archive.stream(stream_id)
        if (
            stream is None
            or (to_version is not None and stream.version > to_version)
            or (effective_to is not None and stream.highest_effective_at > effective_to)
        ):
            return None
        from ledger.eventstore.archive.states import as_snapshot  # most ledgers have no archive

        found = as_snapshot(stream)
        return found if found.fingerprint == fingerprint else None

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
