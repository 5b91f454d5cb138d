"""Rebuilding what is derived from the log, in steps of one transaction each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ledger.commands.repository import fold, unfolded
from ledger.errors import DamagedLedger
from ledger.eventstore import snapshots
from ledger.eventstore.archive.states import aggregate_at
from ledger.eventstore.snapshots import Snapshot, fold_fingerprint, usable_fingerprints
from ledger.eventstore.store import EventStore, Repairable, archive_of, stream_version
from ledger.projections.local_days import are_right, keep_local_days
from ledger.projections.projector import Projector
from ledger.projections.rebuild import rebuild
from ledger.verification.findings import Finding


def outdated_snapshots(store: EventStore) -> int:
    """How many snapshots were made by another fold than today's."""
    usable = usable_fingerprints()
    try:
        return sum(snapshot.fingerprint not in usable for snapshot in store.snapshots.read())
    except DamagedLedger:
        return 0


def repair_all(
    store: EventStore, runner: Projector, findings: Sequence[Finding], workers: int | None
) -> list[str]:
    """Repair what a verification found, except for the log.

    Returns:
        What was done, in words.
    """
    done: list[str] = []
    if isinstance(store, Repairable):
        keys = _key_count(store)
        done += store.repair()
        wrong_keys = any(finding.check == "idempotency" for finding in findings)
        if wrong_keys or _key_count(store) != keys:
            done.append(f"rebuilt the records of {store.rebuild_keys()} idempotency keys")
    done += _repair_snapshots(store)
    if not are_right(store):
        keep_local_days(store)
        done.append("made the table of local days again")
    wrong = {finding.projection for finding in findings}
    begun = store.tables.checkpoints()
    rebuilt = [
        projection
        for projection in runner.projections
        if (projection.name in wrong or runner.status(projection).outdated)
        and not (projection.on_demand and projection.name not in begun)
    ]
    if rebuilt:
        report = rebuild(store, rebuilt, workers=workers)
        done.append(f"rebuilt {', '.join(report.names)} from {report.events} events")
    return done


def _key_count(store: EventStore) -> int:
    """How many keys have a record; less than 0 where they cannot be read."""
    try:
        return sum(1 for _ in store.key_records())
    except DamagedLedger:
        return -1


def _repair_snapshots(store: EventStore) -> Iterator[str]:
    """Take again, from event 1 on, every snapshot that is not what today's fold would make."""
    taken = dropped = 0
    for stream_id, kept in groupby(store.snapshots.read(), lambda each: each.stream_id):
        with store.transaction():
            taken_here, dropped_here = _repair_stream(store, stream_id, kept)
        taken += taken_here
        dropped += dropped_here
    if taken:
        yield f"rebuilt {_counted(taken)}, from the first event on"
    if dropped:
        yield f"removed {_counted(dropped)} of versions that do not exist"


def _counted(count: int) -> str:
    return f"{count} snapshot{'' if count == 1 else 's'}"


def _repair_stream(store: EventStore, stream_id: str, kept: Iterator[Snapshot]) -> tuple[int, int]:
    """How many snapshots of a stream were taken again, and how many were removed."""
    last = stream_version(store, stream_id)
    taken = dropped = recorded_at = 0
    archive = archive_of(store)
    archived = None if archive is None else archive.stream(stream_id)
    if archived is None:
        aggregate = unfolded(store, stream_id)
    else:
        aggregate, recorded_at = aggregate_at(archived), archived.last_recorded_at
    for snapshot in kept:
        if not 1 <= snapshot.version <= last:
            if isinstance(store, Repairable):
                store.drop_snapshot(stream_id, snapshot.version)
                dropped += 1
        elif aggregate is not None:
            events = store.read_stream(
                stream_id, after_version=aggregate.version, to_version=snapshot.version
            )
            recorded_at = fold(aggregate, events) or recorded_at
            right = snapshots.is_right(snapshot, aggregate, recorded_at)
            if not right or snapshot.fingerprint != fold_fingerprint(type(aggregate)):
                store.snapshots.save(snapshots.take(aggregate, recorded_at))
                taken += 1
    return taken, dropped
