"""The stores that keep the contract. A new one needs a `StoreKind` here, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest

from ledger.eventstore.opening import draft_store, open_store
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.store import Clock as AnyClock
from ledger.eventstore.store import EventStore, SharedStore
from tests.support.appends import LEDGER_ID
from tests.support.clock import Clock
from tests.support.contract.emptied_schemas import EmptiedSchemas
from tests.support.memory_store import MemoryStore
from tests.support.servers.postgresql import PostgresServer


class StoreKind(ABC):
    """A way to keep events: makes new stores, and opens them a second time."""

    @abstractmethod
    def make(self, clock: AnyClock, ledger_id: str) -> EventStore:
        """A new empty store."""

    @abstractmethod
    def open_again(self, store: EventStore, clock: AnyClock) -> EventStore:
        """Another way in to the same events: a second connection, where there are connections."""

    @contextmanager
    def new(
        self, clock: AnyClock | None = None, ledger_id: str = LEDGER_ID
    ) -> Iterator[EventStore]:
        store = self.make(clock or Clock(), ledger_id)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def second(self, store: EventStore, clock: AnyClock | None = None) -> Iterator[EventStore]:
        other = self.open_again(store, clock or Clock())
        try:
            yield other
        finally:
            if other is not store:
                other.close()


class MemoryKind(StoreKind):
    def make(self, clock: AnyClock, ledger_id: str) -> EventStore:
        return MemoryStore(ledger_id, clock)

    def open_again(self, store: EventStore, clock: AnyClock) -> EventStore:
        return store


class SqliteInMemoryKind(MemoryKind):
    def make(self, clock: AnyClock, ledger_id: str) -> EventStore:
        return SqliteStore.in_memory(ledger_id, clock)


class SqliteKind(StoreKind):
    """Each new store is a copy of an empty one, which is much faster than to make it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty: dict[str, Path] = {}
        self._made = 0

    def make(self, clock: AnyClock, ledger_id: str) -> EventStore:
        self._made += 1
        path = self._folder / f"{self._made}.db"
        if ledger_id not in self._empty:
            self._empty[ledger_id] = path.with_suffix(".empty")
            SqliteStore.draft(str(self._empty[ledger_id]), ledger_id, clock).publish()
        copyfile(self._empty[ledger_id], path)
        return SqliteStore.open(str(path), clock)

    def open_again(self, store: EventStore, clock: AnyClock) -> EventStore:
        location = location_of(store)
        assert location is not None
        return SqliteStore.open(location, clock)


class PostgresqlKind(StoreKind):
    """Each new store is in a schema of its own, which is emptied with it."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._schemas = EmptiedSchemas(server, self._make)

    def _make(self, schema: str, ledger_id: str) -> None:
        draft_store(self._server.url(schema), ledger_id, Clock()).publish()

    def make(self, clock: AnyClock, ledger_id: str) -> EventStore:
        schema = self._server.unused_schema()
        self._make(schema, ledger_id)
        return open_store(self._server.url(schema), clock)

    def open_again(self, store: EventStore, clock: AnyClock) -> EventStore:
        location = location_of(store)
        assert location is not None
        return open_store(location, clock)

    @contextmanager
    def new(
        self, clock: AnyClock | None = None, ledger_id: str = LEDGER_ID
    ) -> Iterator[EventStore]:
        with self._schemas.lent(ledger_id) as schema:
            store = open_store(self._server.url(schema), clock or Clock())
            try:
                yield store
            finally:
                store.close()


KINDS = ("memory", "sqlite", "sqlite-memory", "postgresql")


def kind_named(name: str, request: pytest.FixtureRequest, folder: Path) -> StoreKind:
    if name == "postgresql":
        return PostgresqlKind(request.getfixturevalue("postgresql_server"))
    if name == "sqlite":
        return SqliteKind(folder)
    return MemoryKind() if name == "memory" else SqliteInMemoryKind()


def location_of(store: EventStore) -> str | None:
    """Where other processes can open a store; None where they cannot."""
    return store.location if isinstance(store, SharedStore) else None
