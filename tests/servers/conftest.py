"""Servers of their own, for tests that stop them, or that let few in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run
from tests.support.servers.strict import StrictServer

_made = count(1)


@pytest.fixture
def own_postgresql(run_of_tests: Run) -> Iterator[PostgresServer]:
    """A running PostgreSQL server that this test may do anything to."""
    server = PostgresServer(run_of_tests, f"own-{os.getpid()}-{next(_made)}")
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
