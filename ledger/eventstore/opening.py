"""From a location to the store behind it. A server store's URL will be told apart here."""

from __future__ import annotations

from ledger.eventstore.records import Identity, Observation
from ledger.eventstore.store import LOCK_TIMEOUT, Clock, DraftStore, EventStore


def open_store(
    location: str,
    clock: Clock,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    as_it_is: bool = False,
) -> EventStore:
    """Open the existing store at a location: the path of a ledger file.

    Args:
        clock: gives the time in µs UTC.
        lock_timeout: seconds to wait for another writer.
        as_it_is: open it though parts of it are missing, to find out what is left.

    Raises:
        LedgerError: there is none, or it cannot be used; see `eventstore.sqlite.files.connect`.
    """
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.open(location, clock, lock_timeout=lock_timeout, as_it_is=as_it_is)


def inspect_location(location: str) -> list[Observation]:
    """What is seen of a location from outside; it changes nothing, and raises nothing."""
    from ledger.eventstore.sqlite.inspection import inspect_location

    return inspect_location(location)


def draft_store(location: str, identity: Identity, clock: Clock) -> DraftStore:
    """Begin a new store for a location where there is none.

    Raises:
        StorageFailure: it cannot be written.
    """
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.draft(location, identity, clock)
