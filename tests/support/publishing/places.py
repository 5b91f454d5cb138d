"""The places that tests publish to: a file, and real brokers that can be killed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path

from tests.support.servers.kafka import KafkaServer
from tests.support.servers.nats import NatsServer

_made = count(1)


class Place(ABC):
    """Somewhere to publish to.

    Attributes:
        target: as it is typed.
    """

    target: str

    @abstractmethod
    def parts(self) -> list[list[bytes]]:
        """All messages that are there, for each part in its order."""

    def kill(self) -> None:
        """Kill the broker."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it again."""
        raise NotImplementedError


class FilePlace(Place):
    def __init__(self, folder: Path) -> None:
        self._path = folder / f"published-{next(_made)}.jsonl"
        self.target = f"file:{self._path}"

    def parts(self) -> list[list[bytes]]:
        content = self._path.read_bytes()
        assert content.endswith(b"\n")
        return [content.splitlines()]


class NatsPlace(Place):
    def __init__(self, server: NatsServer) -> None:
        from nats.js.api import StreamConfig

        self._server, self._stream = server, f"LEDGER{next(_made)}"
        self.target = f"nats://{server.host}/{self._stream}"
        config = StreamConfig(name=self._stream, subjects=[f"{self._stream}.>"])
        server.ask(lambda jetstream: jetstream.add_stream(config))

    def parts(self) -> list[list[bytes]]:
        return [self._server.bodies(self._stream)]

    def kill(self) -> None:
        self._server.kill()

    def start(self) -> None:
        self._server.start()


class KafkaPlace(Place):
    def __init__(self, server: KafkaServer) -> None:
        self._server, self._topic = server, f"ledger-{next(_made)}"
        self.target = f"kafka://{server.host}/{self._topic}"
        server.create(self._topic, 3)

    def parts(self) -> list[list[bytes]]:
        return self._server.bodies(self._topic)

    def kill(self) -> None:
        self._server.kill()

    def start(self) -> None:
        self._server.start()
