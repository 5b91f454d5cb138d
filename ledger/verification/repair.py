"""Making again what is made from the log. Each step is one transaction, and each alone is right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ledger.commands.repository import fold
from ledger.domain.account import BankAccount
from ledger.errors import DamagedLedger
from ledger.eventstore import snapshots
from ledger.eventstore.snapshots import fold_fingerprint
from ledger.eventstore.store import EventStore, Repairable, stream_version
from ledger.projections.projector import Projector
from ledger.projections.rebuild import rebuild
from ledger.verification.findings import Finding


def outdated_snapshots(store: EventStore) -> int:
    """How many snapshots another version's fold made."""
    try:
        return sum(
            snapshot.fingerprint != fold_fingerprint(BankAccount)
            for snapshot in store.snapshots.read()
        )
    except DamagedLedger:
        return 0


def repair_all(
    store: EventStore, runner: Projector, findings: Sequence[Finding], workers: int | None
) -> list[str]:
    """Mend what a verification found, but the log.

    Returns:
        What was done, in words.
    """
    done = store.repair() if isinstance(store, Repairable) else []
    if isinstance(store, Repairable) and any(
        finding.check == "idempotency" or "keys" in finding.message for finding in findings
    ):
        count = store.rebuild_keys()
        done.append(f"made the records of {count} idempotency keys again from the log")
    done += _repair_snapshots(store)
    wrong = [
        projection
        for projection in runner.projections
        if runner.status(projection).outdated
        or any(projection.name in finding.message for finding in findings)
    ]
    if wrong:
        report = rebuild(store, wrong, workers=workers)
        done.append(f"made {', '.join(report.names)} again from {report.events} events")
    return done


def _repair_snapshots(store: EventStore) -> list[str]:
    """Take anew, from event 1 on, every snapshot that is not what today's fold would make."""
    taken = dropped = 0
    for stream_id, kept in groupby(store.snapshots.read(), lambda each: each.stream_id):
        with store.transaction():
            last = stream_version(store, stream_id)
            account, recorded_at = BankAccount(stream_id), 0
            for snapshot in kept:
                if not 1 <= snapshot.version <= last:
                    if isinstance(store, Repairable):
                        store.drop_snapshot(stream_id, snapshot.version)
                    dropped += 1
                    continue
                events = store.read_stream(
                    stream_id, after_version=account.version, to_version=snapshot.version
                )
                recorded_at = fold(account, events) or recorded_at
                right = snapshots.is_right(snapshot, account, recorded_at)
                if not right or snapshot.fingerprint != fold_fingerprint(BankAccount):
                    store.snapshots.save(snapshots.take(account, recorded_at))
                    taken += 1
    done = []
    if taken:
        done.append(f"took {taken} snapshots anew, from the first event on")
    if dropped:
        done.append(f"dropped {dropped} snapshots of versions that do not exist")
    return done
