"""What was published of the log: each checkpoint names an event that the log has to have still."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.eventstore.publications import Publishes
from ledger.eventstore.store import EventStore, hash_at
from ledger.verification.findings import Finding


def other_than_published(store: EventStore) -> Iterator[Finding]:
    """The checkpoints that name an event which the log does not have."""
    for each in store.publications.read() if isinstance(store, Publishes) else ():
        there = hash_at(store, each.position)
        if there != each.hash:
            yield Finding(
                check="head",
                message=f"another event was published as {each.name}",
                position=each.position,
                expected=each.hash.hex(),
                found="none" if there is None else there.hex(),
            )
