"""Brokers for these tests, started where they are asked for and killed in the end.

Tests marked ``servers`` take long, or need what a plain run does not start. They are left out
unless LEDGER_TEST_SERVERS says otherwise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.eventstore.records import RecordedEvent
from tests.support.publishing.places import FilePlace, KafkaPlace, NatsPlace, Place
from tests.support.publishing.rounds import filled
from tests.support.servers.kafka import KafkaServer
from tests.support.servers.nats import NatsServer


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: a long run against servers; LEDGER_TEST_SERVERS=1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("LEDGER_TEST_SERVERS"):
        return
    left_out = [item for item in items if item.get_closest_marker("servers")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    try:
        print(f"Kafka answered after {server.start():.1f} seconds")
        yield server
    finally:
        server.kill()


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A new place of the kind that the test names."""
    return made(request, request.param, tmp_path)


def made(request: pytest.FixtureRequest, kind: str, folder: Path) -> Place:
    if kind == "nats":
        return NatsPlace(request.getfixturevalue("nats_server"))
    if kind == "kafka":
        return KafkaPlace(request.getfixturevalue("kafka_server"))
    return FilePlace(folder)


class Books:
    """A ledger to be published, as often as it takes: each time a copy that never was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self.events: list[RecordedEvent] = filled(folder / "books.db")

    def copy(self, folder: Path) -> Path:
        self._made += 1
        return Path(shutil.copy(self._folder / "books.db", folder / f"copy-{self._made}.db"))


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return Books(tmp_path_factory.mktemp("books"))
