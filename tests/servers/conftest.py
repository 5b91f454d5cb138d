"""Servers of their own, for tests that stop them, or that let few in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest

from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run, short_folder
from tests.support.servers.strict import StrictServer
from tests.support.servers.wire import Wire

_made = count(1)

SLOW_DISK: Final = {
    "fsync": "on",
    "commit_delay": "20000",
    "commit_siblings": "0",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
}


@pytest.fixture
def own_postgresql(run_of_tests: Run) -> Iterator[PostgresServer]:
    """A running PostgreSQL server that this test may do anything to."""
    server = PostgresServer(run_of_tests, f"own-{os.getpid()}-{next(_made)}")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def slow_server(run_of_tests: Run) -> Iterator[PostgresServer]:
    """A running server whose disk takes long to keep what is committed."""
    server = PostgresServer(run_of_tests, f"slow-{os.getpid()}-{next(_made)}", SLOW_DISK)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def strict_server(run_of_tests: Run) -> Iterator[StrictServer]:
    """A server that wants passwords; tests may change what is theirs alone in it."""
    server = StrictServer(run_of_tests)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def wire(postgresql_server: PostgresServer) -> Iterator[Wire]:
    """A wire to the server of all tests, which can be cut."""
    folder = short_folder()
    wire = Wire(folder, postgresql_server.folder)
    try:
        yield wire
    finally:
        wire.close()
        (folder / ".s.PGSQL.5432").unlink()
        folder.rmdir()
