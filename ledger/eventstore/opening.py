"""From a location to the store behind it: a path is a ledger file, a URL names a kind of store."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from ledger.errors import InvalidOption
from ledger.eventstore.records import Clock, Observation
from ledger.eventstore.store import LOCK_TIMEOUT, DraftStore, EventStore

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.ASCII | re.IGNORECASE).match


def open_store(
    location: str,
    clock: Clock,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    as_it_is: bool = False,
    mapped: bool = False,
    check: Callable[[EventStore], None] | None = None,
) -> EventStore:
    """Open the existing store at a location.

    Args:
        clock: gives the time in µs UTC.
        lock_timeout: seconds to wait for another writer.
        as_it_is: open it though parts of it are missing, to find out what is left.
        mapped: read it faster, in a process that may be ended by a medium that fails.
        check: raises where a store is not whole; asked where what a killed writer has left may be
            another store's.

    Raises:
        InvalidOption: there is no such kind of store.
        LedgerError: there is none, or it cannot be used; see `eventstore.sqlite.files.connect`.
    """
    path = _path(location)
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.open(
        path, clock, lock_timeout=lock_timeout, as_it_is=as_it_is, mapped=mapped, check=check
    )


def store_exists(location: str) -> bool:
    """Whether there is something at a location, be it a store or not."""
    return os.path.lexists(_path(location))


def owner_of(path: str) -> str | None:
    """The store that a file of this name would be taken for a part of; None where there is none."""
    from ledger.eventstore.sqlite.beside import owner_of

    return owner_of(os.path.realpath(path))


def draft_store(location: str, ledger_id: str, clock: Clock) -> DraftStore:
    """Begin a new store for a location where there is none.

    Raises:
        InvalidOption: there is no such kind of store.
        StorageFailure: it cannot be written.
    """
    path = _path(location)
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.draft(path, ledger_id, clock)


def memory_store(ledger_id: str, clock: Clock) -> EventStore:
    """A new store that is gone with the process."""
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.in_memory(ledger_id, clock)


def temporary_store(beside: EventStore) -> EventStore:
    """An empty store that may be larger than memory, for what is made of another one's log."""
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.temporary(beside.ledger_id, "a temporary file", beside.surroundings.clock)


def inspect_location(location: str) -> list[Observation]:
    """What is seen of a location from outside; it changes nothing, and raises nothing."""
    from ledger.eventstore.sqlite.inspection import inspect_location

    return inspect_location(location)


def _path(location: str) -> str:
    """The path that a location is.

    Raises:
        InvalidOption: it is a URL; no other kind of store is built in yet.
    """
    scheme = _SCHEME(location)
    if scheme is None:
        return location
    if scheme[1].lower() == "sqlite" and scheme.end() < len(location):
        return location[scheme.end() :]
    raise InvalidOption(
        f"{location!a} names no ledger",
        advice="name the path of a file: books.db or sqlite://books.db",
    )
