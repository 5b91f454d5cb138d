"""Brokers for these tests, started where they are asked for and killed in the end."""

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
from tests.support.servers.run import Run


@pytest.fixture(scope="session")
def nats_server(run_of_tests: Run) -> Iterator[NatsServer]:
    server = NatsServer(run_of_tests, f"nats-{os.getpid()}")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def kafka_server(run_of_tests: Run) -> Iterator[KafkaServer]:
    server = KafkaServer(run_of_tests, f"kafka-{os.getpid()}")
    try:
        print(f"Kafka answered after {server.start():.1f} seconds")
        yield server
    finally:
        server.close()


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
