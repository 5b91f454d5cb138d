"""Snapshots: each says what the events up to its version say.

They are read one ahead, stream by stream, so that they are never all in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ledger.domain.aggregate import Aggregate
from ledger.errors import DamagedLedger, moment
from ledger.eventstore import snapshots
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import Snapshot, fold_fingerprint, usable_fingerprints
from ledger.eventstore.store import EventStore, stream_version
from ledger.verification.findings import Finding, field_text

NO_SNAPSHOT: Final = 2**63
"""Past any version."""


class SnapshotCheck:
    """Looks at snapshots as their streams reach them.

    Attributes:
        count: how many there are.
        outdated: how many of them another fold than today's made; they are used by nobody.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._next: dict[str, Snapshot] = {}
        """The first snapshot of each stream that it has not reached yet."""
        self._usable = usable_fingerprints()
        self.count = 0
        self.outdated = 0

    def next_version(self, stream_id: str) -> int:
        """The version of the snapshot that a stream reaches next."""
        snapshot = self._next.get(stream_id)
        return NO_SNAPSHOT if snapshot is None else snapshot.version

    def begin(self, stream_id: str) -> Iterator[Finding]:
        """Look for the first snapshot of a stream."""
        yield from self._move_on(stream_id, 0)

    def check(
        self, event: RecordedEvent, aggregate: Aggregate[Any, Any] | None
    ) -> Iterator[Finding]:
        """Look at the snapshots of a stream up to one of its events.

        Args:
            aggregate: as the event left it; None where that is not known.
        """
        stream_id = event.stream_id
        while (snapshot := self._next.get(stream_id)) and snapshot.version <= event.version:
            self.count += 1
            if snapshot.fingerprint not in self._usable:
                self.outdated += 1
            elif aggregate is not None:
                if snapshot.version < event.version:
                    yield _of_no_version(snapshot)
                elif snapshot.fingerprint == fold_fingerprint(type(aggregate)):
                    yield from _difference(snapshot, event, aggregate)
            yield from self._move_on(stream_id, snapshot.version)

    def end(self) -> Iterator[Finding]:
        """Look at the snapshots past the end of their streams; others may have written on."""
        while self._next:
            stream_id, snapshot = next(iter(self._next.items()))
            try:  # asked after the snapshot was read, never before
                last = stream_version(self._store, stream_id)
            except DamagedLedger:  # which is found elsewhere
                del self._next[stream_id]
                continue
            if snapshot.version > last:
                self.count += 1
                yield _of_no_version(snapshot)
            yield from self._move_on(stream_id, max(snapshot.version, last))

    def _move_on(self, stream_id: str, version: int) -> Iterator[Finding]:
        self._next.pop(stream_id, None)
        try:
            found = next(self._store.snapshots.read(stream_id, after_version=version), None)
        except DamagedLedger as error:
            yield Finding(check="snapshot", account_id=stream_id, message=error.untold)
            return
        if found is not None:
            self._next[stream_id] = found


def _of_no_version(snapshot: Snapshot) -> Finding:
    return Finding(
        check="snapshot",
        account_id=snapshot.stream_id,
        message="there is a snapshot of a version that does not exist",
        expected="no snapshot",
        found=f"version {snapshot.version}",
    )


def _difference(
    snapshot: Snapshot, event: RecordedEvent, aggregate: Aggregate[Any, Any]
) -> Iterator[Finding]:
    if snapshots.is_right(snapshot, aggregate, event.recorded_at):
        return
    expected = _terms(aggregate.highest_effective_at, event.recorded_at, aggregate.state)
    found = _terms(
        snapshot.highest_effective_at,
        snapshot.last_recorded_at,
        snapshots.state_in(snapshot, type(aggregate)),
    )
    differing = [term for term in expected if expected[term] != found.get(term)]
    yield Finding.at(
        event,
        "snapshot",
        f"the snapshot of version {snapshot.version} differs from the log: {', '.join(differing)}",
        expected=", ".join(f"{term} {expected[term]}" for term in differing),
        found=", ".join(f"{term} {found.get(term, 'unreadable')}" for term in differing),
    )


def _terms(
    highest_effective_at: int, last_recorded_at: int, state: msgspec.Struct | None
) -> dict[str, str]:
    """What a snapshot says, for people."""
    terms = {
        "highest effective time": moment(highest_effective_at),
        "last recorded time": moment(last_recorded_at),
    }
    if state is not None:
        for field in state.__struct_fields__:
            terms[field.replace("_", " ")] = field_text(state, field)
    return terms
